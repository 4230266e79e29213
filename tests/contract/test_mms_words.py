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
from oyez.model import HotWord

DATA = Path(__file__).parent.parent / "data/mini"
MINI = Path(__file__).parent.parent.parent / "daemon/oyez/data/mms-mini"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """mms-mini as if it had never been taught the article, and Spanish without a list."""
    folder = shutil.copytree(MINI, tmp_path_factory.mktemp("source") / "mini")
    words = folder / "words.eng.txt"
    words.write_text(words.read_text(encoding="utf-8").replace("\nthe\n", "\n"), encoding="utf-8")
    (folder / "words.spa.txt").unlink()
    return folder


@pytest.fixture(scope="module")
def prepared(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "mini"
    convert(source, folder, ["eng"])
    add_languages(source, folder, ["spa"])
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """mms-mini with all its words."""
    folder = tmp_path_factory.mktemp("whole") / "mini"
    convert(MINI, folder, ["eng"])
    return folder


@pytest.fixture(scope="module")
def english():
    """A recording with an article in it."""
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        file = next(row["file"] for row in csv.DictReader(stream) if "the" in row["text"].split())
    return soundfile.read(DATA / file, dtype="float32")[0]


def test_only_words_of_the_model_are_heard(prepared, whole, english):
    assert "the" in Recogniser(whole, threads=1).recognise(english, "eng").text.split()
    assert "the" not in Recogniser(prepared, threads=1).recognise(english, "eng").text.split()


def test_a_hot_word_of_the_house_is_heard_beside_them(prepared, english):
    heard = Recogniser(prepared, threads=1).recognise(english, "eng", (HotWord("the"),))
    assert "the" in heard.text.split()


def test_a_list_of_the_house_takes_the_place_of_the_models(prepared, english, tmp_path):
    listed = tmp_path / "words.txt"
    listed.write_text((MINI / "words.eng.txt").read_text(encoding="utf-8"), encoding="utf-8")
    decoding = Decoding(words={"eng": listed})
    heard = Recogniser(prepared, threads=1, decoding=decoding).recognise(english, "eng")
    assert "the" in heard.text.split()


def test_a_language_without_a_list_is_heard_letter_by_letter(prepared):
    assert Prepared.open(prepared).words("spa") is None
    samples, _ = soundfile.read(DATA / "spa_1.flac", dtype="float32")
    recogniser = Recogniser(prepared, threads=1)
    assert recogniser.recognise(samples, "spa") == recogniser._adapter("spa")[1]._greedy.greedy(
        recogniser.logits(samples, "spa")
    )


def test_a_list_that_has_gone_is_told_as_damage(prepared, tmp_path):
    broken = shutil.copytree(prepared, tmp_path / "broken")
    (broken / "adapters/eng.words.txt").unlink()
    with pytest.raises(ModelDamaged, match=r"eng\.words\.txt: is missing"):
        Prepared.open(broken)
