"""What `oyez speak` is asked for, checked before anything is said, and the files that it writes."""

from __future__ import annotations

import errno
import os
import resource

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from oyez.cli import app, jobs, output, phonemes, speak  # noqa: F401 - registers its command
from oyez.cli.jobs import STANDARD, Job, Wanted
from oyez.errors import InvalidInput, ModelMissing
from oyez.model import SPEECH_RATE

TONE = (np.sin(np.arange(SPEECH_RATE) / 20) / 2).astype(np.float32)


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop():
    """There is no loop here."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    return tmp_path


def write(name, content=b"One."):
    path = jobs.Path(name)
    path.write_bytes(content)
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_text_is_played_unless_a_file_is_named():
    assert jobs.of_text("Hi", Wanted()) == [Job("Hi")]
    assert jobs.of_text("-", Wanted(STANDARD)) == [Job(None, STANDARD, STANDARD)]


def test_each_file_has_its_own_in_a_folder():
    wanted = Wanted(jobs.Path("out"), "opus", subtitles="srt", words="json")
    one, two = jobs.of_files([write("a.txt"), write("b.md")], wanted)
    assert [str(path) for path in (one.output, one.subtitles, one.words)] == ["out/a.opus", "out/a.srt", "out/a.json"]
    assert str(two.output) == "out/b.opus"


def test_subtitles_and_words_may_have_names_of_their_own():
    [job] = jobs.of_text("Hi", Wanted(None, subtitles="x.vtt", words="y.JSON"))
    assert (str(job.subtitles), str(job.words)) == ("x.vtt", "y.JSON")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(jobs.Path("x.xyz")), "the ending .xyz tells no format"),
        (Wanted(jobs.Path("x")), "a name without an ending, where no folder is"),
        (Wanted(jobs.Path("no/x.wav")), "there is no folder no"),
        (Wanted(jobs.Path("out"), "doc"), "the ending .doc"),
        (Wanted(None, subtitles="srt"), "beside which file"),
        (Wanted(STANDARD, words="json"), "beside which file"),
        (Wanted(jobs.Path("x.wav"), subtitles="x.txt"), "the ending .txt"),
        (Wanted(jobs.Path("x.wav"), subtitles="no/x.srt"), "there is no folder no"),
    ],
)
def test_what_cannot_be_written_is_told_beforehand_with_what_can(wanted, why):
    with pytest.raises(InvalidInput, match=why) as caught:
        jobs.of_text("Hi", wanted)
    assert caught.value.hint


def test_a_folder_in_the_place_of_a_file_is_told(here):
    (here / "x.wav").mkdir()
    with pytest.raises(InvalidInput, match="it is a folder"):
        output.check(here / "x.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_ours_is_told(here):
    (here / "out").chmod(0o500)
    with pytest.raises(InvalidInput, match="isn't yours"):
        output.check(here / "out" / "x.wav")


def test_two_texts_never_go_into_one_file():
    for wanted in (Wanted(jobs.Path("x.wav")), Wanted(None, words="x.json")):
        with pytest.raises(InvalidInput, match="more than once"):
            jobs.of_files([write("a.txt"), write("b.txt")], wanted)
    with pytest.raises(InvalidInput, match="more than once"):
        jobs.of_files([write("a.txt"), write("a.md")], Wanted(jobs.Path("out")))


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b" \n", "empty"), (b"caf\xe9", "a byte 0xe9 after 'caf'"), (None, "can't be read")],
)
def test_a_file_without_a_text_is_told(content, why):
    path = write("a.txt", content) if content is not None else jobs.Path("out")
    with pytest.raises(InvalidInput, match=why):
        Job(None, path).read()


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["Hi", "-o", "x.xyz"], "the ending .xyz"),
        ([""], "the text is empty"),
        (["-f"], "--file without a file"),
        (["Hi", "-o", "-", "--json"], "both want standard output"),
    ],
)
def test_the_command_tells_before_it_loads_anything(args, why, monkeypatch):
    monkeypatch.setattr("oyez.log.configure", lambda *_: None)  # it would stay for the tests after this one
    told = CliRunner().invoke(app, ["speak", *args]).exception
    assert isinstance(told, InvalidInput)
    assert why in told.message
    assert told.exit_code == 65


def test_phonemes_are_shown_under_their_text(capsys):
    phonemes.show_rows([{"text": "[Hi]", "phonemes": "hˈI", "voice": "af_heart", "speed": 1.0}, {"pause": 1.0}])
    assert capsys.readouterr().out == "[Hi]\n  hˈI  af_heart\n  pause 1.0\n"


def test_a_byte_order_mark_is_not_said():
    assert Job(None, write("a.txt", b"\xef\xbb\xbfHi.")).read() == "Hi."


@pytest.mark.parametrize(
    ("ending", "form"), [("wav", "WAV"), ("flac", "FLAC"), ("opus", "OGG"), ("ogg", "OGG"), ("mp3", "MP3")]
)
def test_every_format_is_written_piece_by_piece_and_read_again(here, ending, form):
    path = here / f"x.{ending.upper()}"
    with output.sound_file(path) as write_samples:
        for start in range(0, len(TONE), 1000):
            write_samples(TONE[start : start + 1000])
        assert not path.exists()
    samples, rate = soundfile.read(path)
    assert (soundfile.info(path).format, rate, len(samples)) == (form, SPEECH_RATE, len(TONE))
    assert np.corrcoef(samples, TONE)[0, 1] > 0.99
    assert names(here) == ["out", path.name]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InvalidInput("no"), ModelMissing("no")])
def test_what_was_cut_off_leaves_nothing_and_what_was_there(here, error):
    path = write("x.flac", b"before")

    def cut_off():
        with output.sound_file(path) as write_samples:
            write_samples(TONE)
            raise error

    with pytest.raises(type(error)):
        cut_off()
    assert path.read_bytes() == b"before"
    assert names(here) == ["out", "x.flac"]


@pytest.mark.parametrize("ending", ["wav", "flac", "opus", "mp3"])
def test_a_disk_that_fills_up_is_told_and_leaves_nothing(here, ending):
    loud = np.random.default_rng(1).uniform(-0.9, 0.9, 60 * SPEECH_RATE).astype(np.float32)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with (
            pytest.raises(InvalidInput, match="can't be written") as caught,
            output.sound_file(here / f"x.{ending}") as write_samples,
        ):
            write_samples(loud)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "room on the disk" in caught.value.hint
    assert names(here) == ["out"]


def test_a_file_of_text_is_whole_or_not_there(here):
    def fill():
        with output.whole(here / "x.srt") as beside:
            beside.write_text("1\n")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InvalidInput, match="No space left"):
        fill()
    assert names(here) == ["out"]
