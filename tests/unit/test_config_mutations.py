"""The example, mutated: every key deleted, renamed, repeated, emptied, retyped and put out of its range."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from oyez.config import Config, RoomConfig, load
from oyez.config.keys import ROOM, all_keys, find
from oyez.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config/oyez.yaml"
LINES = [line for line in EXAMPLE.read_text().splitlines() if line and not line.lstrip().startswith("#")]
UNKNOWN_INSIDE = "{zzz: 1}"
NULLABLE = {
    "broker.username",
    "broker.password",
    "broker.password_file",
    "broker.tls.ca_file",
    "broker.tls.cert_file",
    "broker.tls.key_file",
    "broker.client_id",
    "rooms.kitchen.chime",
    "asr.recordings_dir",
    "http.token_file",
    "http.token",
    "wyoming.name",
    "audio.duck",
    "audio.media_dir",
    "audio.loopback.noise_db",
    "state_dir",
    "models_dir",
    "cache_dir",
    "rooms.kitchen.vad_threshold",
    "rooms.kitchen.vad_hang_over_ms",
    "rooms.kitchen.vad_adaptive",
}


@dataclass(frozen=True)
class Entry:
    """A key of the example: its lines, its place in them, its path."""

    first: int
    end: int
    indent: int
    path: str

    @property
    def name(self):
        return self.path.rpartition(".")[2]

    @property
    def value(self):
        return LINES[self.first].partition(":")[2].strip()


def _entries():
    """Found by their indentation, not by the loader: the loader is what is tested."""
    entries, above = [], []
    for number, line in enumerate(LINES):
        indent, name = re.fullmatch(r"( *)([a-z0-9_]+):.*", line).groups()
        above[len(indent) // 2 :] = [name]
        following = range(number + 1, len(LINES))
        end = next((n for n in following if len(LINES[n]) - len(LINES[n].lstrip()) <= len(indent)), len(LINES))
        entries.append(Entry(number, end, len(indent), ".".join(above)))
    return entries


ENTRIES = _entries()
SECTION_OF_LINE = [entry.path.partition(".")[0] for entry in ENTRIES]


def _with(entry, *lines, appended=()):
    """The example with other lines for an entry; sections that don't matter to it are blank lines, to be quick."""
    wanted = {entry.path.partition(".")[0], "rooms", "log"}
    kept = [line if section in wanted else "" for line, section in zip(LINES, SECTION_OF_LINE, strict=True)]
    return "\n".join([*kept[: entry.first], *lines, *kept[entry.end :], *appended]) + "\n"


def _wrong_values(entry):
    """Values of kinds that the key must refuse."""
    if not entry.value:  # a section
        return ["text", "12", "true", "[]", "null", '""', *([UNKNOWN_INSIDE] if entry.path != "rooms" else ["{}"])]
    if entry.value in ("[]", "{}"):  # lists and tables of people's own
        return ["text", "12", "true", "null", "{}" if entry.value == "[]" else "[]"]
    wrong = ["[]", "{}", "[1]", "{a: 1}"]
    if entry.path not in NULLABLE:
        wrong.append("null")
    if find(tuple(entry.path.split("."))).numeric or find(tuple(entry.path.split("."))).choices:
        wrong += ["zzz", '"1"', "'true'"]
    if entry.value in ("true", "false") or entry.path == "rooms.kitchen.vad_adaptive":  # null there
        wrong += ["1", "0", "yes", "off", "1.5"]
    else:
        wrong += ["true", "no" if find(tuple(entry.path.split("."))).numeric else "12"]
    if re.fullmatch(r"\d+", entry.value):
        wrong += ["1.5", "-1", "99999999", ".inf"]
    if re.fullmatch(r"\d+\.\d+", entry.value):
        wrong += ["-200.0", "1000", ".nan", ".inf"]
    return wrong


RETYPED = [(entry, value) for entry in ENTRIES for value in _wrong_values(entry)]


@pytest.fixture
def told(tmp_path):
    """Load a text: the lines of its ConfigError, or the Config."""
    path = tmp_path / "oyez.yaml"

    def tell(text):
        path.write_text(text)
        try:
            return load(path, {})
        except ConfigError as err:
            return err.message.replace(str(path), "F").splitlines()

    return tell


def test_the_example_has_every_key_of_the_tree_and_nothing_else():
    tree = {".".join("kitchen" if part == ROOM else part for part in key.path) for key in all_keys()}
    assert len(ENTRIES) == len(tree)
    assert {entry.path for entry in ENTRIES} == tree
    assert len(RETYPED) + 4 * len(ENTRIES) > 400


def test_the_example_is_the_defaults(monkeypatch):
    for name in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert load(EXAMPLE, {}) == Config(rooms={"kitchen": RoomConfig()})


def test_a_deleted_key_means_its_default(told):
    for entry in ENTRIES:
        found = told(_with(entry))
        if entry.path == "rooms":
            assert found == [f"F:{SECTION_OF_LINE.index('log') + 1 - entry.end + entry.first}:1: rooms: is missing"]
        elif entry.path == "rooms.kitchen":
            assert found[0].startswith(f"F:{entry.first}:1: rooms: is empty")
        else:
            assert found == load(EXAMPLE, {}), entry.path


def test_a_renamed_key_is_told_with_place_and_right_name(told):
    for entry in ENTRIES:
        if entry.path == "rooms.kitchen":  # a room may have any name
            continue
        header = LINES[entry.first].replace(entry.name, entry.name + "x", 1)
        place = f"F:{entry.first + 1}:{entry.indent + 1}: {entry.path}x: "
        lines = told(_with(entry, header, *LINES[entry.first + 1 : entry.end]))
        assert f"{place}unknown key; did you mean {entry.name}?" in lines


def test_a_repeated_key_is_told_with_both_lines(told):
    for entry in ENTRIES:
        block = LINES[entry.first : entry.end]
        place = f"F:{entry.end + 1}:{entry.indent + 1}: {entry.path}: "
        lines = told(_with(entry, *block, *block))
        assert lines == [f"{place}the key is there twice; first in line {entry.first + 1}"]


def test_a_key_moved_out_of_its_section_is_told(told):
    for entry in ENTRIES:
        if entry.indent == 0:
            continue
        block = [line[entry.indent :] for line in LINES[entry.first : entry.end]]
        lines = told(_with(entry, appended=block))
        moved = f"F:{len(LINES) - len(block) + 1}:1: {entry.name}: unknown key"
        assert any(line.startswith(moved) for line in lines), entry.path


def test_a_value_of_the_wrong_kind_is_told_with_its_place(told):
    for entry, value in RETYPED:
        lines = told(_with(entry, f"{' ' * entry.indent}{entry.name}: {value}"))
        assert isinstance(lines, list), f"{entry.path}: {value} was accepted"
        inside = value == UNKNOWN_INSIDE
        path = f"{entry.path}.zzz" if inside else entry.path
        column = entry.indent + 1 + (len(entry.name) + 3 if inside else 0)
        assert len(lines) == 1, (entry, value, lines)
        assert lines[0].startswith(f"F:{entry.first + 1}:{column}: {path}: "), (entry, value, lines)
