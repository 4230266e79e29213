"""Secrets: where the broker's password comes from, and that it shows nowhere."""

import json
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.config import BrokerConfig, Secret, load
from oyez.config.keys import all_keys
from oyez.errors import ConfigError

CANARY = "canary7Yq3"
BROKER = "rooms: {kitchen: {}}\nbroker:\n  username: me\n"


@pytest.fixture
def house(tmp_path):
    """Write a config and load it; files beside it by name."""

    def make(text, environ=None):
        path = tmp_path / "oyez.yaml"
        path.write_text(text)
        return load(path, environ or {})

    make.folder = tmp_path
    return make


def secret_file(folder, content=CANARY + "\n", mode=0o600, name="password"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def shown_by(make):
    """What a person could see of a config that is made: its repr, or the whole traceback of the error."""
    try:
        return repr(make())
    except ConfigError as err:
        return "".join(traceback.format_exception(err))


def revealed(config):
    return config.broker.password.get_secret_value()


def test_the_only_secrets_of_the_tree_are_the_password_and_the_token():
    assert [key.dotted for key in all_keys() if key.secret] == ["broker.password", "http.token"]


def test_the_password_may_stand_in_the_file(house):
    assert revealed(house(BROKER + f"  password: {CANARY}\n")) == CANARY


def test_the_password_file_is_read_without_its_line_end(house):
    secret_file(house.folder)
    assert revealed(house(BROKER + "  password_file: password\n")) == CANARY
    secret_file(house.folder, " with spaces \r\n")
    assert revealed(house(BROKER + "  password_file: password\n")) == " with spaces "


def test_a_password_file_that_others_can_touch_is_refused_with_the_command(house):
    for mode in (0o640, 0o604, 0o620, 0o777, 0o601):
        path = secret_file(house.folder, mode=mode)
        with pytest.raises(ConfigError) as caught:
            house(BROKER + "  password_file: password\n")
        assert f"oyez.yaml:4:3: broker.password_file: {path} can be read by others (mode {mode:04o})" in str(
            caught.value
        )
        assert f"run: chmod 600 {path}" in str(caught.value)


def test_systemd_decides_the_mode_of_its_own_credentials(house):
    secret_file(house.folder, mode=0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(house.folder)}
    assert revealed(house(BROKER + "  password_file: password\n", environ)) == CANARY


def test_the_systemd_credential_is_used_when_there_is_one_and_a_username(house):
    environ = {"CREDENTIALS_DIRECTORY": str(house.folder)}
    assert house(BROKER, environ).broker.password is None
    secret_file(house.folder, mode=0o440, name="mqtt_password")
    assert revealed(house(BROKER, environ)) == CANARY
    assert house("rooms: {kitchen: {}}\n", environ).broker.password is None
    assert revealed(house(BROKER + "  password: other\n", environ)) == "other"


def test_the_environment_wins_over_file_and_credential(house):
    secret_file(house.folder, "other")
    environ = {"OYEZ_BROKER__PASSWORD": CANARY, "CREDENTIALS_DIRECTORY": str(house.folder)}
    assert revealed(house(BROKER + "  password: x\n", environ)) == CANARY
    assert revealed(house(BROKER + "  password_file: password\n", environ)) == CANARY
    environ = {"OYEZ_BROKER__PASSWORD_FILE": str(house.folder / "password")}
    assert revealed(house(BROKER + "  password: x\n", environ)) == "other"


def test_a_password_of_digits_from_the_environment_is_a_text(house):
    assert revealed(house(BROKER, {"OYEZ_BROKER__PASSWORD": "0123"})) == "0123"


def test_a_password_needs_a_username_and_one_source(house):
    with pytest.raises(ConfigError, match=r"3:3: broker\.password: a password needs a username"):
        house(f"rooms: {{kitchen: {{}}}}\nbroker:\n  password: {CANARY}\n")
    with pytest.raises(ConfigError, match="keep one of password and password_file"):
        house(BROKER + f"  password: {CANARY}\n  password_file: x\n")


def test_a_password_file_that_holds_no_password_is_refused(house):
    for content in ("", "\n", "two\nlines\n", b"\xff\xfe", "x" * 5000, "a\0b"):
        secret_file(house.folder, content)
        with pytest.raises(ConfigError, match=r"broker\.password_file: "):
            house(BROKER + "  password_file: password\n")
    with pytest.raises(ConfigError, match="No such file"):
        house(BROKER + "  password_file: nowhere\n")
    with pytest.raises(ConfigError, match="isn't a regular file"):
        house(BROKER + "  password_file: .\n")


def test_a_secret_is_stars_in_every_way_to_show_it(house):
    config = house(BROKER + f"  password: {CANARY}\n")
    shown = [
        str(config),
        repr(config),
        f"{config.broker.password}",
        f"{config.broker.password!r}",
        "%s" % config.broker.password,  # noqa: UP031
        json.dumps(config.describe()),
        config.model_dump_json(),
        str(config.model_dump()),
        str(Secret(CANARY)),
    ]
    assert not [text for text in shown if CANARY in text]
    assert config.describe()["broker"]["password"] == "**********"
    assert house(BROKER).describe()["broker"]["password"] is None


def test_a_password_of_a_wrong_kind_is_never_in_the_error():
    with pytest.raises(ValueError) as caught:
        BrokerConfig(username="me", password=[CANARY])
    assert CANARY not in "".join(traceback.format_exception(caught.value))


WRECKS = [
    "  password: [{0}]",
    "  password: {{{0}: 1}}",
    "  password: {{a: {0}, a: 1}}",
    "  password: {{{0}: 1, {0}: 2}}",
    "  password: *{0}",
    "  password: !{0} x",
    "  password: !{0}!x y",
    "  password: &{0} y",
    "  password: {0}: x",
    "  password: '{0}",
    '  password: "{0}',
    '  password: "\\{0}"',
    '  password: "\\u{0}"',
    "  password: @{0}",
    "  password: %{0}",
    "  password: {0}\n  password: {0}",
    "  password: |\n    {0}\n    {0}",
    "  password: |{0}",
    "  password: {{{0}",
    "  password:\n    {0}: 1\n    {0}: 2",
    "  password:\n    - {0}\n    - *{0}",
    "  passwort: {0}",
    "  tls: {{enabled: {0}@x}}\n  password: {0}",
    "  host: mqtt://me:{0}@broker",
    "  host: me:{0}@broker",
    "  port: mqtt://me:{0}@broker",
    "%{0}",
]


def test_no_wreck_of_a_config_shows_the_password_in_its_error(house):
    for wreck in WRECKS:
        text = BROKER + wreck.format(CANARY) + "\n"
        told = shown_by(lambda text=text: house(text))
        assert CANARY not in told, wreck


def test_a_password_of_digits_without_quotes_is_refused_and_not_shown(house):
    for value in ("9876501234", "98765.01234", "true"):
        with pytest.raises(ConfigError) as caught:
            house(BROKER + f"  password: {value}\n")
        assert "4:3: broker.password: should be text (in quotes" in str(caught.value)
        assert value not in str(caught.value)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab: \n\t{}[],&*!|>'\"%@`#?-\\0"), max_size=8), st.text(max_size=4), st.integers(0, 8))
def test_no_damage_around_the_password_shows_it(tmp_path_factory, before, after, cut):
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_text((BROKER + f"  password: {before}{CANARY}{after}\n")[cut:], errors="ignore")
    assert CANARY not in shown_by(lambda: load(path, {}))
