"""What `oyez transcribe` writes, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oyez.cli.transcripts import Form, Row, Writer, form_of, phrases, written
from oyez.errors import InvalidInput
from oyez.model import Recognition, Word


def said(*words: tuple[str, float, float]) -> Recognition:
    spoken = tuple(Word(text, start, end, 0.9) for text, start, end in words)
    return Recognition(" ".join(word.word for word in spoken), "eng", 0.9, spoken)


HELLO = said(("hello", 0.5, 0.9), ("anna", 1.0, 1.4), ("good", 3.0, 3.2), ("night", 3.3, 3.8))


@pytest.mark.parametrize(
    ("asked", "target", "form"),
    [
        (None, None, Form.TEXT),
        (None, "a.srt", Form.SRT),
        (None, "a.VTT", Form.VTT),
        (None, "a.json", Form.JSON),
        (None, "a.log", Form.TEXT),
        (Form.JSON, "a.txt", Form.JSON),
    ],
)
def test_the_form_is_what_is_asked_for_or_what_the_name_tells(asked, target, form):
    assert form_of(asked, Path(target) if target else None) is form


def test_phrases_are_parted_by_pauses():
    assert [(one.text, one.start, one.end) for one in phrases(HELLO.words)] == [
        ("hello anna", 0.5, 1.4),
        ("good night", 3.0, 3.8),
    ]
    assert phrases(()) == []


def test_a_subtitle_stays_for_seven_seconds_at_most():
    found = phrases(said(*[("word", at / 2, at / 2 + 0.4) for at in range(60)]).words)
    assert sum(len(one.words) for one in found) == 60
    assert len(found) == 5
    assert all(one.end - one.start <= 7 for one in found)


def test_subtitles_have_the_times_of_the_words():
    assert written([Row(Path("a.wav"), HELLO)], Form.SRT) == (
        "1\n00:00:00,500 --> 00:00:01,400\nhello anna\n\n2\n00:00:03,000 --> 00:00:03,800\ngood night\n"
    )
    assert written([Row(Path("a.wav"), HELLO)], Form.VTT).startswith("WEBVTT\n\n00:00:00.500 --> 00:00:01.400\n")


def test_several_recordings_are_named_and_one_is_not():
    rows = [Row(Path("a.wav"), HELLO), Row(Path("b.wav"), said())]
    assert written(rows, Form.TEXT) == "a.wav: hello anna good night\nb.wav: \n"
    assert written(rows[:1], Form.TEXT) == "hello anna good night\n"


def test_a_folder_gets_a_file_for_each_that_was_heard(tmp_path):
    files = [Path("x/a.wav"), Path("y/b.flac"), Path("c.mp3")]
    writer = Writer(files, tmp_path, Form.JSON)
    writer.add(Row(files[0], HELLO, 4.0))
    writer.add(Row(files[1], said(), error="isn't audio"))
    writer.add(Row(files[2], said(("good", 0.1, 0.2)), 0.3, error="it breaks off"))
    writer.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "c.json"]
    (row,) = json.loads((tmp_path / "a.json").read_text())
    assert (row["file"], row["text"], row["seconds"], row["error"]) == ("x/a.wav", HELLO.text, 4.0, None)


def test_what_can_not_be_written_is_told_before_anything_is_heard(tmp_path):
    two = [Path("a.wav"), Path("x/a.flac")]
    with pytest.raises(InvalidInput, match="more than once"):
        Writer(two, tmp_path, Form.TEXT)
    with pytest.raises(InvalidInput, match="don't fit into one file"):
        Writer(two, tmp_path / "all.srt", Form.SRT)
    with pytest.raises(InvalidInput, match="no folder"):
        Writer(two, tmp_path / "none" / "all.txt", Form.TEXT)
    assert not list(tmp_path.iterdir())
