"""Mishaps of a process: a stop in the middle, a store that takes nothing, a clock that is wrong."""

import asyncio
import datetime as dt
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from bot import desk as desk_module
from bot import herald as herald_module
from bot import keeper as keeper_module
from bot import kept
from bot import serve as serve_module
from bot.adapter import Sent
from bot.desk import Desk
from bot.holdings import believed
from bot.keeper import Keeper
from bot.kept import Kept
from bot.scheduler import Scheduler
from commands.dispatch import request_of
from feeds.feed import FeedError
from feeds.quotes import Board, QuoteSource
from rotation.changes import Event, EventKind
from rotation.evidence import Evidence
from rotation.hindsight import Hindsight
from rotation.inputs import BTC, Quote
from storage.chats import move, settle
from storage.database import Database
from storage.deliveries import BROADCAST, Message, post, release
from storage.digests import digest_of, subscribe
from storage.errors import StoreError
from storage.live import go_live, set_told_of, told_of
from tests.bot.posting import Platform, office
from tests.bot.telegram_bot import chart
from tests.bot.test_keeper import Clock, Feed

A, MOVED = "telegram:-5", "telegram:-100"
DAY, MINUTES = dt.timedelta(days=1), dt.timedelta(minutes=5)
FULL = StoreError("the disk is full")


@pytest.fixture
def here(tmp_path, sample):
    with office(tmp_path / "x.db", sample) as opened:
        yield opened


class House:
    """A keeper with one source, and the scheduler and the desk above it."""

    def __init__(self, path):
        self.clock = Clock()
        self.database = Database(path)
        self.core = Feed(self.clock, "yahoo", "RUT", "SPX", BTC)
        self.keeper = Keeper(self.database, (self.core,), self.clock)
        self.keeper.board = Board([QuoteSource("x", "X", self.prices, MINUTES)], self.clock)
        self.desk = Desk(None, now=self.clock)
        self.scheduler = Scheduler(self.keeper, self.desk, self.clock)

    def prices(self):
        return [Quote(BTC, "Bitcoin", 50_000.0, self.clock(), 1.0, 1.0, 1.0, 1, "BTC")]

    def tick(self, times=1):
        """Every five minutes; what goes wrong is logged, as in the running bot."""
        for _ in range(times):
            asyncio.run(self.scheduler._safe_tick())
            self.clock.time += MINUTES

    @property
    def decided(self):
        return self.desk.current.timeline.last


@pytest.fixture
def house(tmp_path, monkeypatch):
    made = House(tmp_path / "x.db")
    made.tick(4)
    yield made
    made.desk.close()
    made.database.close()


# a stop


async def test_what_is_claimed_after_a_stop_is_not_sent_but_kept(here):
    chats = [f"telegram:{n}" for n in range(5)]
    for chat in chats:
        message = Message(chat, BROADCAST, "1", {"text": "hello"})
        here.write(lambda db, c=chat: settle(db, c, here.clock()))
        here.write(lambda db, m=message: post(db, [m], here.clock()))
    writer_is_free = threading.Event()
    here.database.write(lambda _db: writer_is_free.wait(10))
    sending = asyncio.create_task(here.post.outboxes[0].run())
    await asyncio.sleep(0.1)  # its claim waits for the writer
    stopping = asyncio.create_task(here.post.close())
    await asyncio.sleep(0.05)
    writer_is_free.set()
    await asyncio.gather(stopping, sending)
    assert not here.platforms[0].posts
    assert here.write(release) == 0, "nothing is in hand"
    again = type(here.post)(here.database, here.desk, here.clock)
    again.open(here.platforms)
    while await again.outboxes[0].once():
        await again.outboxes[0].drain()
    assert sorted(p.place.chat for p in here.platforms[0].posts) == chats


