"""Hours of the day, by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez import hours

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, tzinfo=BERLIN)


def at(text: str, *, day: int = 0) -> datetime:
    hour, minute = map(int, text.split(":"))
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("written", "moment", "covered"),
    [
        ("12:00-14:00 quiet", "12:00", True),
        ("12:00-14:00 quiet", "13:59", True),
        ("12:00-14:00 quiet", "14:00", False),
        ("12:00-14:00 quiet", "11:59", False),
        ("22:00-7:00 quiet", "23:30", True),
        ("22:00-7:00 quiet", "6:59", True),
        ("22:00-7:00 quiet", "7:00", False),
        ("22:00-24:00 quiet", "23:59", True),
        ("22:00-24:00 quiet", "0:00", False),
        ("22:00-0:00 quiet", "23:59", True),
        ("22:00-0:00 quiet", "0:00", False),
    ],
)
def test_hours_begin_and_end_on_the_minute(written, moment, covered):
    assert hours.parse(written).cover(at(moment)) is covered


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    weekend = hours.parse("fri,sat 23:00-9:00 quiet")
    assert weekend.cover(at("23:30", day=4))
    assert weekend.cover(at("8:00", day=5))
    assert weekend.cover(at("8:00", day=6))
    assert not weekend.cover(at("8:00", day=4))
    assert not weekend.cover(at("23:30", day=6))
    assert hours.parse("sun 23:00-9:00 quiet").cover(at("8:00", day=7))


def test_days_are_a_list_of_days_and_of_spans_which_may_go_over_the_weekend():
    assert hours.parse("mon-fri 8:00-9:00 quiet").days == {0, 1, 2, 3, 4}
    assert hours.parse("fri-mon,wed 8:00-9:00 quiet").days == {4, 5, 6, 0, 2}
    assert hours.parse("8:00-9:00 quiet").days == set(range(7))


def test_it_is_quiet_in_any_of_the_hours_and_as_loud_as_the_last_of_them_says():
    written = ["20:00-24:00 50%", "22:00-7:00 quiet", "23:00-24:00 -20 dB"]
    read = [hours.parse(one) for one in written]
    assert [hours.quiet(read, at(moment)) for moment in ("21:59", "22:00", "6:00", "7:00")] == [
        False,
        True,
        True,
        False,
    ]
    assert [hours.loudness(read, at(moment)) for moment in ("19:00", "21:00", "23:30")] == pytest.approx([1, 0.5, 0.1])


@pytest.mark.parametrize(
    "written",
    ["", "quiet", "22:00 quiet", "22:00-22:00 quiet", "25:00-26:00 quiet", "22:00-7:60 quiet", "22-7 quiet",
     "22:00-7:00", "22:00-7:00 loud", "22:00-7:00 900%", "xyz 22:00-7:00 quiet", "mon-22:00-7:00 quiet"],
)  # fmt: skip
def test_what_is_no_hours_is_refused_in_words(written):
    with pytest.raises(ValueError, match="should be"):
        hours.parse(written)


def test_a_night_is_quiet_from_its_evening_to_its_morning_when_clocks_change():
    night = [hours.parse("22:00-7:00 quiet")]
    for evening, real_hours in (
        (datetime(2026, 3, 28, 12, tzinfo=BERLIN), 8),
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), 10),
        (datetime(2026, 6, 1, 12, tzinfo=BERLIN), 9),
    ):
        begin = evening.astimezone(UTC)
        minutes = [begin + timedelta(minutes=minute) for minute in range(24 * 60)]
        quiet = [moment for moment in minutes if hours.quiet(night, moment.astimezone(BERLIN))]
        assert len(quiet) == real_hours * 60
        assert quiet[-1] - quiet[0] == timedelta(minutes=len(quiet) - 1)  # without a gap
        assert quiet[0].astimezone(BERLIN).hour == 22


def test_an_hour_that_the_clock_leaves_out_has_no_quiet_and_one_that_comes_twice_has_it_twice():
    nap = [hours.parse("2:15-2:45 quiet")]

    def quiet_minutes(day):
        begin = day.astimezone(UTC)
        return sum(
            hours.quiet(nap, (begin + timedelta(minutes=minute)).astimezone(BERLIN)) for minute in range(12 * 60)
        )

    assert quiet_minutes(datetime(2026, 3, 29, tzinfo=BERLIN)) == 0
    assert quiet_minutes(datetime(2026, 3, 30, tzinfo=BERLIN)) == 30
    assert quiet_minutes(datetime(2026, 10, 25, tzinfo=BERLIN)) == 60


@given(st.text(max_size=30) | st.from_regex(hours.PATTERN, fullmatch=True))
def test_any_text_is_hours_or_refused_in_words(text):
    try:
        read = hours.parse(text)
    except ValueError:
        return
    assert any(read.cover(MONDAY + timedelta(minutes=minute)) for minute in range(7 * 24 * 60))
