"""The files made from the tree are fresh, and the files people start from load."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from oyez.config import EMBEDDED, load, reference, schema
from oyez.config.keys import all_keys

ROOT = Path(__file__).parents[2]


def test_the_schema_for_editors_is_fresh():
    assert (ROOT / schema.FILE).read_text() == schema.schema(), "run: python -m oyez.config.schema"


def test_the_example_is_fresh():
    assert (ROOT / reference.EXAMPLE).read_text() == reference.example(), "run: python -m oyez.config.reference"


def test_the_reference_page_is_fresh():
    assert (ROOT / reference.PAGE).read_text() == reference.page(), "run: python -m oyez.config.reference"


def test_every_key_says_what_it_does_in_a_sentence():
    silent = [key.dotted for key in all_keys() if not key.section and not (key.field.description or "").endswith(".")]
    assert silent == []


def test_units_stand_in_the_names_of_keys():
    suffixes = {"s": "_s", "ms": "_ms", "MB": "_mb", "dB": "_db", "dBFS": "_db"}
    wrong = [key.dotted for key in all_keys() if key.unit in suffixes and not key.path[-1].endswith(suffixes[key.unit])]
    assert wrong == []


def test_every_key_is_in_the_schema_with_its_description():
    tree = json.loads(schema.schema())
    definitions = tree["$defs"]
    told = {name for part in (tree, *definitions.values()) for name in part["properties"]}
    assert told == {key.path[-1] for key in all_keys()} - {"<room>"}
    assert all(part["additionalProperties"] is False for part in (tree, *definitions.values()))


def test_the_demo_is_two_virtual_rooms_and_a_broker_of_its_own():
    demo = load(ROOT / "config/demo.yaml", {})
    assert (demo.broker.host, demo.broker.port) == (EMBEDDED, 0)
    assert demo.rooms["crier"].speaker == demo.rooms["house"].microphone == "loopback:hall"
    assert demo.rooms["crier"].microphone == demo.rooms["house"].speaker == "none"
    assert demo.asr.model == "mms-mini"


def test_the_description_holds_json_values_only():
    described = load(ROOT / "config/oyez.yaml", {}).describe()
    assert TypeAdapter(dict).validate_json(json.dumps(described)) == described
