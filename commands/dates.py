"""Days as people write them: '2025-09-26', '26 Sep', 'last Friday'."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache

from babel.dates import get_day_names, get_month_names

from commands.words import _, language

_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y%m%d")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?()")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:\.|st|nd|rd|th)?[ -]?([^\W\d]{3,12})\.?(?:,?[ -](\d{4}))?")
_MONTH_FIRST = re.compile(r"([^\W\d]{3,12})\.?[ -](\d{1,2})(?:st|nd|rd|th)?(?:,?[ -](\d{4}))?")
_YEAR = re.compile(r"(\d{4})(?:[-/. ](\d{1,2}))?")
_SHORTEST = 3
"""Letters of a month or weekday that say which one is meant."""
_YEARS = 9
"""Back to the last 29 February, even over a year 1900."""


def read_day(text: str, last: dt.date) -> dt.date | None:
    """The day that is meant, None if it is none. Without a year it is the latest such day up to
    ``last``, which is also what 'today' means.
    """
    words = " ".join(re.sub(r"\b(?:the|of)\b", " ", text.casefold()).split())
    if (days := _days_back(words, last)) is not None:
        return last - dt.timedelta(days=days)
    for form in _FORMATS:
        try:
            return dt.datetime.strptime(words, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    if found := _DOTTED.fullmatch(words) or _DAY_FIRST.fullmatch(words):
        number, month, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(words):
        month, number, year = found.groups()
    else:
        return None
    return _latest(int(number), month, year, last)


def _latest(number: int, word: str, year: str | None, last: dt.date) -> dt.date | None:
    month = int(word) if word.isdecimal() else _position(word, _months)
    if month is None:
        return None
    if year:
        return _day(int(year), month, number)
    days = (_day(last.year - back, month, number) for back in range(_YEARS))
    return next((day for day in days if day is not None and day <= last), None)


def _day(year: int, month: int, number: int) -> dt.date | None:
    try:
        return dt.date(year, month, number)
    except ValueError:
        return None


def _days_back(words: str, last: dt.date) -> int | None:
    """0 for 'today', 1 for 'yesterday', and for 'last friday' as many as it was."""
    known = {"today": 0, _("today").casefold(): 0, "yesterday": 1, _("yesterday").casefold(): 1}
    if words in known:
        return known[words]
    before, _blank, word = words.rpartition(" ")
    if before not in ("", "on", "last", "am", "letzter", _("last").casefold()):
        return None
    weekday = _position(word, _weekdays)
    return None if weekday is None else (last.weekday() - weekday) % 7


def _position(word: str, names: Callable[[str], dict[int, str]]) -> int | None:
    """Which month or weekday is meant, in English or the language of the request."""
    wanted = word.rstrip(".")
    both = [*names("en").items(), *names(language.get()).items()]
    return next(
        (n for n, name in both if len(wanted) >= _SHORTEST and name.startswith(wanted)), None
    )


@cache
def _months(code: str) -> dict[int, str]:
    return {n: name.casefold() for n, name in get_month_names("wide", locale=code).items()}


@cache
def _weekdays(code: str) -> dict[int, str]:
    """From Monday, which is 0."""
    return {n: name.casefold() for n, name in get_day_names("wide", locale=code).items()}


def end_of(text: str, last: dt.date) -> dt.date | None:
    """The last day of a year or a month ('2025', '2025-09') up to ``last``; None if it is none."""
    found = _YEAR.fullmatch(text.strip())
    year, month = (int(found[1]), int(found[2] or 12)) if found else (0, 0)
    if not 1 <= month <= 12 or not dt.MINYEAR <= year < dt.MAXYEAR:
        return None
    end = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    return min(end, last)
