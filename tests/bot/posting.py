"""A post office with a platform that only remembers, and a clock that is turned by hand."""

import asyncio
import contextlib
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from bot.adapter import Place, Sent
from bot.desk import Desk
from bot.post_office import PostOffice
from storage.database import Database

NOON = dt.datetime(2026, 7, 1, 12)


class Clock:
    def __init__(self, moment=NOON):
        self.moment = moment

    def __call__(self):
        return self.moment

    def turn(self, **span):
        self.moment += dt.timedelta(**span)


@dataclass
class Platform:
    """Takes every message, unless ``outcomes`` of a chat say otherwise, first to last."""

    name: str = "telegram"
    posts: list = field(default_factory=list)
    outcomes: dict = field(default_factory=lambda: defaultdict(list))
    clock: Clock = None
    wait: asyncio.Event = None
    most_at_once: int = 0
    _now: int = 0

    async def send(self, place: Place, reply, *, silent=False, nonce=""):
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await asyncio.sleep(0)
            if self.wait is not None:
                await self.wait.wait()
        finally:
            self._now -= 1
        scripted = self.outcomes[place.chat]
        outcome = scripted.pop(0) if scripted else Sent(str(len(self.posts)))
        if isinstance(outcome, Sent):
            self.posts.append(Post(place, reply, silent, nonce, self.clock and self.clock()))
        return outcome

    async def busy(self, count=1, seconds=15.0):
        """Waits until so many messages are in flight."""
        async with asyncio.timeout(seconds):
            while self._now < count:
                await asyncio.sleep(0.01)

    def to(self, chat):
        return [post for post in self.posts if post.place.chat == chat]


@dataclass
class Post:
    place: Place
    reply: object
    silent: bool
    nonce: str
    at: dt.datetime

    @property
    def words(self):
        return "\n".join([self.reply.headline, self.reply.reason, *self.reply.lines])


class Office:
    """A process: the store, a desk, the post office. Closing it is a restart."""

    def __init__(self, path, snapshot, clock=None, platforms=None):
        self.clock = clock or Clock()
        self.platforms = platforms or [Platform()]
        for platform in self.platforms:
            platform.clock = self.clock
        self.database = Database(path)
        self.desk = Desk(snapshot, store=self.database, now=self.clock)
        self.post = PostOffice(self.database, self.desk, self.clock)
        self.post.open(self.platforms)

    async def settle(self):
        """Everything that is due by now goes out."""
        while True:
            await asyncio.to_thread(self.post.herald.post_due)
            sent = [await outbox.once() for outbox in self.post.outboxes]
            for outbox in self.post.outboxes:
                await outbox.drain()
            if not any(sent):
                return

    async def decided(self, snapshot):
        """A new snapshot, and what it sets off."""
        self.desk.current = snapshot
        await self.post.swapped()
        await self.settle()

    def write(self, work):
        return self.database.write(work).result()

    def read(self, work):
        with self.database.reading() as db:
            return work(db)

    def close(self):
        self.desk.close()
        self.database.close()


@contextlib.contextmanager
def office(path, snapshot, **more):
    opened = Office(path, snapshot, **more)
    try:
        yield opened
    finally:
        opened.close()
