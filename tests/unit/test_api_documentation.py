"""docs/api.md says what is so."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re

import pytest

from oyez import Heard, Hearing, Speech, SpeechChunk


@pytest.fixture
def document(repository) -> str:
    return (repository / "docs" / "api.md").read_text()


def test_the_examples_are_python(document):
    examples = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    assert len(examples) == 3
    assert all(ast.parse(example).body for example in examples)


def test_every_argument_and_every_field_is_told(document):
    arguments = document.partition("| argument | is |")[2].partition("\n\n")[0]
    assert set(inspect.signature(Speech).parameters) == {
        name for row in arguments.splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])
    }
    fields = document.partition("| of a chunk | is |")[2].partition("\n\n")[0]
    told = set(re.findall(r"^\| `(\w+)`", fields, re.MULTILINE))
    assert told == {field.name for field in dataclasses.fields(SpeechChunk)} - {"volume"}  # which is applied


def test_every_argument_of_hearing_and_every_field_of_what_is_heard_is_told(document):
    arguments = document.partition("| argument of Hearing | is |")[2].partition("\n\n")[0]
    assert set(inspect.signature(Hearing).parameters) == {
        name for row in arguments.splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])
    }
    for method in (Hearing.transcribe, Hearing.embed):
        told = re.search(rf"^### `await hearing\.{method.__name__}\((.*)\)`$", document, re.MULTILINE)
        names = [name for name in inspect.signature(method).parameters if name != "self"]
        assert re.findall(r"(?:^|, )(\w+)", told[1]) == names
    fields = document.partition("| of what is heard | is |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", " ".join(row.split(" | ")[0] for row in fields.splitlines())))
    assert told == {field.name for field in dataclasses.fields(Heard)} | {"text", "words"}
