"""Which releases were due by a decision, and so how fresh a number is."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import numpy.typing as npt

from rotation.inputs import (
    FIRST_DAY,
    LAST_DAY,
    Cadence,
    Codes,
    Days,
    Freshness,
    Input,
    Instants,
    ReleaseClock,
    business_days,
    decided_at,
    first_decision,
)

_MOST_AGE = {
    Cadence.UTC_DAY: np.timedelta64(26, "h"),
    Cadence.WEEK: np.timedelta64(9, "D").astype("timedelta64[h]"),
}
"""Fresh up to this age; stale past twice that."""
_MISSED_RELEASES = {Cadence.SESSION: 1, Cadence.BOND_SESSION: 1, Cadence.BUSINESS_DAY: 2}
"""Late from this many missed releases on, stale from twice as many. One more for business
days: bond markets and the Fed keep holidays that no federal calendar lists."""


@cache
def _hours() -> tuple[Days, Instants, Instants]:
    """Trading days of the New York Stock Exchange, 1987 to 2049, each with its opening and its
    close, half-days too.
    """
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XNYS", start="1987-01-01", end="2049-12-31")
    opens, closes = (
        column.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        for column in (calendar.opens, calendar.closes)
    )
    return calendar.sessions.to_numpy().astype("datetime64[D]"), opens, closes


def sessions() -> Days:
    """Trading days of the New York Stock Exchange, 1987 to 2049."""
    return _hours()[0]


def in_session(moment: dt.datetime) -> bool:
    """Whether the exchange is open at an instant, naive UTC."""
    days, opens, closes = _hours()
    row = int(np.searchsorted(opens, np.datetime64(moment, "us"), side="right")) - 1
    return 0 <= row < len(days) and np.datetime64(moment, "us") < closes[row]


@cache
def _due_dates(cadence: Cadence) -> Days:
    if cadence is Cadence.SESSION:
        return sessions()
    if cadence is Cadence.BOND_SESSION:
        return sessions()[np.is_busday(sessions(), busdaycal=business_days())]
    days = np.arange(FIRST_DAY, LAST_DAY)
    return days[np.is_busday(days, busdaycal=business_days())]


@cache
def _due_known_on(cadence: Cadence, clock: ReleaseClock) -> Days:
    """The decision that first knows of each due date."""
    return first_decision(clock.released(_due_dates(cadence)))


def freshness(source: Input, days: Days, date: Days, released: Instants) -> Codes:
    """How fresh the observation known on each day is, as codes of ``Freshness``."""
    out = np.full(len(days), Freshness.FRESH, dtype=np.int8)
    known = ~np.isnat(date)
    if source.cadence in _MOST_AGE:
        limit = _MOST_AGE[source.cadence]
        age = decided_at(days) - released
        out[known & (age > limit)] = Freshness.LATE
        out[known & (age > 2 * limit)] = Freshness.STALE
    else:
        allowed = _MISSED_RELEASES[source.cadence]
        missed = _missed_releases(source, days, date)
        out[known & (missed >= allowed)] = Freshness.LATE
        out[known & (missed >= 2 * allowed)] = Freshness.STALE
    out[~known] = Freshness.MISSING
    return out


def _missed_releases(source: Input, days: Days, date: Days) -> npt.NDArray[np.int64]:
    """How many dates after ``date`` had been released by the decision of each day."""
    due = _due_dates(source.cadence)
    known_on = _due_known_on(source.cadence, source.clock)
    return np.searchsorted(known_on, days, side="right") - np.searchsorted(due, date, side="right")


def next_due(source: Input, newest: dt.date) -> dt.datetime:
    """The release (naive UTC) of the first scheduled date after the newest one at hand."""
    day = np.datetime64(newest)
    if source.cadence is Cadence.UTC_DAY:
        following = day + 1
    elif source.cadence is Cadence.WEEK:
        following = day + 7
    else:
        dates = _due_dates(source.cadence)
        following = dates[min(int(np.searchsorted(dates, day, side="right")), len(dates) - 1)]
    released: dt.datetime = source.clock.released(np.array([following]))[0].item()
    return released
