"""The lexicon in the config: words by language, and what is wrong with them, with line and column."""

from __future__ import annotations

import pytest

from oyez.config import load
from oyez.errors import ConfigError
from oyez.media import Media
from oyez.parts import preparer
from oyez.ports import Role


@pytest.fixture
def config(tmp_path):
    def write(*lines):
        path = tmp_path / "oyez.yaml"
        path.write_text("\n".join(["rooms: {hall: {}}", *lines]))
        return load(path, {})

    return write


def english(voice=None, language=None):
    return Role("af_heart", "en-US")


def test_the_house_says_its_words_as_the_config_has_them(config):
    loaded = config("tts:", "  pronounce:", "    all: {Oyez: oh yay}", '    en: {SZ: "/ˌɛsˈziː/"}')
    [line] = preparer(loaded, Media(loaded))("Oyez, the SZ.", english).items
    assert [(part.text, part.phonemes) for part in line.parts] == [("oh yay, the", None), ("SZ.", "ˌɛsˈziː.")]


def test_the_house_plays_the_sounds_of_its_folder(config, tmp_path):
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "ding.wav").touch()
    loaded = config("audio: {media_dir: sounds}")
    [sound] = preparer(loaded, Media(loaded))("[[play ding]]", english).items
    assert sound.path == str(tmp_path / "sounds" / "ding.wav")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["tts:", "  pronunce: {}"], ":3:3: tts.pronunce: unknown key; did you mean pronounce?"),
        (["tts:", "  pronounce:", "    English: {a: b}"], ":4:5: tts.pronounce.English: a language spoken is named by"),
        (["tts:", "  pronounce:", "    en: oh yay"], ":4:5: tts.pronounce.en: should be a section"),
        (["tts:", "  pronounce:", "    en:", "      a: 1"], ":5:7: tts.pronounce.en.a: should be text"),
        (
            ["tts:", "  pronounce:", "    en:", "      a: ' '"],
            ":5:7: tts.pronounce.en.a: should be how the word is said",
        ),
        (["tts:", "  pronounce:", "    en:", '      "a ": b'], ":5:7: tts.pronounce.en.a : a word has 1 to 64"),
        (["tts:", "  pronounce:", "    en:", "      a: b", "      a: c"], ":6:7: tts.pronounce.en.a: the key is there"),
    ],
)
def test_a_mistake_is_told_with_its_place(config, lines, told):
    with pytest.raises(ConfigError) as caught:
        config(*lines)
    assert told in caught.value.message


def test_a_language_that_nobody_speaks_stops_the_start(config):
    loaded = config("tts: {pronounce: {eng: {a: b}}}")
    with pytest.raises(
        ConfigError, match=r"tts.pronounce.eng: no voice speaks the language 'eng' \(English\); the nearest is en-US"
    ):
        preparer(loaded, Media(loaded))
