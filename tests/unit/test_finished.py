"""How announcements ended, over a restart."""

import asyncio
import errno
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.test_agenda import one, states

from oyez.model import Outcome, OutcomeState
from oyez.speak.agenda import Agenda
from oyez.speak.ended import REMEMBERED
from oyez.speak.finished import Finished

SPOKEN = OutcomeState.SPOKEN


async def filled(path, count=3):
    finished = Finished(path)
    for number in range(count):
        await finished.add(f"id:{number}", Outcome(str(number), "kitchen", SPOKEN), 1000.0 + number)
    return finished


async def known(path, *, wall=2000.0):
    finished, agenda = Finished(path), Agenda("kitchen", 100)
    await finished.load()
    finished.restore({"kitchen": agenda}, wall=wall, now=50.0)
    return [outcome.id for outcome in agenda_repeats(agenda)]


def agenda_repeats(agenda):
    return [told for number in range(20) for told in agenda.offer(one(str(number)), 50.0) if told.state is SPOKEN]


async def test_what_ended_is_known_after_a_restart(tmp_path):
    await filled(tmp_path / "finished.jsonl")
    assert await known(tmp_path / "finished.jsonl") == ["0", "1", "2"]


async def test_the_file_is_private_and_says_nothing_that_was_spoken(tmp_path):
    path = tmp_path / "state" / "finished.jsonl"
    await filled(path, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {
        "room": "kitchen", "key": "id:0", "id": "0", "state": "spoken", "reason": None, "at": 1000.0,
    }  # fmt: skip


async def test_words_without_an_id_are_known_by_their_age(tmp_path):
    finished = Finished(tmp_path / "finished.jsonl")
    await finished.add("text:a", Outcome("a", "kitchen", SPOKEN), 1000.0)
    again = Finished(tmp_path / "finished.jsonl")
    await again.load()
    for age, state in ((59.0, SPOKEN), (61.0, OutcomeState.ACCEPTED), (-3600.0, SPOKEN)):  # the last: a clock set back
        agenda = Agenda("kitchen", 9, redelivery_s=60.0)
        again.restore({"kitchen": agenda}, wall=1000.0 + age, now=5.0)
        from_broker = one("a", anonymous=True)
        object.__setattr__(from_broker, "redelivered", True)
        assert states(agenda.offer(from_broker, 5.0)) == [("a", state)]


async def test_no_more_than_a_thousand_are_kept_in_two_thousand_lines(tmp_path):
    path = tmp_path / "finished.jsonl"
    await filled(path, 2 * REMEMBERED + 1)
    lines = path.read_text().splitlines()
    assert len(lines) == REMEMBERED
    assert json.loads(lines[-1])["id"] == str(2 * REMEMBERED)
    assert not path.with_suffix(".new").exists()


async def test_a_damaged_file_is_set_aside_and_its_sound_lines_are_kept(tmp_path):
    path = tmp_path / "finished.jsonl"
    await filled(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0\xff garbage\n" + b'{"room": 5}\n[]\n' + lines[2])
    assert await known(path) == ["0", "2"]
    assert b"garbage" in path.with_suffix(".bad").read_bytes()
    assert await known(path) == ["0", "2"]


@given(cut=st.integers(0, 300))
@settings(deadline=None, max_examples=60)
async def test_a_file_cut_anywhere_gives_its_beginning(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "finished.jsonl"
    finished = Finished(path)
    for number in range(3):
        finished._records.append(_record(number))
        await asyncio.to_thread(finished._write)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    complete = whole[:cut].count(b"\n") + (whole[cut : cut + 1] == b"\n")  # a line but for its end is a line
    assert await known(path) == [str(number) for number in range(complete)]


def _record(number):
    from oyez.speak.finished import Record  # noqa: PLC0415

    return Record("kitchen", f"id:{number}", str(number), "spoken", None, 1000.0)


@given(content=st.binary(max_size=200))
@settings(deadline=None, max_examples=50)
async def test_any_file_can_be_loaded(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "finished.jsonl"
    path.write_bytes(content)
    await known(path)


async def test_a_full_disk_costs_the_memory_not_the_daemon(tmp_path, monkeypatch, caplog):
    finished = await filled(tmp_path / "finished.jsonl", 1)
    real = os.open

    def full(path, *args, **kwargs):
        if str(path).endswith("finished.jsonl"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", full)
    for number in (1, 2):
        await finished.add(f"id:{number}", Outcome(str(number), "kitchen", SPOKEN), 1000.0)
    monkeypatch.undo()
    await finished.add("id:3", Outcome("3", "kitchen", SPOKEN), 1000.0)
    assert await known(tmp_path / "finished.jsonl") == ["0", "3"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_cannot_be_read_is_no_reason_not_to_start(tmp_path):
    path = tmp_path / "finished.jsonl"
    path.write_text("")
    path.chmod(0)
    assert await known(path) == []


async def test_a_folder_in_its_place_is_no_reason_not_to_start(tmp_path):
    (tmp_path / "finished.jsonl").mkdir()
    assert await known(tmp_path / "finished.jsonl") == []
