"""A model that brings the list of its words hears those, unless the house has a list of its own."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import soundfile

from oyez.engines.mms.convert import add_languages, convert
from oyez.engines.mms.prepared import Prepared
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recogniser import Recogniser
from oyez.errors import ModelDamaged
from oyez.hot_words import HotWord

DATA = Path(__file__).parent.parent / "data/mini"
MINI = Path(__file__).parent.parent.parent / "daemon/oyez/data/mms-mini"
LIST = MINI / "words.eng.txt"
KNOWN = set(LIST.read_text(encoding="utf-8").split())


def heard(recogniser: Recogniser, samples, *hot_words: HotWord) -> set[str]:
    return set(recogniser.recognise(samples, "eng", hot_words).text.split())


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """mms-mini as if it had been taught a single word of English, and Spanish without a list."""
    folder = shutil.copytree(MINI, tmp_path_factory.mktemp("source") / "mini")
    (folder / "words.eng.txt").write_text("zero\n", encoding="utf-8")
    (folder / "words.spa.txt").unlink()
    return folder


@pytest.fixture(scope="module")
def prepared(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "mini"
    convert(source, folder, ["eng"])
    add_languages(source, folder, ["spa"])
    return folder


@pytest.fixture(scope="module")
def misspelt():
    """English recordings of which the model alone makes words that there aren't: what was said, and samples."""
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["language"] == "eng" and set(row["heard"].split()) - KNOWN]
    assert rows
    return [(row["text"], soundfile.read(DATA / row["file"], dtype="float32")[0]) for row in rows]


def test_words_come_out_of_the_list_of_the_model(misspelt, tmp_path):
    convert(MINI, tmp_path / "mini", ["eng"])
    recogniser = Recogniser(tmp_path / "mini", threads=1)
    for _, samples in misspelt:
        assert heard(recogniser, samples) <= KNOWN


def test_hot_words_of_the_house_are_heard_beside_them(prepared, misspelt):
    recogniser = Recogniser(prepared, threads=1)
    for text, samples in misspelt:
        said = set(text.split())
        assert not heard(recogniser, samples) <= said
        assert heard(recogniser, samples, *map(HotWord, said)) <= said


def test_a_list_of_the_house_takes_the_place_of_the_models(prepared, misspelt):
    """It is a softer one: it favours its words, where the model's own leaves no others."""
    house = Recogniser(prepared, threads=1, decoding=Decoding(words={"eng": LIST}))
    own = Recogniser(prepared, threads=1)
    for _, samples in misspelt:
        assert len(heard(house, samples) & KNOWN) > len(heard(own, samples) & KNOWN)


def test_a_language_without_a_list_is_heard_letter_by_letter(prepared):
    assert Prepared.open(prepared).words("spa") is None
    samples, _ = soundfile.read(DATA / "spa_1.flac", dtype="float32")
    recogniser = Recogniser(prepared, threads=1)
    assert recogniser.recognise(samples, "spa") == recogniser.reader("spa")._greedy.greedy(
        recogniser.logits(samples, "spa")
    )


def test_a_list_that_has_gone_is_told_as_damage(prepared, tmp_path):
    broken = shutil.copytree(prepared, tmp_path / "broken")
    (broken / "adapters/eng.words.txt").unlink()
    with pytest.raises(ModelDamaged, match=r"eng\.words\.txt: is missing"):
        Prepared.open(broken)
