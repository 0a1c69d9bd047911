"""Zones by city, in both languages; what says no city is asked back with cities."""

import datetime as dt
import zoneinfo
from zoneinfo import ZoneInfo

import pytest

from commands.registry import CommandError
from commands.zones import _CITIES, _SHORT, zone_of

SUMMER, WINTER = dt.datetime(2026, 7, 1, 12), dt.datetime(2026, 12, 1, 12)


def offered(text, now=SUMMER):
    with pytest.raises(CommandError) as caught:
        zone_of(text, now)
    return [button.command.removeprefix("/settings timezone ") for button in caught.value.buttons]


@pytest.mark.parametrize(
    ("text", "zone"),
    [("München", "Europe/Berlin"), ("munich", "Europe/Berlin"), ("MUENCHEN", "Europe/Berlin"),
     ("Wien", "Europe/Vienna"), ("Zürich", "Europe/Zurich"), ("zurich", "Europe/Zurich"),
     ("Genf", "Europe/Zurich"), ("Rom", "Europe/Rome"), ("Mailand", "Europe/Rome"),
     ("Kopenhagen", "Europe/Copenhagen"), ("Warschau", "Europe/Warsaw"), ("Prag", "Europe/Prague"),
     ("Brüssel", "Europe/Brussels"), ("Tokio", "Asia/Tokyo"), ("Moskau", "Europe/Moscow"),
     ("San Francisco", "America/Los_Angeles"), ("Rio", "America/Sao_Paulo"),
     ("St. Petersburg", "Europe/Moscow"), ("new-york", "America/New_York"),
     ("Mumbai", "Asia/Kolkata"), ("Abu Dhabi", "Asia/Dubai"), ("beijing", "Asia/Shanghai"),
     ("europe/berlin", "Europe/Berlin"), ("utc", "UTC"), ("Deutschland", "Europe/Berlin")],
)  # fmt: skip
def test_a_city_by_any_of_its_names(text, zone):
    assert zone_of(text, SUMMER) == zone


def test_every_zone_there_is_can_be_written_out():
    known = zoneinfo.available_timezones()
    assert set(_CITIES) <= known
    assert {zone for zones in _SHORT.values() for zone in zones} <= known
    for zone in _CITIES:
        assert zone_of(zone, SUMMER) == zone


@pytest.mark.parametrize(
    ("text", "first"),
    [("CET", "Europe/Berlin"), ("EST", "America/New_York"), ("PST", "America/Los_Angeles"),
     ("GMT", "Europe/London"), ("IST", "Asia/Kolkata")],
)  # fmt: skip
def test_letters_are_asked_back_with_cities(text, first):
    assert offered(text)[0] == first


@pytest.mark.parametrize(
    ("text", "now", "minutes", "first"),
    [("UTC+2", SUMMER, 120, "Europe/Berlin"), ("UTC+2", WINTER, 120, "Europe/Athens"),
     ("+02:00", WINTER, 120, "Europe/Athens"), ("gmt-5", WINTER, -300, "America/New_York"),
     ("UTC+0", WINTER, 0, "Europe/London"), ("UTC+5:30", SUMMER, 330, "Asia/Kolkata"),
     ("UTC+12:45", SUMMER, 765, "Pacific/Chatham")],
)  # fmt: skip
def test_an_offset_is_asked_back_with_cities_that_have_it(text, now, minutes, first):
    found = offered(text, now)
    assert found[0] == first
    for zone in found:
        clocks = [
            (now + dt.timedelta(days=days)).replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
            for days in (0, 182)
        ]
        assert dt.timedelta(minutes=minutes) in [clock.utcoffset() for clock in clocks]


@pytest.mark.parametrize("text", ["springfield", "UTC+99", "xyz", "", "Mordor", "🙂"])
def test_nothing_far_off_is_offered(text):
    assert offered(text) == ["Europe/Berlin", "America/New_York", "UTC"]


@pytest.mark.parametrize(
    ("text", "zone"),
    [("Berln", "Europe/Berlin"), ("Muncih", "Europe/Berlin"), ("Sydny", "Australia/Sydney")],
)
def test_a_slip_of_the_pen_is_offered_what_was_meant(text, zone):
    assert offered(text)[0] == zone
