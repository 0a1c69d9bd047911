"""The release clock and the freshness of section 1, date by date with zoneinfo."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
FRESH, LATE, STALE, MISSING = range(4)
SESSION, BOND_SESSION, BUSINESS = "session", "bond session", "business day"
DAILY, WEEKLY = "UTC day", "week"


def decision(day: date) -> datetime:
    """00:15 UTC of the next day."""
    return datetime.combine(day + DAY, time(0, 15))


def first_decision(instant: datetime) -> date:
    """The first day whose decision knows what became known at this instant."""
    day = instant.date() - 2 * DAY
    while decision(day) < instant:
        day += DAY
    return day


def new_york(day: date, hour: int, minute: int) -> datetime:
    local = datetime.combine(day, time(hour, minute), NEW_YORK)
    return local.astimezone(UTC).replace(tzinfo=None)


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """US federal holidays as observed in a year."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    moved = [_nth(year, 2, 0, 3), _nth(year, 9, 0, 1), _nth(year, 10, 0, 2)]
    moved += [_nth(year, 11, 3, 4), _last_monday_of_may(year)]
    if year >= 1986:
        moved.append(_nth(year, 1, 0, 3))
    return frozenset([_observed(day) for day in [*fixed, date(year + 1, 1, 1)]] + moved)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    day = date(year, month, 1)
    while day.weekday() != weekday:
        day += DAY
    return day + (nth - 1) * 7 * DAY


def _last_monday_of_may(year: int) -> date:
    day = date(year, 5, 31)
    while day.weekday() != 0:
        day -= DAY
    return day


def _observed(day: date) -> date:
    return day + {5: -DAY, 6: DAY}.get(day.weekday(), 0 * DAY)


@cache
def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in federal_holidays(day.year)


def business_day_from(day: date) -> date:
    while not is_business_day(day):
        day += DAY
    return day


@cache
def balance_sheet(day: date) -> datetime:
    """Wednesday's level: Thursday 16:30, Friday after a holiday."""
    return new_york(business_day_from(day + DAY), 16, 30)


@cache
def next_business_day(day: date) -> datetime:
    return new_york(business_day_from(day + DAY), 16, 0)


@cache
def reverse_repo(day: date) -> datetime:
    return new_york(day, 13, 15)


@cache
def chicago_fed(day: date) -> datetime:
    """Wednesday 08:30 for the Friday before."""
    return new_york(business_day_from(day + 5 * DAY), 8, 30)


@cache
def noon(day: date) -> datetime:
    return new_york(day, 12, 0)


@cache
def afternoon(day: date) -> datetime:
    return new_york(day, 16, 0)


@cache
def evening(day: date) -> datetime:
    """US equities: 18:00 the same day."""
    return new_york(day, 18, 0)


def utc_close(day: date) -> datetime:
    return datetime.combine(day + DAY, time())


Clock = Callable[[date], datetime]
RHYTHM: dict[str, tuple[str, Clock]] = (
    dict.fromkeys(("WALCL", "TGA", "BILLS", "MBS"), (WEEKLY, balance_sheet))
    | {
        "RRP": (BUSINESS, reverse_repo),
        "NFCI": (WEEKLY, chicago_fed),
        "MORTGAGE30": (WEEKLY, noon),
        "IORB": (DAILY, afternoon),
        "MOVE": (BOND_SESSION, evening),
    }
    | dict.fromkeys(
        ("TGA_DAILY", "BAA10Y", "HY_OAS", "SOFR", "DGS10", "IWM_SHARES", "ETF_FLOW"),
        (BUSINESS, next_business_day),
    )
    | dict.fromkeys(
        ("DOMINANCE", "STABLECOINS", "FEAR_GREED", "FUNDING", "OPEN_INTEREST", "BTC_CAP"),
        (DAILY, utc_close),
    )
)


def rhythm(series: str) -> tuple[str, Clock]:
    """Cadence and clock: coins by UTC days, what is not named above by sessions."""
    if series.startswith("coin:"):
        return DAILY, utc_close
    return RHYTHM.get(series, (SESSION, evening))


@cache
def session_set() -> frozenset[date]:
    return frozenset(exchange_sessions())


@cache
def bond_sessions() -> tuple[date, ...]:
    """Sessions on which no federal holiday closes the bond market."""
    return tuple(day for day in exchange_sessions() if is_business_day(day))


@cache
def exchange_sessions() -> tuple[date, ...]:
    """Sessions of the New York Stock Exchange since 1987."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XNYS", start="1987-01-01")
    return tuple(stamp.date() for stamp in calendar.sessions)


@cache
def business_days() -> tuple[date, ...]:
    days = [date(1986, 1, 1) + n * DAY for n in range(15_500)]
    return tuple(day for day in days if is_business_day(day))


def freshness(series: str, observed: date, released: datetime, day: date) -> int:
    """Fresh within one scheduled release plus grace, late past that, stale past twice that."""
    cadence, clock = rhythm(series)
    if cadence in (DAILY, WEEKLY):
        limit = timedelta(hours=26) if cadence == DAILY else timedelta(days=9)
        age = decision(day) - released
        return STALE if age > 2 * limit else LATE if age > limit else FRESH
    due = {
        SESSION: exchange_sessions,
        BOND_SESSION: bond_sessions,
        BUSINESS: business_days,
    }[cadence]()
    allowed = 2 if cadence == BUSINESS else 1
    missed = 0
    for other in due[bisect_right(due, observed) :]:
        if other > day or missed >= 2 * allowed:
            break
        missed += clock(other) <= decision(day)
    return STALE if missed >= 2 * allowed else LATE if missed >= allowed else FRESH
