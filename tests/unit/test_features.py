"""The table of features tells the truth as far as a test can see: what is there has a test, what isn't has a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (yes|part|no) \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`([a-z_]+/test_[a-z0-9_]+\.py)::(test_\w+)`")
ASKED_FOR = {*range(1, 20), *range(27, 102), *range(107, 118)} - {114}  # without wake words, rooms in step, a web page

ROWS = ROW.findall((ROOT / "docs" / "features.md").read_text())


def test_every_row_that_is_asked_for_is_answered_once():
    numbers = [int(number) for number, *_ in ROWS]
    assert numbers == sorted(ASKED_FOR)


@pytest.mark.parametrize(("number", "what", "answer", "proof"), ROWS, ids=[number for number, *_ in ROWS])
def test_what_is_there_has_a_test_and_what_is_not_a_reason(number, what, answer, proof):
    tests = TEST.findall(proof)
    assert bool(tests) == (answer != "no")
    for file, name in tests:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE), name
    if answer != "yes":
        assert TEST.sub("", proof).strip("; ")
