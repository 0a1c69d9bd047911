"""The outbox: due query, claims and marks, thresholds, fan-out; growth with the number of chats.

python -m benchmarks.outbox
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.warm import snapshot
from bot.adapter import Sent
from bot.herald import Herald
from bot.outbox import Outbox
from storage.database import Database
from storage.deliveries import BROADCAST, SENT, Message, claim, mark, post
from storage.digests import post_due
from storage.live import go_live, set_told_of
from storage.moments import micros

NOW = dt.datetime(2026, 7, 1, 8, 0, 30)  # noqa: DTZ001 - naive UTC, as the store has it
DUE = 300
"""Digests due at the moment of the query, whatever the number of chats."""
SIZES, LARGEST = (1_000, 10_000, 100_000), 1_000_000
BATCH, CLAIMS, UNPACED, PACED = 3_000, 200, 10_000, 3_000
LIMIT, PACE = 30.0, 29.5
"""Telegram's own limit a second, and the pace that the bot keeps by default: at the limit itself
one message that is some milliseconds early is one too many, and a refusal holds up all.
"""
METRICS = ("altseason_index", "mrs", "rut_close", "btc_close", "heat")


@contextmanager
def filled(chats: int, *, alerts: bool = False) -> Iterator[Database]:
    """A store with so many chats."""
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "x.db") as database:
        fill_chats(database, chats, alerts=alerts)
        yield database


def fill_chats(
    database: Database, chats: int, *, alerts: bool = False, watches: bool = False
) -> None:
    """So many chats, each with a digest, ``DUE`` of them due now, and if wanted one threshold and
    a watch list of its own.
    """
    at, later = micros(NOW), micros(NOW + dt.timedelta(hours=12))
    names = [f"telegram:{n}" for n in range(chats)]
    due = [at - 1 if n % max(chats // DUE, 1) == 0 else later + n for n in range(chats)]

    def work(db):
        db.conn.executemany("INSERT INTO chats (chat, made_at) VALUES (?, 0)", zip(names))
        db.conn.executemany(
            "INSERT INTO digests VALUES (?, 480, 127, 1, ?)", zip(names, due, strict=True)
        )
        if alerts:
            db.conn.executemany(
                """INSERT INTO alerts (chat, metric, above, level, margin, persistence, cooldown,
                once, silent, made_at, armed) VALUES (?, ?, 1, ?, 1, 1, 86400, 0, 0, 0, 1)""",
                ((name, METRICS[n % 5], 40.0 + n % 400) for n, name in enumerate(names)),
            )
        if watches:
            db.conn.executemany(
                "INSERT INTO watches VALUES (?, ?, 0)",
                ((name, f"coin:c{(n + k) % 997}") for n, name in enumerate(names) for k in (1, 2)),
            )

    database.write(work).result()


def due_query(database: Database) -> float:
    """Milliseconds to find what is due, nothing being due; the median of many."""
    sql = """SELECT d.chat FROM digests d JOIN chats c ON c.chat = d.chat
        WHERE d.due_at <= ? ORDER BY d.due_at LIMIT 500"""
    spent = []
    with database.reading() as db:
        for _ in range(500):
            begun = time.perf_counter()
            db.execute(sql, [micros(NOW)]).fetchall()
            spent.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(spent)


def claimed(database: Database, waiting: int) -> float:
    """Milliseconds of one claim of 16, so many messages waiting; the median of many."""
    messages = [Message(f"telegram:{n}", BROADCAST, "c", {"text": "x"}) for n in range(waiting)]
    database.write(lambda db: post(db, messages, NOW)).result()
    spent = []
    for _ in range(min(CLAIMS, waiting // 16)):
        begun = time.perf_counter()
        database.write(lambda db: claim(db, "telegram", NOW, 16)).result()
        spent.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(spent)


def claims_and_marks(database: Database) -> float:
    """Messages a second through claim and mark, as the outbox does it: claims in handfuls, each
    mark a transaction of its own.
    """
    messages = [Message(f"telegram:{n}", BROADCAST, "b", {"text": "x"}) for n in range(BATCH)]
    database.write(lambda db: post(db, messages, NOW)).result()
    begun, done = time.perf_counter(), 0
    while taken := database.write(lambda db: claim(db, "telegram", NOW, 16)).result():
        marked = [database.write(partial(mark, id=item.id, state=SENT, now=NOW)) for item in taken]
        for future in marked:
            future.result()
        done += len(taken)
    return done / (time.perf_counter() - begun)


def evaluated(database: Database, current) -> float:
    """Seconds to evaluate a new decision: a threshold of each chat over all its readings, and a
    message for each chat of those that fire.
    """
    last = current.timeline.last
    database.write(lambda db: go_live(db, NOW - dt.timedelta(days=400))).result()
    database.write(lambda db: set_told_of(db, last - dt.timedelta(days=1))).result()
    herald = Herald(database, lambda: current, lambda: current.made_at)
    gc.collect()
    gc.freeze()  # as `bot.serve` does
    begun = time.perf_counter()
    herald.evaluate()
    spent = time.perf_counter() - begun
    gc.unfreeze()
    return spent


class _Instant:
    """A platform that takes everything at once."""

    name = "telegram"

    async def send(self, place, reply, *, silent=False, nonce=""):
        return Sent("1")


async def fan_out(database: Database, count: int, adapter: object = None) -> float:
    """Messages a second from the outbox through an adapter, all that one process does for them."""
    messages = [Message(f"telegram:{n}", BROADCAST, "f", {"text": "x"}) for n in range(count)]
    await database.write_async(lambda db: post(db, messages, NOW))
    herald = Herald(database, object, lambda: NOW)
    outbox = Outbox(adapter or _Instant(), database, herald, lambda: NOW)
    begun = time.perf_counter()
    while await outbox.once():
        pass
    await outbox.drain()
    return count / (time.perf_counter() - begun)


async def paced(database: Database, count: int, pace: float) -> tuple[float, int]:
    """Messages a second through the real adapter, at the platform's own limit, and how many of
    them the stand-in server refused as too many.
    """
    from bot.telegram_adapter import TelegramAdapter
    from commands import REGISTRY
    from tests.servers.telegram import TelegramServer
    from tests.servers.telegram_faults import FloodLimits

    async def nothing(_request):
        raise AssertionError

    async with TelegramServer() as server:
        rooms = [server.private(user_id=n, name="U") for n in range(count)]
        server.flood_limits = FloodLimits()
        adapter = TelegramAdapter(
            server.token, nothing, nothing, REGISTRY,
            api_url=server.base_url.removesuffix("/bot"), pace=pace,
        )  # fmt: skip
        serving = asyncio.create_task(adapter.run())
        await asyncio.sleep(3)
        speed = await fan_out(database, count, adapter)
        await adapter.close()
        await serving
        arrived = sum(len(room.answers) for room in rooms)
        return speed * arrived / count, server.flood_limits.rejected


def _exponent(found: dict[str, float], name: str) -> float:
    """The slope of time against the number of chats in logarithms: 1 is linear, 0 the same."""
    spent = np.log([found[f"{name}_{size}"] for size in SIZES])
    return float(np.polyfit(np.log(SIZES), spent, 1)[0])


def measure() -> dict[str, float]:
    """Milliseconds, messages a second, exponents; the name says which."""
    found: dict[str, float] = {}
    current = snapshot()
    for size in SIZES:
        with filled(size, alerts=True) as database:
            found[f"due_query_ms_{size}"] = due_query(database)
            begun = time.perf_counter()
            database.write(lambda db: post_due(db, NOW)).result()
            found[f"post_300_due_ms_{size}"] = 1e3 * (time.perf_counter() - begun)
            found[f"claims_and_marks_a_second_{size}"] = claims_and_marks(database)
            found[f"claim_ms_{size}"] = claimed(database, size)
        with filled(size, alerts=True) as database:
            found[f"evaluate_s_{size}"] = evaluated(database, current)
            found[f"claim_behind_news_held_back_ms_{size}"] = claimed(database, size)
    with filled(LARGEST) as database:
        found[f"due_query_ms_{LARGEST}"] = due_query(database)
    for name in ("due_query_ms", "claim_ms", "evaluate_s"):
        found[f"{name}_exponent"] = _exponent(found, name)
    with filled(SIZES[-1]) as database:
        found["unpaced_a_second"] = asyncio.run(fan_out(database, UNPACED))
    with filled(SIZES[-1]) as database:
        speed, refused = asyncio.run(paced(database, PACED, PACE))
    return found | {"paced_of_limit_%": 100 * speed / LIMIT, "paced_refused": refused}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:36} {value:12.3f}")
