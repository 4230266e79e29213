"""From YAML to a Config: what is accepted, and what a person is told about the rest."""

from pathlib import Path

import pytest

from oyez.config import Config, RoomConfig, TlsConfig, changed, default_models_dir, default_state_dir, load
from oyez.config.document import MAX_DEPTH, plain_value
from oyez.config.load import MAX_BYTES
from oyez.errors import ConfigError

SMALLEST = "rooms:\n  kitchen: {}\n"


@pytest.fixture
def told(tmp_path):
    """Load a text (or bytes); the lines of the ConfigError, the file's path cut off."""

    def tell(content, environ=None):
        path = tmp_path / "oyez.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(ConfigError) as caught:
            load(path, environ or {})
        assert caught.value.exit_code == 78
        return caught.value.message.replace(str(path), "F").splitlines()

    return tell


@pytest.fixture
def loaded(tmp_path):
    def read(text, environ=None):
        path = tmp_path / "oyez.yaml"
        path.write_text(text)
        return load(path, environ or {})

    return read


def test_rooms_are_all_a_file_needs(loaded):
    assert loaded(SMALLEST).rooms == {"kitchen": RoomConfig()}


def test_every_section_and_the_root_are_frozen(loaded):
    config = loaded(SMALLEST)
    for section in (config, config.broker, config.broker.tls, config.rooms["kitchen"], config.vad, config.log):
        name = next(iter(type(section).model_fields))
        with pytest.raises(ValueError, match="frozen"):
            setattr(section, name, None)


def test_the_language_code_no_stays_a_text(loaded):
    assert loaded("rooms:\n  hall:\n    language: no\n").rooms["hall"].language == "no"


SCALARS = [
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("y", "y"),
    ("true", True),
    ("FALSE", False),
    ("", None),
    ("~", None),
    ("null", None),
    ("010", 10),
    ("-7", -7),
    ("1.5", 1.5),
    ("-.5e1", -5.0),
    ("1_000", "1_000"),
    ("0x10", "0x10"),
    ("2001-01-01", "2001-01-01"),
    ("12:30", "12:30"),
    (".inf", float("inf")),
    ("nano", "nano"),
]


def test_plain_scalars_are_read_by_yaml_1_2():
    for text, value in SCALARS:
        read = plain_value(text)
        assert (text, type(read), read) == (text, type(value), value)


def test_quoted_numbers_are_texts(loaded):
    config = loaded('rooms:\n  "12": {}\nbroker: {username: "1", password: "007"}\n')
    assert list(config.rooms) == ["12"]
    assert config.broker.password.get_secret_value() == "007"


def test_all_errors_are_told_at_once_in_the_order_of_the_file(told):
    lines = told("brokr: 3\nrooms:\n  hall:\n    speed: 9\n    voise: x\n  hall: {}\nvad: {engine: silerro}\n")
    assert [line.partition(": ")[0] for line in lines] == ["F:1:1", "F:4:5", "F:5:5", "F:6:3", "F:7:7"]
    assert lines[0] == "F:1:1: brokr: unknown key; did you mean broker?"
    assert lines[1] == "F:4:5: rooms.hall.speed: should be at most 2.0, not 9"
    assert lines[2] == "F:5:5: rooms.hall.voise: unknown key; did you mean voice?"
    assert lines[3] == "F:6:3: rooms.hall: the key is there twice; first in line 3"
    assert lines[4].endswith("should be one of silero, webrtc (did you mean silero?), not 'silerro'")


