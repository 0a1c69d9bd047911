"""Times of day and weekdays as people write them."""

from __future__ import annotations

import re

from babel.dates import get_day_names

from commands.kinds import normal, spoken
from commands.registry import CommandError
from commands.words import _, language
from rotation.inputs import N_
from storage.wall_time import EVERY_DAY

_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h|uhr)?", re.IGNORECASE)
HALF = re.compile(r"(am|pm|uhr)\b", re.IGNORECASE)
DAY_NAMES = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_SETS = {
    "daily": EVERY_DAY, "every day": EVERY_DAY, "all": EVERY_DAY,
    "weekdays": 0b001_1111, "weekend": 0b110_0000, "weekends": 0b110_0000,
}  # fmt: skip


def minute_of(text: str) -> int | None:
    """'8', '8:30', '08.30', '7pm', '8 Uhr' as the minute of the day; None if it is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def span_of(text: str) -> tuple[int, int] | None:
    """'22:00-7:00', '22 7', 'from 10pm to 7am' as two minutes of the day; None if it is none."""
    found = list(_TIME.finditer(text))
    ends = [minute_of(match[0]) for match in found]
    words = set(re.findall(r"[^\W\d]+", _TIME.sub(" ", text.casefold())))
    joining = {"from", "to", "until", "till", "between", "and", normal(_("from")), normal(_("to"))}
    if len(ends) != 2 or not words <= joining:
        return None
    after = found[0].start() + len(found[0][0].rstrip())
    if not re.search(r"[\s\-−–—]", text[after : found[1].start()]):
        return None  # '0700' and '9.5' are one time, or none
    begin, end = ends
    return None if begin is None or end is None or begin == end else (begin, end)


def clock(minute: int) -> str:
    """'08:30'."""
    return f"{minute // 60:02}:{minute % 60:02}"


def days_of(text: str) -> int:
    """'weekdays', 'mon-fri', 'sat, sun' as a mask from Monday. CommandError if it is none."""
    wanted = normal(text.replace(",", " "))
    sets = spoken(_SETS, N_("daily"), N_("every day"), N_("weekdays"), N_("weekend"))
    if wanted in sets:
        return sets[wanted]
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
    """From Monday on, by its name in the language of the request or in English, or by how that
    begins: 'monday', 'mondays', 'mon', 'mo'.
    """
    begun = word.rstrip(".").removesuffix("s") if len(word) > 3 else word.rstrip(".")
    for locale in (language.get(), "en"):
        names = get_day_names("wide", locale=locale)
        for n in range(7):
            if len(begun) > 1 and names[n].casefold().startswith(begun):
                return n
    return None


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
