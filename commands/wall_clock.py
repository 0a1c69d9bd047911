"""Times of day, weekdays and zones as people write them."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache

from commands.kinds import closest, normal
from commands.registry import CommandError
from commands.words import _
from rotation.inputs import N_
from storage.wall_time import EVERY_DAY

_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h)?", re.IGNORECASE)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_SETS = {
    "daily": EVERY_DAY, "every day": EVERY_DAY, "all": EVERY_DAY,
    "weekdays": 0b001_1111, "weekend": 0b110_0000, "weekends": 0b110_0000,
}  # fmt: skip


def minute_of(text: str) -> int | None:
    """'8', '8:30', '08.30', '7pm' as the minute of the day; None if it is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def clock(minute: int) -> str:
    """'08:30'."""
    return f"{minute // 60:02}:{minute % 60:02}"


def days_of(text: str) -> int:
    """'weekdays', 'mon-fri', 'sat, sun' as a mask from Monday. CommandError if it is none."""
    wanted = normal(text.replace(",", " "))
    if wanted in _SETS:
        return _SETS[wanted]
    mask = 0
    for part in re.sub(r"\s*[-–]\s*", "-", text.casefold()).replace(",", " ").split():
        found = (_weekday(word) for word in part.split("-"))
        ends = [day for day in found if day is not None]
        if not ends or len(ends) != part.count("-") + 1 or len(ends) > 2:
            raise _no_days(text)
        for n in range((ends[-1] - ends[0]) % 7 + 1):
            mask |= 1 << (ends[0] + n) % 7
    if not mask:
        raise _no_days(text)
    return mask


def _weekday(word: str) -> int | None:
    """From Monday on; in English or the language of the request, short or long."""
    if word[:3] in WEEKDAYS:
        return WEEKDAYS.index(word[:3])
    names = (_(name).casefold() for name in DAY_NAMES)
    return next((n for n, name in enumerate(names) if word.startswith(name)), None)


def _no_days(text: str) -> CommandError:
    return CommandError(
        _("“{text}” are no days of the week.").format(text=text[:40]),
        "daily", "weekdays", "mon,wed,fri",
    )  # fmt: skip


def days_words(mask: int) -> str:
    """'every day', 'Mon–Fri', 'Mon, Wed'."""
    if mask == EVERY_DAY:
        return _("every day")
    if mask == _SETS["weekdays"]:
        return _("Mon–Fri")
    return ", ".join(_(name) for n, name in enumerate(DAY_NAMES) if mask >> n & 1)


@cache
def _zones() -> dict[str, str]:
    """Every zone by its own name and by its city; a city's first zone in the alphabet wins."""
    known = {
        name
        for name in zoneinfo.available_timezones()
        if name == "UTC"
        or (name.count("/") and not name.startswith(("Etc/", "posix", "right", "SystemV/", "US/")))
    }
    names: dict[str, str] = {}
    for name in sorted(known):
        names[normal(name)] = name
    for name in sorted(known):
        names.setdefault(normal(name.rpartition("/")[2]), name)
    return names


def zone_of(text: str) -> str:
    """The IANA name of a zone or city, however it is written. CommandError with the closest."""
    names = _zones()
    found = names.get(normal(text))
    if found is None:
        near = closest(text, names) or ["Europe/Berlin", "America/New_York", "UTC"]
        raise CommandError(
            _("I know no time zone or city “{text}”. Is it one of these?").format(text=text[:40]),
            *(f"/settings timezone {name}" for name in near),
        )
    return found
