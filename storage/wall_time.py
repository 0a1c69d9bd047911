"""The next moment of a wall time in a zone: right across every change of its clocks."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

log = logging.getLogger(__name__)

EVERY_DAY = 0b111_1111
"""Bit 0 is Monday."""


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone; UTC, and a word in the log, where this machine does not know it: one chat
    that came from another machine must not keep all others from their digests.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log.exception("the time zone %r is not known here; UTC in its place", name)
        return ZoneInfo("UTC")


def moment_of(day: date, minute: int, name: str) -> datetime:
    """The instant, naive UTC, at which a clock in the zone shows a minute of a local day: the
    first of two where the clocks go back, the first valid moment after the gap where they go
    forward over it.
    """
    local = datetime.combine(day, time(minute // 60, minute % 60), zone(name))
    moment = local.astimezone(UTC)
    if moment.astimezone(zone(name)).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment.replace(tzinfo=None)
    return _end_of_gap(local, moment).replace(tzinfo=None)


def _end_of_gap(local: datetime, after: datetime) -> datetime:
    """The change of the clocks itself, by bisection: ``local`` does not exist, ``after`` is what
    the offset before the change makes of it.
    """
    before = local.replace(fold=1).astimezone(UTC)
    offset = after.astimezone(local.tzinfo).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(local.tzinfo).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def next_moment(now: datetime, minute: int, days: int, name: str) -> datetime:
    """The first such moment after ``now`` (naive UTC) on a day of the mask ``days``."""
    today = now.replace(tzinfo=UTC).astimezone(zone(name)).date()
    for ahead in range(-1, 9):
        day = today + timedelta(days=ahead)
        if days >> day.weekday() & 1:
            moment = moment_of(day, minute, name)
            if moment > now:
                return moment
    raise ValueError("no day of the week is chosen")


def local(moment: datetime, name: str) -> datetime:
    """A naive UTC instant as the zone's wall time, naive."""
    return moment.replace(tzinfo=UTC).astimezone(zone(name)).replace(tzinfo=None)


def quiet_until(now: datetime, quiet: tuple[int, int] | None, name: str) -> datetime:
    """The end of the quiet hours if ``now`` lies in them, else ``now``; naive UTC. ``quiet`` are
    two minutes of the local day; from 22:00 to 07:00 goes over midnight.
    """
    if quiet is None or quiet[0] == quiet[1]:
        return now
    begin, end = quiet
    wall = local(now, name)
    minute = wall.hour * 60 + wall.minute
    inside = begin <= minute < end if begin < end else minute >= begin or minute < end
    if not inside:
        return now
    shown = timedelta(minutes=(end - minute) % 1440, seconds=-wall.second)
    over = next_moment(now, end, EVERY_DAY, name)
    # in the second of two equal hours the first end has passed already
    return now + shown if over - now > shown + timedelta(hours=3) else over