def test_the_hint_names_the_command_that_checks_again(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("{}")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.hint == f"mend it, then: oyez check {path}"
    assert caught.value.message == f"{path}:1:1: rooms: is missing"


def test_a_key_in_the_wrong_section_is_told_where_it_belongs(told):
    assert told(SMALLEST + "keepalive_s: 5\n") == [
        "F:3:1: keepalive_s: unknown key here; it belongs to broker",
    ]
    assert told(SMALLEST + "vad:\n  voice: x\n")[0].endswith("it belongs to rooms.<room>")
    assert told(SMALLEST + "memory_limit_mb: 9\n")[0].endswith("it belongs to asr or tts")
    assert told(SMALLEST + "vad:\n  rooms: {}\n")[0].endswith("it belongs to the top level")


def test_an_unknown_key_without_a_neighbour_lists_the_valid_ones(told):
    assert told(SMALLEST + "log:\n  zzz: 1\n") == [
        "F:4:3: log.zzz: unknown key; valid here: level, format, publish, transcripts"
    ]


def test_only_the_first_fifty_errors_are_told(told):
    lines = told(SMALLEST + "".join(f"x{n}: 1\n" for n in range(70)))
    assert len(lines) == 51
    assert lines[-1] == "... and 20 more"


def test_a_room_name_that_is_no_topic_level_is_refused(told):
    for name in ["Kitchen", "living room", "küche", "a/b", "+", "'#'", "bridge", "a" * 65]:
        (line,) = told(f"rooms:\n  {name}: {{}}\n")
        assert line.startswith("F:2:3: rooms")


def test_room_names_of_small_letters_digits_and_underscores_are_accepted(loaded):
    for name in ["kitchen", "a", "0", "living_room_2", "bridge_room", "true", "null"]:
        assert list(loaded(f"rooms:\n  {name}: {{}}\n").rooms) == [name]


def test_a_house_without_rooms_is_refused(told):
    assert told("rooms: {}\n") == ["F:1:1: rooms: should have at least one entry"]


def test_a_room_that_neither_hears_nor_speaks_is_refused(told):
    (line,) = told("rooms:\n  a: {microphone: none, speaker: none}\n")
    assert line == "F:2:3: rooms.a: a room needs a microphone or a speaker; both are none"


def test_a_base_topic_that_brokers_or_home_assistant_mind_is_refused(told):
    for topic in [
        "a+b",
        "'#'",
        "a/#",
        "/a",
        "a/",
        "a//b",
        '""',
        "$SYS",
        "a b",
        "homeassistant",
        "homeassistant/x",
        "x" * 129,
    ]:
        lines = told(SMALLEST + f"broker:\n  base_topic: {topic}\n")
        assert lines[0].startswith("F:4:3: broker.base_topic: ")


def test_the_discovery_prefix_and_the_base_topic_do_not_lie_in_each_other(told, loaded):
    for base, prefix in (("oyez", "oyez"), ("home", "home/found"), ("ha/oyez", "ha")):
        lines = told(SMALLEST + f"broker: {{base_topic: {base}}}\nhome_assistant:\n  prefix: {prefix}\n")
        assert "lie in each other" in lines[0]
    assert loaded(SMALLEST + "home_assistant: {prefix: ha/found}\n").home_assistant.prefix == "ha/found"


def test_other_base_topics_are_accepted(loaded):
    for topic in ["oyez", "home/oyez", "homeassistant2", "house/homeassistant", "häuschen"]:
        assert loaded(SMALLEST + f"broker: {{base_topic: {topic}}}\n").broker.base_topic == topic


def test_what_cannot_name_a_language_is_refused(told):
    for code in ["7up", "e", "'*'", "e/n", "_en"]:
        assert "eng, en-GB, English" in told(f"rooms:\n  a: {{language: {code}}}\n")[0]


def test_languages_are_accepted_by_code_tag_and_name(loaded):
    for code in ["eng", "en-GB", "cmn-script_simplified", "quc-dialect_north", "sr-Cyrl", "Español", "日本語"]:
        assert loaded(f"rooms:\n  a: {{language: {code}}}\n").rooms["a"].language == code


@pytest.mark.parametrize("written", ["[eng, spa]", "eng,spa", "'eng ,  spa'", "\n    - eng\n    - spa"])
def test_a_room_may_hear_several_languages(loaded, written):
    assert loaded(f"rooms:\n  a:\n   language: {written}\n").rooms["a"].language == "eng, spa"


@pytest.mark.parametrize(
    ("written", "why"),
    [("[]", "one to 4"), ("[a1, b2, c3, d4, e5]", "one to 4"), ("[eng, 1]", "list of them"), ("'eng,'", "is named by")],
)
def test_a_list_of_languages_that_is_none_is_refused(told, written, why):
    (line,) = [line for line in told(f"rooms:\n  a: {{language: {written}}}\n") if "language" in line]
    assert why in line


def test_a_host_that_is_no_host_is_refused(told):
    for host in ["mqtt://broker", "user:secret@broker", "a b", '""', "broker/1", "[::1]"]:
        (line,) = told(SMALLEST + f"broker:\n  host: '{host.strip(chr(34))}'\n")
        assert line.startswith("F:4:3: broker.host: ")
        assert "secret" not in line


def test_hosts_are_names_addresses_or_embedded(loaded):
    for host in ["localhost", "192.168.1.2", "::1", "fe80::1%eth0", "homeassistant.local", "embedded"]:
        assert loaded(SMALLEST + f"broker: {{host: '{host}'}}\n").broker.host == host


def test_a_client_id_that_brokers_may_mind_is_refused(told):
    for name in ["a b", "a/b", "'#'", '""', "x" * 65]:
        assert told(SMALLEST + f"broker:\n  client_id: {name}\n")[0].startswith("F:4:3: broker.client_id: "), name


def test_any_free_port_is_for_the_embedded_broker_only(told, loaded):
    assert loaded(SMALLEST + "broker: {host: embedded, port: 0}\n").broker.port == 0
    (line,) = told(SMALLEST + "broker:\n  port: 0\n")
    assert line == "F:4:3: broker.port: 0 (any free port) is for host: embedded only, not 0"


def test_the_embedded_broker_has_no_tls(told):
    (line,) = told(SMALLEST + "broker:\n  host: embedded\n  tls: {enabled: true}\n")
    assert line.startswith("F:5:3: broker.tls: the embedded broker")


def test_a_client_certificate_comes_with_its_key(told):
    (line,) = told(SMALLEST + "broker:\n  tls: {cert_file: a.pem}\n")
    assert line == "F:4:3: broker.tls: cert_file and key_file go together: give both or none"


def test_certificates_without_encryption_are_a_mistake(told):
    for what in ("ca_file: ca.pem", "insecure: true", "cert_file: a.pem, key_file: a.key"):
        (line,) = told(SMALLEST + f"broker:\n  tls: {{{what}}}\n")
        assert line.startswith("F:4:3: broker.tls: enabled is false, so nothing would be encrypted")
    (line,) = told(SMALLEST + "broker:\n  tls: {enabled: true, insecure: true, ca_file: ca.pem}\n")
    assert "keep one of them" in line


def test_satellites_have_ports_of_their_own(told):
    (line,) = told(SMALLEST + "wyoming:\n  satellites: {kitchen: 10300}\n")
    assert line.startswith("F:4:3: wyoming.satellites: port 10300 is there twice")
    assert told(SMALLEST + "wyoming:\n  name: '-'\n")[0].startswith("F:4:")


def test_websockets_have_a_path_and_are_not_for_the_embedded_broker(loaded, told):
    broker = loaded(SMALLEST + "broker: {transport: websockets, websocket_path: '/a/mqtt?b=c'}\n").broker
    assert (broker.transport, broker.websocket_path) == ("websockets", "/a/mqtt?b=c")
    for path in ("mqtt", "/a b", '"/a\\r\\nHost: b"', "''"):
        assert told(SMALLEST + f"broker:\n  websocket_path: {path}\n")[0].startswith("F:4:")
    assert "tcp only" in told(SMALLEST + "broker:\n  host: embedded\n  transport: websockets\n")[0]


def test_devices_by_name_pass_unchanged(loaded):
    for device in ["default", "none", "USB Audio: - (hw:1,0)", "alsa_input.usb-0d8c.mono", "loopback:hall"]:
        assert loaded(f"rooms:\n  a: {{microphone: '{device}'}}\n").rooms["a"].microphone == device


def test_a_device_that_cannot_be_is_refused(told):
    for device in ["''", "' '", "loopback", "'loopback:'", "'loopback:A b'", "'file:'"]:
        assert told(f"rooms:\n  a: {{microphone: {device}}}\n")[0].startswith("F:2:7: rooms.a.microphone: ")


def test_a_device_in_the_network_is_a_host_and_a_port_and_what_is_wrong_with_another_is_told(told, loaded):
    for device in ["wyoming:kitchen-pi.local:10600", "wyoming:[fe80::1%eth0]:10600", "udp:12202", "udp:0.0.0.0:12202"]:
        assert loaded(f"rooms:\n  a: {{microphone: '{device}'}}\n").rooms["a"].microphone == device
    for device, why in {
        "wyoming:10600": "isn't a host and a port: write wyoming:<host>:<port>, as in",
        "wyoming:pi:0": "isn't a host and a port",
        "wyoming:a b:1": "isn't a host and a port",
        f"wyoming:{'a' * 64}:1": "isn't a host and a port",
        "wyoming:fe80::1:10600": "isn't a host and a port",
        "tcp://pi:10600": "is how a Wyoming program is told where to listen: write wyoming:<host>:<port>",
        "udp:pi:12202": "isn't a port to listen on: write udp:<port>",
        "udp:70000": "isn't a port to listen on",
        "udp:": "isn't a port to listen on",
    }.items():
        (line,) = told(f"rooms:\n  a:\n    microphone: '{device}'\n")
        assert line.startswith("F:3:5: rooms.a.microphone: ")
        assert why in line
    (line,) = told("rooms:\n  a:\n    speaker: udp:12202\n")
    assert line.startswith("F:3:5: rooms.a.speaker: udp: is a microphone; a speaker in the network is wyoming:")


def test_two_rooms_that_listen_to_one_port_are_refused(told):
    twice = "rooms:\n  a: {microphone: 'udp:12202'}\n  b: {microphone: 'udp:0.0.0.0:12202'}\n"
    assert told(twice) == ["F:1:1: rooms: a and b both listen to udp port 12202; each needs one of its own"]


def test_paths_start_from_the_folder_of_the_file(loaded, tmp_path):
    config = loaded(
        "rooms:\n  a: {microphone: 'file:in.wav', speaker: 'file:~/out'}\n"
        "state_dir: state\nmodels_dir: /m\nbroker: {tls: {enabled: true, ca_file: ../ca.pem}}\n"
    )
    assert config.rooms["a"].microphone == f"file:{tmp_path}/in.wav"
    assert config.rooms["a"].speaker == f"file:{Path.home()}/out"
    assert config.state_dir == tmp_path / "state"
    assert config.models_dir == Path("/m")
    assert config.broker.tls == TlsConfig(enabled=True, ca_file=tmp_path / "../ca.pem")


def test_a_home_folder_of_nobody_is_refused(told):
    assert told(SMALLEST + "state_dir: ~nobody_here_at_all/x\n")[0].startswith("F:3:1: state_dir: ")


def test_folders_follow_systemd_and_the_environment(loaded):
    assert loaded(SMALLEST, {"STATE_DIRECTORY": "/var/lib/oyez"}).state_dir == Path("/var/lib/oyez")
    assert loaded(SMALLEST, {"STATE_DIRECTORY": "/var/lib/oyez"}).models_dir == Path("/var/lib/oyez/models")
    assert loaded(SMALLEST, {"STATE_DIRECTORY": "/a:/b"}).state_dir == Path("/a")
    assert loaded(SMALLEST, {"STATE_DIRECTORY": "/a", "OYEZ_MODELS": "/m"}).models_dir == Path("/m")
    assert loaded(SMALLEST + "models_dir: /n\n", {"OYEZ_MODELS": "/m"}).models_dir == Path("/n")
    assert loaded(SMALLEST, {"RUNTIME_DIRECTORY": "/run/oyez:/b"}).cache_dir == Path("/run/oyez/cache")
    assert loaded(SMALLEST, {"XDG_RUNTIME_DIR": "/run/user/9"}).cache_dir == Path("/run/user/9/oyez/cache")
    assert loaded(SMALLEST, {}).cache_dir is None
    assert default_state_dir({}).name == "oyez"
    assert default_models_dir({}).parts[-2:] == ("oyez", "models")


def test_control_characters_in_any_value_or_name_are_refused(told):
    assert told(SMALLEST + 'broker: {base_topic: "a\\0"}\n') == [
        "F:3:22: broker.base_topic: the value has control characters or broken Unicode"
    ]
    assert told('rooms:\n  "a\\0b": {}\n')[0] == "F:2:3: rooms: a key should be a word"
    assert told(SMALLEST + 'state_dir: "\\ud800"\n')[0].startswith("F:3:12: state_dir: ")


def test_the_process_environment_is_used_when_none_is_given(tmp_path, monkeypatch):
    path = tmp_path / "oyez.yaml"
    path.write_text(SMALLEST)
    monkeypatch.setenv("OYEZ_BROKER__PORT", "8883")
    monkeypatch.setenv("OYEZ_MODELS", "/from/environ")
    assert load(str(path)).broker.port == 8883
    assert load(path).models_dir == Path("/from/environ")


def test_any_value_can_be_overridden_by_the_environment(loaded):
    environ = {
        "OYEZ_BROKER__PORT": "8883",
        "OYEZ_BROKER__TLS__ENABLED": "true",
        "OYEZ_ROOMS__KITCHEN__SPEED": "1.5",
        "OYEZ_ROOMS__KITCHEN__LANGUAGE": "nob",
        "OYEZ_STATE_DIR": "/s",
        "OYEZ_LOG__LEVEL": "debug",
        "OYEZ_AUDIO__LOOPBACK__NOISE_DB": "-50",
        "OYEZ_UNRELATED": "ignored",
        "PATH": "/bin",
    }
    config = loaded(SMALLEST + "broker: {port: 1}\n", environ)
    assert (config.broker.port, config.broker.tls.enabled) == (8883, True)
    assert (config.rooms["kitchen"].speed, config.rooms["kitchen"].language) == (1.5, "nob")
    assert (config.state_dir, config.log.level, config.audio.loopback.noise_db) == (Path("/s"), "debug", -50.0)


def test_a_wrong_override_is_told_with_its_variable(told):
    environ = {
        "OYEZ_BROKER__PROT": "1",
        "OYEZ_BROKER__PORT": "many",
        "OYEZ_ROOMS__ATTIC__VOICE": "af_sky",
        "OYEZ_BROKER__TLS": "yes",
        "OYEZ_ROOMS__KITCHEN": "x",
    }
    assert told(SMALLEST, environ) == [
        "environment: OYEZ_BROKER__PORT: broker.port: should be a whole number, not 'many'",
        "environment: OYEZ_BROKER__PROT: broker.prot: unknown key; did you mean port?",
        "environment: OYEZ_BROKER__TLS: broker.tls: is a section; set one of its keys",
        "environment: OYEZ_ROOMS__ATTIC__VOICE: rooms.attic.voice: the file has no such room",
        "environment: OYEZ_ROOMS__KITCHEN: rooms.kitchen: is a section; set one of its keys",
    ]


def test_an_override_does_not_hide_a_section_of_the_wrong_kind(told):
    assert told(SMALLEST + "broker: 3\n", {"OYEZ_BROKER__PORT": "1"})[0].startswith(
        "F:3:1: broker: should be a section"
    )


NO_CONFIG = [
    ("", "F:1:1: the file is empty"),
    ("# only a comment\n", "F:1:1: the file is empty"),
    ("---\n", "F:1:1: the file is empty"),
    ("- a\n", "F:1:1: should be keys and values (rooms: ...)"),
    ("\n  just text\n", "F:2:3: should be keys and values (rooms: ...)"),
    ("rooms:\n\tkitchen: {}\n", "F:2:1: a tab; indent with spaces"),
    (b"\xef\xbb\xbfrooms: {}\n", "F:1:1: starts with a byte order mark; save it as UTF-8 without BOM"),
    (b"rooms:\n  k\xff: {}\n", "F:2:4: isn't UTF-8 text"),
    ("rooms:\n".encode("utf-16"), "F:1:1: isn't UTF-8 text"),
    ("a: 1\nb: x\x00y\n", "F:2:5: a character that YAML doesn't allow"),
    (SMALLEST + "---\nx: 1\n", "F:3:1: a second document starts; one is allowed"),
    (SMALLEST + "state_dir: *x\n", "F:3:12: state_dir: aliases (*name) aren't used here; write the value out"),
    (SMALLEST + "state_dir: !!str x\n", "F:3:12: state_dir: tags (!name) aren't used here; write the plain value"),
    (SMALLEST + "? [a]\n: 1\n", "F:3:3: a key should be a word"),
    (SMALLEST + 'x: "\\UFFFFFFFF"\n', "F:1:1: an escape sequence that isn't a character"),
]


def test_what_is_no_config_file_is_told_in_one_line(told):
    for content, line in NO_CONFIG:
        assert told(content)[:1] == [line], content
    assert told("rooms: [\n")[0].startswith("F:2:1: not valid YAML: ")


def test_special_characters_at_the_start_of_a_value_are_told_to_be_quoted(told):
    assert told(SMALLEST + "broker: {password: @x}\n")[0].endswith("; put the value in quotes")
    assert told(SMALLEST + "state_dir: a: b\n")[0].endswith("; put the value in quotes")


def test_deep_nesting_ends_with_a_place(told):
    assert told("[" * 200_000) == [f"F:1:{MAX_DEPTH + 2}: nested deeper than {MAX_DEPTH} levels"]


def test_an_alias_bomb_is_refused_at_its_first_alias(told):
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    lines = told(bomb)
    assert "F:2:8: b.0: aliases (*name) aren't used here; write the value out" in lines


def test_a_file_of_ten_megabytes_is_not_read(told):
    assert told(b"# " + b"x" * 10_000_000) == [f"F: larger than {MAX_BYTES // 1024} KiB; this isn't a config of ours"]


def test_a_missing_file_is_told_with_what_to_copy(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.yaml", {})
    assert caught.value.hint == f"cp config/oyez.yaml {tmp_path}/none.yaml"


def test_a_path_that_is_no_file_is_told():
    for path in [".", "a\0b"]:
        with pytest.raises(ConfigError, match="can't be read"):
            load(path, {})


def test_changed_names_the_keys_whose_values_differ(loaded):
    old = loaded("rooms:\n  a: {}\n  b: {}\nlog: {level: info}\nbroker: {username: u, password: x}\n")
    new = loaded("rooms:\n  a: {voice: bf_emma}\n  c: {}\nlog: {level: debug}\nbroker: {username: u, password: y}\n")
    assert changed(old, old) == []
    assert changed(old, new) == ["broker.password", "log.level", "rooms.a.voice", "rooms.b", "rooms.c"]


def test_a_config_can_be_made_in_code_too():
    assert Config(rooms={"a": RoomConfig(speaker="none")}).broker.host == "localhost"
