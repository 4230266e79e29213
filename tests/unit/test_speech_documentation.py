"""docs/speech.md says what is so."""

from __future__ import annotations

import re

import pytest

from oyez.config import load
from oyez.speak import markup, ssml
from oyez.speak.spans import Span


@pytest.fixture
def document(repository) -> str:
    return (repository / "docs" / "speech.md").read_text()


def test_every_form_in_the_table_is_one(document):
    table = document.partition("| form | does |")[2].partition("\n\n")[0]
    forms = re.findall(r"`(\[\[.*?\]\])`", table)
    assert len(forms) == 12
    assert [form for form in forms if markup.parse(form).items == (Span(form.strip("[]")),)] == []


def test_every_tag_that_is_followed_is_in_the_table(document):
    table = document.partition("| tag | what of it is followed |")[2].partition("\n\n")[0]
    assert set(ssml.TAGS) - {"desc", "metadata"} <= set(re.findall(r"`<([\w-]+)>`", table))


def test_the_examples_of_configuration_load(document, tmp_path):
    media, lexicon, cache, torch = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)
    path = tmp_path / "oyez.yaml"
    path.write_text("rooms: {hall: {}}\n" + media)
    assert len(load(path, {}).audio.media_urls) == 2
    path.write_text("rooms: {hall: {}}\n" + lexicon)
    assert load(path, {}).tts.pronounce["all"] == {"Oyez": "oh yay"}
    path.write_text("rooms: {hall: {}}\n" + cache)
    assert load(path, {}).tts.cache_mb == 200
    path.write_text("rooms: {hall: {}}\n" + torch)
    assert load(path, {}).tts.device == "auto"
