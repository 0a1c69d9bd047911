"""A year of digests in many zones with the clock turned and the process restarted every few days:
each chat gets exactly its digests, at its wall time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from bot import herald
from commands.reply import Reply
from storage import moments
from storage.chats import settle
from storage.digests import subscribe
from tests.bot.posting import Clock, Platform, office

CHATS = int(os.environ.get("SPILLOVER_YEAR_CHATS", "200"))
START = dt.datetime(2026, 1, 1)
END = START + dt.timedelta(days=365)
ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage",
    "America/Argentina/Buenos_Aires", "America/Bogota", "America/Chicago", "America/Denver",
    "America/Halifax", "America/Havana", "America/Los_Angeles", "America/Mexico_City",
    "America/New_York", "America/Phoenix", "America/Santiago", "America/Sao_Paulo",
    "America/St_Johns", "Asia/Beirut", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jerusalem",
    "Asia/Kathmandu", "Asia/Kolkata", "Asia/Seoul", "Asia/Tehran", "Asia/Tokyo",
    "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney",
    "Europe/Berlin", "Europe/Dublin", "Europe/Kyiv", "Europe/London", "Pacific/Apia",
    "Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu", "UTC",
)  # fmt: skip


@cache
def walk(zone):
    """The year by quarters of an hour: the instant, and what the zone's own clock shows."""
    found = []
    for n in range(365 * 96):
        moment = START + n * dt.timedelta(minutes=15)
        local = moment.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
        found.append((moment, local.date(), local.hour * 60 + local.minute))
    return found


@cache
def due_times(minute, days, zone):
    """Every digest of the year: the first moment of a chosen day at which the clock shows the
    time or has jumped over it.
    """
    found, done = [], set()
    if walk(zone)[0][2] >= minute:
        done.add(walk(zone)[0][1])  # was over when the year began
        if walk(zone)[0][2] == minute and days >> walk(zone)[0][1].weekday() & 1:
            found.append(START)
    for moment, date, shown in walk(zone):
        if shown >= minute and date not in done:
            done.add(date)
            if days >> date.weekday() & 1:
                found.append(moment)
    return found


@pytest.fixture
def quick(monkeypatch):
    """What a digest says is tested elsewhere; here it says its day."""
    monkeypatch.setattr(herald, "digest", lambda call, *_args, **_more: Reply(str(call.now)))


def test_forty_zones_have_what_is_wanted():
    assert len(set(ZONES)) == 40


def test_every_chat_gets_exactly_its_digests_at_its_wall_time(tmp_path, sample, quick):
    dice, path, clock = random.Random(3), tmp_path / "x.db", Clock(START - dt.timedelta(minutes=1))
    wishes = {}
    for n in range(CHATS):
        days = dice.choice((0b000_0011, 0b000_0001, 0b100_0000, 0b101_0100, 0b010_0000))
        hour = dice.choice((0, 2, 2, 8, 23))
        minute = 60 * hour + 30 * (hour == 2)
        wishes[f"telegram:{n}"] = (minute, days if n % 20 else 0b111_1111, ZONES[n % len(ZONES)])
    platform = Platform()
    with office(path, sample, clock=clock, platforms=[platform]) as here:
        here.write(lambda db: enrol(db, wishes, clock()))
    while clock() < END:
        asyncio.run(some_days(path, sample, clock, platform, dice))
    for chat, (minute, days, zone) in wishes.items():
        expected = due_times(minute, days, zone)
        got = [post.at for post in platform.to_index[chat]]
        assert got == expected, (chat, zone, minute)


def enrol(db, wishes, now):
    for chat, (minute, days, zone) in wishes.items():
        settle(db, chat, now, timezone=zone)
        subscribe(db, chat=chat, now=now, minute=minute, days=days)


def next_due(db):
    """The earliest moment at which any digest is due."""
    (due,) = db.execute("SELECT min(due_at) FROM digests").fetchone()
    return None if due is None else moments.moment(due)


async def some_days(path, sample, clock, platform, dice):
    """One life of the process: from due moment to due moment."""
    last = min(clock() + dt.timedelta(days=dice.uniform(2, 9)), END)
    with office(path, sample, clock=clock, platforms=[platform]) as here:
        while (due := here.read(next_due)) is not None and due < last:
            clock.moment = due
            await here.settle()
        clock.moment = max(clock(), last)
    platform.to_index = {}
    for post in platform.posts:
        platform.to_index.setdefault(post.place.chat, []).append(post)
