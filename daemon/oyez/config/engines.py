"""The sections of the two engines."""

from __future__ import annotations

from typing import Literal

from oyez.config import kinds
from oyez.config.section import Section, key


class AsrConfig(Section):
    """Speech recognition: MMS."""

    model: kinds.ModelOrFolder = key(
        "mms-mini",
        does="Installed model: `oyez models list`. `mms-mini` is a demo. The path of a folder in Hugging Face layout: "
        "torch computes it, on a graphics card where there is one.",
    )
    threads: int = key(2, ge=1, le=64, does="Threads of recognition.")
    precision: Literal["auto", "float32", "bfloat16"] = key(
        "auto", does="With what torch computes; `auto`: bfloat16 on a graphics card, else float32."
    )
    min_confidence: float = key(0.3, ge=0.0, le=1.0, unit="probability", does="Transcripts below it are not published.")
    no_match: bool = key(
        True, does="Whether speech without a transcript is told on `heard`, as an event `no_match` without text."
    )
    hot_words: list[kinds.HotWord] = key(
        [],
        does="Phrases to listen for in every room: names of rooms, devices, people. A weight other than 1 follows a "
        "star: `[kitchen lamp, Anna*2]`. More can be sent while it runs: docs/recognition.md.",
        max_length=1000,
    )
    words: dict[kinds.Language, kinds.FilePath] = key(
        {},
        does="Word lists by language, as in `{eng: words.txt}`: text files with all the words there are, some thousand "
        "at most. Others are heard only where nothing else fits.",
    )
    language_models: dict[kinds.Language, kinds.FilePath] = key(
        {}, does="N-gram models of KenLM by language (ARPA or binary); needs the extra `ngram`."
    )
    beam_width: int = key(32, ge=1, le=512, does="Readings kept while searching for hot words and lists; `1`: none.")
    alternatives: int = key(0, ge=0, le=9, does="How many other readings are published with each transcript.")
    corrections: dict[kinds.Language, dict[kinds.Heard, kinds.Heard]] = key(
        {},
        does="What is heard and what is meant, by language or for `all`, as in `{all: {lamb: lamp}}`. Whole words.",
    )
    digits: list[kinds.Language] = key(
        [],
        does="Languages whose spoken numbers are published as digits: any of dan, deu, eng, fra, ita, nld, por, spa.",
    )
    casing: Literal["lower", "sentence"] = key(
        "lower", does="`lower`: as MMS writes. `sentence`: a capital first, and hot words as they are written."
    )
    speculative: bool = key(
        True,
        does="Whether recognition begins when someone pauses, so that the text is there when the end is decided; "
        "what it did for nothing, as speech went on, it drops. `false` saves that work.",
    )
    speakers: bool = key(
        False,
        does="Whether transcripts tell who spoke, of those enrolled with `oyez speakers enrol`; needs the model of "
        "voices: `oyez models install resemblyzer`. Voiceprints of people are kept on the disk: docs/recognition.md.",
    )
    speaker_min_score: float = key(
        0.74,
        ge=0.0,
        le=1.0,
        unit="cosine",
        does="How alike two voices must be to be one. Higher: fewer are mistaken for another, more go unnamed.",
    )
    partial_every_ms: int = key(
        0,
        unit="ms",
        ge=0,
        le=10_000,
        does="How often what is heard so far is told on `hearing` while someone speaks; each time costs a recognition. "
        "`0`: never.",
    )
    recordings_dir: kinds.FilePath | None = key(
        None,
        does="Folder in which all that rooms hear is kept, with what was recognised, to judge and tune by: "
        "docs/recognition.md. `null`: nothing is kept.",
    )
    recordings_mb: int = key(
        200,
        unit="MB",
        ge=10,
        le=1_000_000,
        does="Recordings kept: an hour of speech takes up to 115 MB. The oldest go first.",
    )
    unload_after_s: int = key(
        0,
        unit="s",
        ge=0,
        le=86_400,
        does="The model leaves the memory when nobody spoke for so long, and is loaded at the first words. `0`: never.",
    )
    memory_limit_mb: int = key(3000, unit="MB", ge=64, le=1_000_000, does="The engine's process is restarted above it.")


class TtsConfig(Section):
    """Speech synthesis: Kokoro."""

    model: kinds.ModelOrFolder = key(
        "kokoro-v1.0-int8",
        does="Installed model: `oyez models list`. The path of a folder as the hub has Kokoro: torch computes it.",
    )
    device: Literal["auto", "cpu", "cuda"] = key(
        "auto", does="Where torch computes; `auto`: on a graphics card where there is one."
    )
    g2p: Literal["auto", "misaki", "espeak"] = key(
        "auto", does="Who turns letters into phonemes. `auto`: misaki where it is installed and knows the language."
    )
    pronounce: dict[kinds.SpokenLanguage, dict[kinds.Word, kinds.Said]] = key(
        {},
        does="How words are said, by language tag or `all`: respelled, or as phonemes between slashes, as in "
        '`{all: {Oyez: oh yay}, en: {SZ: "/ˌɛsˈziː/"}}`. '  # noqa: RUF001 - phonemes
        "Whole words; one with a capital beyond its first letter only as it is written.",
    )
    cache_mb: int = key(
        64, unit="MB", ge=0, le=100_000, does="Speech kept so that a repeat starts at once: 20 s take a MB. `0`: none."
    )
    threads: int = key(2, ge=1, le=64, does="Threads of synthesis.")
    unload_after_s: int = key(
        0,
        unit="s",
        ge=0,
        le=86_400,
        does="The model leaves the memory when nothing was said for so long; what comes then waits for it. `0`: never.",
    )
    memory_limit_mb: int = key(1500, unit="MB", ge=64, le=1_000_000, does="The engine's process is restarted above it.")
