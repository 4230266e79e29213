"""Recordings of what was heard: whole, private, bounded, and no more than was asked for."""

from __future__ import annotations

import errno
import os
import time

import numpy as np
import pytest
import soundfile
from tests.support.broker import eventually

from oyez.evaluation import manifest
from oyez.health import Health
from oyez.listen import Archive, Recordings
from oyez.model import HEARD_RATE, Recognition, Utterance
from oyez.supervise import running

NOISE = np.random.default_rng(1).uniform(-0.5, 0.5, 4 * HEARD_RATE).astype(np.float32)  # noise isn't made smaller
NOON = time.mktime((2026, 11, 24, 12, 0, 0, 0, 0, -1))
MB = 1_000_000


def utterance(second: float = 0.0, samples=NOISE) -> Utterance:
    return Utterance("a", "kitchen", samples, NOON + second, NOON + second + 4, 0.0)


def heard(text: str = "good morning") -> Recognition:
    return Recognition(text, "eng", 0.71828)


def lines(folder) -> list[str]:
    return (folder / "manifest.csv").read_text().splitlines()


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "heard"


def test_a_recording_is_a_file_and_a_line_that_only_their_owner_reads(folder):
    Archive(folder, MB).add(utterance(0.125), heard(' one, "two" '))
    assert files(folder) == ["20261124-120000.125-kitchen.flac", "manifest.csv"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    (sample,) = manifest.read(folder / "manifest.csv")
    assert (sample.text, sample.language) == ('one, "two"', "eng")
    assert (sample.columns["confidence"], sample.columns["room"]) == ("0.718", "kitchen")
    samples, rate = soundfile.read(sample.file, dtype="float32")
    assert rate == HEARD_RATE
    np.testing.assert_allclose(samples, NOISE, atol=1 / 32_768)


def test_the_oldest_go_first_with_their_lines_and_nothing_else_is_touched(folder):
    folder.mkdir()
    for other in ("mine.flac", "20261124-120000.000-kitchen.wav"):
        (folder / other).write_bytes(bytes(MB))
    archive = Archive(folder, MB)
    for second in range(5):
        archive.add(utterance(second), heard(f"number {second}"))
        path = folder / f"20261124-12000{second}.000-kitchen.flac"
        os.utime(path, (second, second))
        if second == 3:  # a person corrects what was heard, with an editor that leaves the last line open
            assert [line.split(",")[1] for line in lines(folder)[1:]] == [f"number {n}" for n in range(4)]
            corrected = (folder / "manifest.csv").read_text().replace("number 3", "number three").rstrip()
            (folder / "manifest.csv").write_text(corrected)
            archive.limit = path.stat().st_size * 4
    kept = sorted(path.stat().st_size for path in folder.glob("20*.flac"))
    assert sum(kept) <= archive.limit
    assert archive.size == sum(kept)
    assert lines(folder)[0] == "file,text,language,confidence,room"
    assert [line.split(",")[1] for line in lines(folder)[1:]] == ["number 2", "number three", "number 4"]
    assert {line.split(",")[0] for line in lines(folder)[1:]} == {path.name for path in folder.glob("20*.flac")}
    assert len(files(folder)) == 3 + 1 + 2


def test_what_a_power_cut_left_unfinished_is_cleared_away_as_the_oldest(folder):
    folder.mkdir()
    unfinished = folder / "20261123-120000.000-hall.new"
    unfinished.write_bytes(bytes(MB))
    os.utime(unfinished, (0, 0))
    Archive(folder, MB).add(utterance(), heard())
    assert files(folder) == ["20261124-120000.000-kitchen.flac", "manifest.csv"]


@pytest.mark.parametrize("whole_files", [0, 1], ids=["the sound", "the line"])
def test_on_a_full_disk_nothing_is_left_half_written(folder, monkeypatch, whole_files):
    archive = Archive(folder, MB)
    archive.add(utterance(), heard())
    before = files(folder), lines(folder)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((archive, "_list", full) if whole_files else (os, "fsync", full)))
    with pytest.raises(OSError, match="No space"):
        archive.add(utterance(1), heard())
    assert (files(folder), lines(folder)) == before


async def test_what_cannot_be_kept_is_told_once_and_later_ones_are_kept(tmp_path, capsys):
    (tmp_path / "in_the_way").touch()
    health = Health()
    recordings = Recordings(Archive(tmp_path / "in_the_way" / "heard", MB), health.part("recordings"))

    def told():
        return health.snapshot()["parts"]["recordings"]

    async with running(recordings.run()):
        for second in range(2):
            recordings.keep(utterance(second), heard())
        await eventually(lambda: told()["state"] == "failing")
        assert "Not a directory" in told()["detail"]
        (tmp_path / "in_the_way").unlink()
        recordings.keep(utterance(2), heard())
        last = tmp_path / "in_the_way" / "heard" / "20261124-120002.000-kitchen.flac"
        await eventually(lambda: told()["state"] == "ok" and last.is_file())
    assert told()["kept"] >= 1
