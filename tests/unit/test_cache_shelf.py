"""A folder of entries with a bound."""

import errno
import os
from pathlib import Path

import pytest

from oyez.speak.cache.shelf import Shelf


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "cache", 100)


def names(shelf) -> set[str]:
    return {path.name for path in shelf.folder.iterdir()}


def test_what_was_put_is_there_for_the_next_shelf_too(shelf):
    shelf.put("a", b"speech")
    assert shelf.get("a") == b"speech"
    assert Shelf(shelf.folder, 100).get("a") == b"speech"
    assert shelf.get("b") is None


def test_an_empty_or_missing_folder_has_nothing(shelf):
    assert shelf.get("a") is None
    shelf.drop("a")


def test_the_longest_unused_goes_first(shelf):
    for number, key in enumerate("abcd"):
        shelf.put(key, b"x" * 25)
        os.utime(shelf.folder / f"{key}.speech", (number, number))
    shelf.get("a")
    shelf.put("e", b"x" * 25)
    assert names(shelf) == {"a.speech", "c.speech", "d.speech", "e.speech"}
    assert shelf.size == 100


def test_a_smaller_limit_holds_from_the_next_entry_on(shelf):
    for key in "abcd":
        shelf.put(key, b"x" * 25)
    smaller = Shelf(shelf.folder, 40)
    smaller.put("e", b"x" * 10)
    assert len(names(shelf)) == 2
    assert smaller.size == 35


def test_what_would_take_more_than_its_share_is_not_kept(shelf):
    shelf.put("a", b"x" * 26)
    assert shelf.get("a") is None


def test_what_a_kill_left_unfinished_is_removed_and_never_read(shelf):
    shelf.folder.mkdir()
    (shelf.folder / "tmp1.part").write_bytes(b"half")
    shelf.put("a", b"whole")
    assert names(shelf) == {"a.speech"}


def test_a_full_disk_leaves_nothing_half_written_and_what_was_there(shelf, monkeypatch):
    shelf.put("a", b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        shelf.put("a", b"new")
    assert names(shelf) == {"a.speech"}
    assert shelf.get("a") == b"old"


def test_nobody_else_may_read_it(shelf):
    shelf.put("a", b"speech")
    assert shelf.folder.stat().st_mode & 0o777 == 0o700
    assert (shelf.folder / "a.speech").stat().st_mode & 0o777 == 0o600
