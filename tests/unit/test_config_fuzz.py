"""The loader under fire: whatever the file and the environment hold, a Config or a ConfigError."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oyez.config import Config, load
from oyez.config.document import parse
from oyez.config.keys import all_keys
from oyez.errors import ConfigError

EXAMPLE = (Path(__file__).parents[2] / "config/oyez.yaml").read_bytes()
NAMES = [*sorted({part for key in all_keys() for part in key.path}), "kitchen", "bridge", "zzz", ""]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(NAMES)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=20,
)
# Pieces that YAML gives a meaning to, so that random texts reach deep into the parser.
YAML = st.lists(
    st.sampled_from(
        [
            "rooms",
            "broker",
            ":",
            ": ",
            "\n",
            "\n  ",
            "- ",
            "? ",
            "|\n",
            ">-\n",
            "&a ",
            "*a",
            "!t ",
            "!!int ",
            "%YAML 1.1\n",
            "%TAG ! x\n",
            "---\n",
            "...\n",
            '"',
            "'",
            "\\",
            "\\U",
            "\\x",
            "F",
            "0",
            "{",
            "}",
            "[",
            "]",
            ",",
            "#",
            "\t",
            "@",
            "`",
            "<<",
            "~",
            "no",
            "1e9",
            "\ufeff",
            "\u2028",
            "é",
        ]
    ),
    max_size=40,
).map("".join)
UNHURRIED = settings(deadline=None)  # a busy machine is no defect


@pytest.fixture(scope="module")
def survives(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "oyez.yaml"

    def load_it(content, environ=None):
        path.write_bytes(content)
        try:
            config = load(path, environ or {})
        except ConfigError as err:
            config, told = None, str(err)
        if config is None:
            assert told.startswith((str(path), "environment: "))
            told.encode()  # can be printed
        else:
            assert isinstance(config, Config)
            json.dumps(config.describe())

    return load_it


@UNHURRIED
@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_else(survives, content):
    survives(content)


@UNHURRIED
@given(YAML)
@example('"\\UFFFFFFFF"')
@example("%YAML 9.9\n---\na")
@example("!<%zz> b")
@example("? a\n? a\n")
def test_random_yaml_never_raises_anything_else(survives, text):
    survives(text.encode())


@UNHURRIED
@given(TREES)
def test_random_trees_of_known_names_never_raise_anything_else(survives, tree):
    survives(json.dumps(tree).encode())


@UNHURRIED
@given(st.integers(), st.binary(max_size=6))
def test_a_damaged_example_never_raises_anything_else(survives, seed, inserted):
    rng = random.Random(seed)
    first, second = sorted(rng.randrange(len(EXAMPLE)) for _ in range(2))
    survives(EXAMPLE[:first] + inserted + EXAMPLE[min(second, first + rng.randrange(60)) :])


@UNHURRIED
@given(st.sampled_from(all_keys()), st.text(max_size=12))
def test_no_override_raises_anything_else(survives, key, value):
    variable = "OYEZ_" + "__".join(key.path).upper().replace("<ROOM>", "KITCHEN")
    survives(EXAMPLE, {variable: value})


@UNHURRIED
@given(YAML)
def test_every_place_is_inside_the_text(text):
    lines = text.splitlines() or [""]
    document = parse(text)
    for place in [*document.places.values(), *(issue.place for issue in document.issues)]:
        assert 1 <= place.line <= len(lines) + 1
        assert place.column >= 1
