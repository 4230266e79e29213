"""The catalogue of voices, and what is said about a name that isn't in it."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from oyez.engines.kokoro import languages, voices
from oyez.errors import InvalidInput, ModelDamaged, ModelMissing


def test_there_are_54_voices_whose_names_tell_language_and_gender():
    catalogue = voices.catalogue()
    assert Counter(name[0] for name in catalogue) == {
        "a": 20,
        "b": 8,
        "e": 3,
        "f": 1,
        "h": 4,
        "i": 2,
        "p": 3,
        "j": 5,
        "z": 8,
    }
    for name, voice in catalogue.items():
        assert voice.gender == {"f": "female", "m": "male"}[name[1]]
        assert re.fullmatch("[0-9a-f]{64}", voice.sha256)
        assert voice.grade is None or re.fullmatch("[A-DF][+-]?", voice.grade)
    assert len({voice.sha256 for voice in catalogue.values()}) == 54
    assert len({(voice.language.tag, name[0]) for name, voice in catalogue.items()}) == 9


def test_an_unknown_voice_is_answered_with_the_nearest():
    with pytest.raises(InvalidInput, match="no voice is called 'af_hart'; did you mean af_heart"):
        voices.find("af_hart")


def test_nothing_near_is_suggested_for_nonsense():
    with pytest.raises(InvalidInput) as caught:
        voices.find("x" * 100_000)
    assert "did you mean" not in caught.value.message


@pytest.mark.parametrize(
    ("voice", "asked", "tag"),
    [
        ("af_heart", None, "en-US"),
        ("bf_emma", None, "en-GB"),
        ("bf_emma", "eng", "en-GB"),
        ("bf_emma", "en", "en-GB"),
        ("bf_emma", "en-us", "en-US"),
        ("af_heart", "en_GB", "en-GB"),
        ("ef_dora", "eng", "en-US"),
        ("af_heart", "spa", "es"),
        ("af_heart", "es-MX", "es"),
        ("af_heart", "por", "pt-BR"),
    ],
)
def test_a_language_is_found_by_tag_or_code(voice, asked, tag):
    assert voices.spoken_language(voices.find(voice), asked).tag == tag


@pytest.mark.parametrize(
    ("voice", "asked"), [("jf_alpha", None), ("zf_xiaoni", None), ("af_heart", "ja"), ("af_heart", "cmn")]
)
def test_a_language_whose_letters_nobody_reads_is_refused_with_what_to_install(voice, asked, monkeypatch):
    monkeypatch.setattr(languages, "_installed", lambda _: False)
    with pytest.raises(InvalidInput, match="can't be spoken") as caught:
        voices.spoken_language(voices.find(voice), asked)
    assert caught.value.hint in ("pip install 'oyez[japanese]'", "pip install 'oyez[chinese]'")


def test_letters_that_nobody_reads_are_left_as_they_are_asked_for_in_markup(monkeypatch):
    monkeypatch.setattr(languages, "_installed", lambda _: False)
    own = voices.find("af_heart")
    role = voices.cast(own, own.language, None, "ja")
    assert (role.language, len(role.notes)) == ("en-US", 1)


def test_an_unknown_language_is_answered_with_those_spoken():
    with pytest.raises(InvalidInput, match=r"'xyzzy'; spoken are en-US, .*, pt-BR"):
        voices.spoken_language(voices.find("af_heart"), "xyzzy")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("de", r"'de' \(German\); the nearest is en-US"),
        ("cat", r"\(Catalan\); the nearest is es"),
        ("German", "the nearest is en-US"),
    ],
)
def test_a_language_without_a_voice_is_named_and_answered_with_the_nearest(asked, answer):
    with pytest.raises(InvalidInput, match=answer):
        voices.spoken_language(voices.find("af_heart"), asked)


def test_nothing_is_near_a_language_of_other_letters():
    with pytest.raises(InvalidInput, match=r"'ko' \(Korean\); spoken are"):
        voices.spoken_language(voices.find("af_heart"), "ko")


def test_a_voice_file_is_one_style_for_each_number_of_phonemes(tmp_path):
    styles = np.arange(510 * 256, dtype="<f4").reshape(510, 256)
    (tmp_path / "af_heart.bin").write_bytes(styles.tobytes())
    assert np.array_equal(voices.load_styles(tmp_path, voices.find("af_heart")), styles)


def test_a_missing_voice_file_names_the_command_that_brings_it(tmp_path):
    with pytest.raises(ModelMissing) as caught:
        voices.load_styles(tmp_path, voices.find("af_heart"))
    assert caught.value.hint == "oyez models install kokoro-v1.0-int8"


def test_a_voice_file_of_another_size_is_damaged(tmp_path):
    (tmp_path / "af_heart.bin").write_bytes(b"\0" * 522_239)
    with pytest.raises(ModelDamaged, match="522,239 bytes instead of 522,240"):
        voices.load_styles(tmp_path, voices.find("af_heart"))


@pytest.mark.parametrize(
    ("asked", "tags"),
    [
        ("en", ["en-US", "en-GB"]), ("eng", ["en-US", "en-GB"]), ("English", ["en-US", "en-GB"]), ("en-gb", ["en-GB"]),
        ("british english", ["en-GB"]), ("fr", ["fr-FR"]), ("Chinese", ["zh"]), ("pt_BR", ["pt-BR"]),
    ],
)  # fmt: skip
def test_languages_are_found_by_tag_code_or_name(asked, tags):
    assert [language.tag for language in languages.named(asked)] == tags


def test_every_voice_has_a_gain_and_every_language_a_sample():
    assert all(-12 < voice.gain_db < 12 for voice in voices.catalogue().values())
    assert all(language.sample for language in languages.catalogue().values())