async def test_a_platform_that_is_down_holds_up_nobody_who_tells_the_operator_so():
    class Down(Platform):
        async def send(self, place, reply, **more):
            await asyncio.Event().wait()

    operator = serve_module._Operator("telegram:9")
    operator.adapters = [Down(), Platform("discord")]
    async with asyncio.timeout(5):
        await operator("telegram is down")
    assert len(operator._telling) == 1
    for task in operator._telling:
        task.cancel()


async def test_the_operator_is_told(caplog):
    caplog.set_level("INFO")
    operator, platform = serve_module._Operator("telegram:9"), Platform()
    platform.clock = lambda: None
    operator.adapters = [platform]
    await operator("a word")
    await asyncio.gather(*operator._telling)
    assert platform.posts[0].words.startswith("a word")
    assert Sent.__name__ in caplog.text


async def test_a_process_that_is_stopped_waits_for_no_source(tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.asked_process", str(tmp_path / "x.db"),
        cwd=Path(__file__).parents[2], env={"PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while b"asked" not in await process.stdout.readline():
                pass
            process.terminate()
            log = (await process.stdout.read()).decode()
            assert await process.wait() == 0, log
    finally:
        if process.returncode is None:
            process.kill()
    assert "nobody waits for it" in log
    assert "Traceback" not in log


# a store that takes nothing


def test_days_are_decided_and_prices_age_while_the_store_takes_nothing(house, monkeypatch):
    def full(_work):
        raise FULL

    monkeypatch.setattr(house.database, "write", full)
    before = house.decided
    house.tick(12 * 30)
    assert house.decided == before + 2 * DAY
    assert house.desk.current.quotes[BTC].at > house.clock() - 2 * MINUTES


def test_news_that_no_snapshot_could_be_made_of_are_not_forgotten(house, monkeypatch):
    def unreadable(*_args, **_more):
        raise FULL

    house.keeper._news.set()
    with monkeypatch.context() as patch:
        patch.setattr(keeper_module, "load", unreadable)
        with pytest.raises(StoreError):
            house.keeper.snapshot()
    assert house.keeper.has_news()
    assert house.keeper.snapshot() is not None
    assert not house.keeper.has_news()


async def test_an_evaluation_that_failed_is_owed_whatever_another_one_did(here):
    gate, count = threading.Event(), []

    class Herald:
        def evaluate(self):
            count.append(1)
            if len(count) == 1:
                gate.wait(10)
                return 0
            raise FULL

    here.post.herald = Herald()
    looks = [asyncio.create_task(here.post.swapped()) for _ in range(2)]
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(*looks)
    assert here.post._owed


async def test_a_chat_that_moves_while_events_are_counted_hears_of_them(here, sample, monkeypatch):
    last = sample.timeline.last

    def work(db):
        settle(db, A, here.clock(), events="on")
        go_live(db, here.clock())
        set_told_of(db, last - DAY)

    def moving(*_args, sensitive):
        if not sensitive and not moves:
            moves.append(1)
            here.write(lambda db: move(db, A, MOVED))
        return (Event(EventKind.HEAT, last, "80", "", 83.0),)

    moves: list[int] = []
    here.write(work)
    monkeypatch.setattr(herald_module, "_events", moving)
    await here.post.swapped()
    assert here.post._owed
    await here.post._prices()
    await here.settle()
    assert [p.place.chat for p in here.platforms[0].posts] == [MOVED]


async def test_who_asks_before_anything_is_known_is_answered_also_then():
    def unreadable():
        raise FULL

    desk = Desk(None, progress=unreadable)
    assert (await desk.answer(request_of("/rotation"))).failed
    desk.close()


async def test_a_picture_that_failed_for_others_is_drawn_for_the_next(monkeypatch):
    gate, count = threading.Event(), []

    def painted(_chart, _theme):
        count.append(1)
        if len(count) == 1:
            gate.wait(10)
            raise MemoryError
        return b"png"

    monkeypatch.setattr(desk_module, "_painted", painted)
    desk = Desk(None)
    first = asyncio.create_task(desk.draw(chart()))
    await asyncio.sleep(0.05)
    first.cancel()
    gate.set()
    (drawing,) = desk._pictures.values()
    await asyncio.wait([first, drawing])
    assert (await desk.draw(chart())).png == b"png"
    desk.close()


# a clock that is wrong


def test_after_a_clock_was_ahead_everything_goes_on_as_before(house):
    before = house.decided
    house.clock.time += 3 * DAY
    house.tick(2)
    assert house.decided == before + 3 * DAY, "no source has said what time it is"
    house.clock.time -= 3 * DAY
    house.tick(1)
    assert house.decided == before
    assert house.desk.current.quotes[BTC].at > house.clock() - 2 * MINUTES
    house.tick(12 * 24)
    assert house.decided == before + DAY


def test_no_decision_of_the_future_where_sources_say_what_time_it_is(house):
    before = house.decided
    house.clock.time += 3 * DAY
    house.core.ahead = 3 * DAY
    house.tick(2)
    assert house.decided == before


def test_one_source_alone_may_be_the_one_that_is_wrong():
    now, hour = dt.datetime(2026, 6, 30, 12), dt.timedelta(hours=1)
    assert believed(now, []) == believed(now, [None]) == now
    assert believed(now, [None, hour, dt.timedelta(0), dt.timedelta(0)]) == now
    assert believed(now, [hour, hour, dt.timedelta(0)]) == now - hour
    assert believed(now, [-hour, -hour, -hour]) == now
    assert believed(now, [dt.timedelta(minutes=3)]) == now


def test_what_was_put_off_by_a_clock_that_was_ahead_is_due_at_once(house):
    house.clock.time += 3 * DAY
    house.core.fault = lambda _: FeedError("out of order")
    house.tick(2)
    house.core.fault = lambda _: None
    house.clock.time -= 3 * DAY
    assert all(item.is_due(house.clock()) for item in house.keeper._standings().values())


async def test_events_are_told_again_after_a_clock_that_was_ahead(here, sample):
    last = sample.timeline.last
    here.clock.moment = dt.datetime.combine(last + DAY, dt.time(12))

    def work(db):
        go_live(db, here.clock())
        set_told_of(db, last + 3 * DAY)

    here.write(work)
    await here.post.swapped()
    assert here.read(told_of) == last


def test_digests_that_a_clock_has_put_off_come_again(here):
    right = here.clock()
    for chat, days in ((A, 127), (MOVED, 0b1)):
        here.write(lambda db, c=chat, d=days: subscribe(db, chat=c, now=right, days=d))
    due = [here.read(lambda db, c=chat: digest_of(db, chat=c)).due_at for chat in (A, MOVED)]
    here.clock.moment += dt.timedelta(days=300)
    here.post.herald.post_due()
    here.clock.moment = right
    assert here.read(lambda db: digest_of(db, chat=A)).due_at > due[0] + 200 * DAY
    asyncio.run(here.post._tidy())
    again = [here.read(lambda db, c=chat: digest_of(db, chat=c)).due_at for chat in (A, MOVED)]
    assert again == due
    assert here.read(missed) == 0, "of days that have not come"
    here.clock.moment = due[0]
    assert here.post.herald.post_due() == 1


def missed(db):
    return db.execute("SELECT count(*) FROM deliveries WHERE state = 'skipped'").fetchone()[0]


# a kill while the timeline is kept


def test_what_a_killed_process_left_beside_the_kept_timeline_is_cleared_up(tmp_path, sample):
    path, old = tmp_path / "timeline", time.time() - 2 * kept.LEFT_AFTER
    left, fresh = (tmp_path / f"timeline.{name}{kept.UNFINISHED}" for name in ("old", "new"))
    for file in (left, fresh):
        file.write_bytes(b"half of it")
    os.utime(left, (old, old))
    kept.write(path, "name", Kept(Evidence.of(sample.timeline), Hindsight()))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["timeline", fresh.name]
