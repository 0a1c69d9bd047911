"""Days as people write them: '2025-09-26', '26 Sep', 'last Friday'."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Callable
from functools import cache

from babel.dates import get_day_names, get_month_names

from commands.words import _, language, languages

_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y%m%d")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_NUMBERS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?()")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:\.|st|nd|rd|th)?[ -]?([^\W\d]{3,12})\.?(?:,?[ -](\d{4}))?")
_MONTH_FIRST = re.compile(r"([^\W\d]{3,12})\.?[ -](\d{1,2})(?:st|nd|rd|th)?(?:,?[ -](\d{4}))?")
_YEAR = re.compile(r"(\d{4})(?:[-/. ](\d{1,2}))?")
_MONTH = re.compile(r"([^\W\d]{3,12})\.?(?:,? (\d{4}))?")
_SHORTEST = 3
"""Letters of a month or weekday that say which one is meant."""
_DAYS = 31
"""Of the longest month."""
_DayOf = Callable[[int, int, int], dt.date | None]
_YEARS = 9
"""Back to the last 29 February, even over a year 1900."""


def read_day(text: str, last: dt.date) -> dt.date | None:
    """The day that is meant, None if it is none. Without a year it is the latest such day up to
    ``last``, which is also what 'today' means.
    """
    words = _tidied(text)
    if (days := _days_back(words, last)) is not None:
        return last - dt.timedelta(days=days)
    for form in _FORMATS:
        try:
            return dt.datetime.strptime(words, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    if found := _SLASHED.fullmatch(words):
        one, two, year = map(int, found.groups())
        either = {day for day in (_day(year, one, two), _day(year, two, one)) if day}
        return either.pop() if len(either) == 1 else None
    return _worded(words, last, _day)


def meant(text: str, last: dt.date) -> list[dt.date]:
    """Days to offer for a text that is none, best first: the nearest that exists ('2015-02-30'),
    day and month in either order ('5/6/2024'), the last of a year or a month ('March 2020').
    """
    words = _tidied(text)
    if found := _NUMBERS.fullmatch(words):
        first, second, third = map(int, found.groups())
        year, one, two = (first, second, third) if first > _DAYS else (third, second, first)
        year += 2000 if year < 100 else 0
        either = (_near(year, one, two), _near(year, two, one))
        return list(dict.fromkeys(day for day in either if day is not None))
    near = _worded(words, last, _near) or end_of(words, last)
    return [] if near is None else [near]


def _tidied(text: str) -> str:
    return " ".join(re.sub(r"\b(?:the|of)\b", " ", text.casefold()).split())


def _worded(words: str, last: dt.date, day_of: _DayOf) -> dt.date | None:
    """'26.9.', '26 Sep 2024' or 'Sep 26'."""
    if found := _DOTTED.fullmatch(words) or _DAY_FIRST.fullmatch(words):
        number, month, year = found.groups()
    elif found := _MONTH_FIRST.fullmatch(words):
        month, number, year = found.groups()
    else:
        return None
    return _latest(int(number), month, year, last, day_of)


def _latest(
    number: int, word: str, year: str | None, last: dt.date, day_of: _DayOf
) -> dt.date | None:
    month = int(word) if word.isdecimal() else _position(word, _months)
    if month is None:
        return None
    if year:
        return day_of(int(year), month, number)
    days = (day_of(last.year - back, month, number) for back in range(_YEARS))
    return next((day for day in days if day is not None and day <= last), None)


def _near(year: int, month: int, number: int) -> dt.date | None:
    """The same day, or the last of a month that has fewer days."""
    if not (1 <= month <= 12 and 1 <= number <= _DAYS and dt.MINYEAR <= year <= dt.MAXYEAR):
        return None
    return dt.date(year, month, min(number, monthrange(year, month)[1]))


def _day(year: int, month: int, number: int) -> dt.date | None:
    try:
        return dt.date(year, month, number)
    except ValueError:
        return None


def _days_back(words: str, last: dt.date) -> int | None:
    """0 for 'today', 1 for 'yesterday', and for 'last friday' as many as it was."""
    known = {"today": 0, _("today").casefold(): 0, "yesterday": 1, _("yesterday").casefold(): 1}
    known |= {"day before yesterday": 2, _("the day before yesterday").casefold(): 2}
    if words in known:
        return known[words]
    before, _blank, word = words.rpartition(" ")
    if before not in ("", "on", "last", "am", "letzter", _("last").casefold()):
        return None
    weekday = _position(word, _weekdays)
    return None if weekday is None else (last.weekday() - weekday) % 7


def _position(word: str, names: Callable[[str], dict[int, str]]) -> int | None:
    """Which month or weekday is meant, in English or the language of the request; a month in any
    language of the bot.
    """
    wanted = word.rstrip(".")
    codes = ("en", language.get(), *(languages() if names is _months else ()))
    every = [item for code in dict.fromkeys(codes) for item in names(code).items()]
    return next(
        (n for n, name in every if len(wanted) >= _SHORTEST and name.startswith(wanted)), None
    )


@cache
def _months(code: str) -> dict[int, str]:
    return {n: name.casefold() for n, name in get_month_names("wide", locale=code).items()}


@cache
def _weekdays(code: str) -> dict[int, str]:
    """From Monday, which is 0."""
    return {n: name.casefold() for n, name in get_day_names("wide", locale=code).items()}


def end_of(text: str, last: dt.date) -> dt.date | None:
    """The last day of a year or a month ('2025', '2025-09', 'Sep 2025', 'September') up to
    ``last``; None if it is none.
    """
    words = text.strip().casefold()
    if found := _YEAR.fullmatch(words):
        end = _near(int(found[1]), int(found[2] or 12), _DAYS)
        return end and min(end, last)
    found = _MONTH.fullmatch(words)
    month = _position(found[1], _months) if found else None
    if found is None or month is None:
        return None
    year = int(found[2]) if found[2] else last.year - (month > last.month)
    end = _near(year, month, _DAYS)
    return end and min(end, last)


def begin_of(text: str, last: dt.date) -> dt.date | None:
    """A day, or the first one of a year or a month, up to ``last``; None if it is none."""
    end = end_of(text, dt.date.max if re.search(r"\d{4}", text) else last)
    begin = end.replace(day=1) if end else read_day(text, last)
    if begin and text.strip().isdecimal() and len(text.strip()) == 4:
        begin = begin.replace(month=1)
    return begin if begin and begin <= last else None
