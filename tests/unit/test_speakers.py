"""Who is enrolled, in a file, and whose voice it is."""

from __future__ import annotations

import json
import stat

import numpy as np
import pytest

from oyez.errors import InvalidInput
from oyez.model import Voiceprint
from oyez.speakers import Speakers


def voice(*numbers, seconds=4.0):
    vector = np.array(numbers, np.float32)
    return Voiceprint(vector / np.linalg.norm(vector), seconds)


ANNA, BEN = voice(1, 0, 0), voice(0, 1, 0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "speakers.json"


@pytest.fixture
def speakers(path):
    return Speakers(path, model="m 1", min_score=0.7)


def test_nobody_is_told_until_somebody_is_enrolled(speakers):
    assert not speakers.anyone()
    assert speakers.who(ANNA) is None


def test_the_nearest_is_told_with_how_near(speakers):
    speakers.enrol("anna", [ANNA])
    speakers.enrol("ben", [BEN])
    told = speakers.who(voice(4, 1, 1))
    assert (told.name, round(told.score, 2)) == ("anna", 0.94)


def test_a_voice_near_nobody_or_between_two_is_nobodys(speakers):
    speakers.enrol("anna", [ANNA])
    assert speakers.who(voice(0.69, 0, 0.72)) is None
    assert speakers.who(voice(0.72, 0.69, 0)).name == "anna"
    speakers.enrol("ben", [BEN])
    assert speakers.who(voice(0.71, 0.70, 0)) is None


def test_once_more_makes_it_the_mean_by_seconds(speakers):
    speakers.enrol("anna", [ANNA])
    one = speakers.enrol("anna", [voice(0, 1, 0, seconds=2.0), voice(0, 1, 0, seconds=2.0)])
    assert one.seconds == 8.0
    np.testing.assert_allclose(one.vector, [0.5**0.5, 0.5**0.5, 0], atol=1e-6)


def test_it_lasts_for_us_alone_and_has_nothing_but_numbers(speakers, path):
    speakers.enrol("anna", [ANNA])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"anna": {"seconds": 4.0, "model": "m 1", "vector": [1.0, 0.0, 0.0]}}
    assert Speakers(path, model="m 1", min_score=0.7).anyone()


def test_what_another_process_changes_is_seen(speakers, path):
    speakers.enrol("anna", [ANNA])
    other = Speakers(path, model="m 1", min_score=0.7)
    other.enrol("ben", [BEN])
    assert [one.name for one in speakers.everyone()] == ["anna", "ben"]
    other.forget("anna")
    assert speakers.anyone()
    assert speakers.who(ANNA) is None
    path.unlink()
    assert not speakers.anyone()


def test_a_voice_of_another_model_is_nobodys_and_is_replaced_when_enrolled_again(speakers, path):
    speakers.enrol("anna", [ANNA])
    newer = Speakers(path, model="m 2", min_score=0.7)
    assert not newer.anyone()
    assert newer.who(ANNA) is None
    assert [one.model for one in newer.everyone()] == ["m 1"]
    assert newer.enrol("anna", [BEN]).seconds == 4.0
    assert newer.who(BEN).name == "anna"


def test_too_little_voice_is_refused_with_what_is_enough(speakers, path):
    with pytest.raises(InvalidInput, match=r"2\.0 s of voice are too little"):
        speakers.enrol("anna", [voice(1, 0, 0, seconds=2.0)])
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65])
def test_what_is_no_name_is_refused(speakers, name):
    with pytest.raises(InvalidInput, match="can't be a name"):
        speakers.enrol(name, [ANNA])


def test_who_is_not_enrolled_cannot_be_forgotten(speakers):
    speakers.enrol("anna", [ANNA])
    with pytest.raises(InvalidInput, match="enrolled: anna"):
        speakers.forget("ben")


@pytest.mark.parametrize(
    "content", ["", "[]", '{"anna": 3}', '{"anna": {}}', '{"anna": {"seconds": 1, "model": "m 1", "vector": [0, 0]}}']
)
def test_a_file_that_cannot_be_read_is_nobody(speakers, path, content):
    path.parent.mkdir()
    path.write_text(content)
    assert not speakers.anyone()
