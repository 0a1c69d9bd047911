"""Wall times against a minute-by-minute walk through the zone's own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.wall_time import EVERY_DAY, local, moment_of, next_moment, quiet_until

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham",
    "America/St_Johns", "Africa/Casablanca", "Asia/Tehran", "America/Sao_Paulo", "Pacific/Apia",
    "Antarctica/Troll", "Europe/Dublin", "UTC",
)  # fmt: skip
DAYS = st.dates(date(2005, 1, 1), date(2030, 12, 31))


def walked(day, minute, zone):
    """The first instant of a local day at which its clock shows the minute or a later one that
    has jumped over it: second by second would take long, so by minutes and then seconds.
    """
    wanted = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    moment = (wanted - timedelta(hours=30)).replace(tzinfo=UTC)
    step = timedelta(minutes=1)
    while moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wanted:
        moment += step
    return moment.replace(tzinfo=None)


@given(DAYS, st.integers(0, 1439), st.sampled_from(ZONES))
def test_a_wall_time_is_the_first_instant_at_which_the_clock_shows_it(day, minute, zone):
    assert moment_of(day, minute, zone) == walked(day, minute, zone)


@pytest.mark.parametrize(
    ("zone", "day", "minute", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 150, "2026-03-29 01:00"),  # 02:30 is jumped over
        ("Europe/Berlin", date(2026, 10, 25), 150, "2026-10-25 00:30"),  # 02:30 comes twice
        ("Europe/Berlin", date(2026, 10, 25), 480, "2026-10-25 07:00"),
        ("America/New_York", date(2026, 11, 1), 90, "2026-11-01 05:30"),
        ("America/New_York", date(2026, 3, 8), 125, "2026-03-08 07:00"),
        ("Australia/Lord_Howe", date(2026, 4, 5), 105, "2026-04-04 14:45"),  # half an hour back
        ("Asia/Kathmandu", date(2026, 7, 1), 480, "2026-07-01 02:15"),
        ("Pacific/Apia", date(2011, 12, 30), 480, "2011-12-30 10:00"),  # the day that was left out
    ],
)
def test_known_changes_of_the_clocks(zone, day, minute, utc):
    assert str(moment_of(day, minute, zone)) == f"{utc}:00"


@given(
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)), st.integers(0, 1439),
    st.integers(1, EVERY_DAY), st.sampled_from(ZONES),
)  # fmt: skip
def test_the_next_moment_is_the_earliest_after_now_on_a_chosen_day(now, minute, days, zone):
    found = next_moment(now, minute, days, zone)
    around = [(now + timedelta(days=n)).date() for n in range(-2, 11)]
    every = [moment_of(day, minute, zone) for day in around if days >> day.weekday() & 1]
    assert found == min(moment for moment in every if moment > now)


def test_no_day_of_the_week_is_refused():
    with pytest.raises(ValueError, match="no day"):
        next_moment(datetime(2026, 1, 1), 480, 0, "UTC")


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        ("2026-01-10 21:59", (22 * 60, 7 * 60), "2026-01-10 21:59"),
        ("2026-01-10 22:00", (22 * 60, 7 * 60), "2026-01-11 07:00"),
        ("2026-01-11 06:59", (22 * 60, 7 * 60), "2026-01-11 07:00"),
        ("2026-01-11 07:00", (22 * 60, 7 * 60), "2026-01-11 07:00"),
        ("2026-01-10 13:00", (12 * 60, 14 * 60), "2026-01-10 14:00"),
        ("2026-01-10 11:00", (12 * 60, 14 * 60), "2026-01-10 11:00"),
        ("2026-01-10 11:00", (600, 600), "2026-01-10 11:00"),
        ("2026-01-10 11:00", None, "2026-01-10 11:00"),
    ],
)
def test_quiet_hours(now, quiet, until):
    assert quiet_until(datetime.fromisoformat(now), quiet, "UTC") == datetime.fromisoformat(until)


def test_quiet_hours_are_those_of_the_zone_across_a_change_of_the_clocks():
    before = datetime(2026, 3, 28, 22)  # 23:00 in Berlin
    assert quiet_until(before, (22 * 60, 7 * 60), "Europe/Berlin") == datetime(2026, 3, 29, 5)


def test_quiet_hours_that_end_in_the_second_of_two_equal_hours():
    second = datetime(2026, 10, 25, 1, 10)  # 02:10 in Berlin, for the second time
    quiet = (22 * 60, 2 * 60 + 30)
    assert quiet_until(second, quiet, "Europe/Berlin") == datetime(2026, 10, 25, 1, 30)
    night = datetime(2026, 10, 24, 21)  # 23:00, nine hours before the seven of the next morning
    assert quiet_until(night, (22 * 60, 7 * 60), "Europe/Berlin") == datetime(2026, 10, 25, 6)


def test_a_zone_that_this_machine_does_not_know_is_utc_and_logged(caplog):
    assert moment_of(date(2026, 7, 1), 480, "Mars/Olympus") == datetime(2026, 7, 1, 8)
    assert "Mars/Olympus" in caplog.text


def test_every_zone_of_this_machine_has_a_next_moment():
    now = datetime(2026, 10, 25, 0, 30)
    for zone in available_timezones():
        found = next_moment(now, 480, EVERY_DAY, zone)
        assert now < found <= now + timedelta(hours=26)
        assert local(found, zone).strftime("%H:%M") == "08:00"
