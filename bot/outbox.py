"""What goes out unasked: claimed in the store, built at the moment of sending, marked after.

A message is in hand from its claim to its mark. If the process dies between the two, the
message is handed out again at the next start: so nothing is lost, and only what was in flight
can come twice (on Discord not even that, while its nonce is remembered).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from sqlite_utils import Database as Tables

from bot.adapter import Adapter, Gone, Moved, Outcome, Place, Rejected, Retry, Sent
from bot.herald import Herald, Letter, Unsent
from commands.words import speak
from storage import deliveries
from storage.chats import chat_of, leave_topic, move, pause, tell
from storage.database import Database
from storage.deliveries import Delivery
from storage.errors import StoreError
from storage.wall_time import quiet_until

log = logging.getLogger(__name__)

IN_FLIGHT = 16
"""Messages of one platform that are on their way at a time: so many can come twice."""
IDLE = 2.0
"""Seconds between two looks at an empty outbox; a nudge comes sooner."""
SHORTEST_RETRY, LONGEST_RETRY = 1.0, 900.0
MOST_FAULTS, FAULT_PAUSE = 5, 60.0
"""A message that this program cannot make is tried so often, so many seconds apart."""
BREATH = 3
"""After so many failures in a row the whole platform is left alone for a while."""
LONGEST_BREATH = 60.0

Told = Callable[[str, Outcome], None]
"""Told how each sending has ended, by platform."""


@dataclass
class Outbox:
    """The messages of one platform. ``changed`` is told of chats whose settings have changed."""

    adapter: Adapter
    database: Database
    herald: Herald
    now: Callable[[], dt.datetime]
    changed: Callable[[str], None] = lambda _chat: None
    told: Told = lambda _platform, _outcome: None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    in_flight: int = IN_FLIGHT

    def __post_init__(self) -> None:
        self._nudged = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Event()
        self._failures = 0
        self._resume_at = 0.0
        self.failing_since: dt.datetime | None = None
        """Since when nothing gets through, be it the platform or the store; None while it does."""
        self._stopping = False
        self._stranded: set[int] = set()
        """Claimed and surely not sent: what no task has in hand is to be given back."""
        self._sent: dict[int, tuple[Delivery, Letter, Sent]] = {}
        """Sent and not yet marked: never to be sent again, to be marked once the store allows."""
        self._faults: Counter[int] = Counter()

    def nudge(self) -> None:
        """There is something new."""
        self._nudged.set()

    async def run(self) -> None:
        """Send what is due until stopped. A fault of the store is logged and passes."""
        while not self._stopping:
            try:
                sent = await self.once()
            except StoreError as error:
                log.error("the outbox: %s", error)  # noqa: TRY400 - in plain words already
                sent = 0
            except Exception:
                log.exception("the outbox")
                sent = 0
            if not sent:
                self._nudged.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE):
                        await self._nudged.wait()

    async def once(self) -> int:
        """Take into hand what there is room for, and send it side by side, one at a time to
        each chat. Returns how many were taken, once there is room again.
        """
        await self._breathe()
        if self._stopping or self.herald.current() is None:
            return 0
        try:
            taken = await self._claimed()
        except StoreError:
            self.failing_since = self.failing_since or self.now()
            raise
        if self._stopping:  # meanwhile: nobody would mark what is sent now
            await self._unstrand()
            return 0
        if not self._failures:
            self.failing_since = None  # the store takes it again
        for delivery in taken:
            if delivery.chat in self._busy:
                await self._unclaim(delivery)
                continue
            task = asyncio.create_task(self._deliver(delivery), name=str(delivery.id))
            self._busy[delivery.chat] = task
            task.add_done_callback(partial(self._free, delivery.chat))
        if len(self._busy) >= self.in_flight:
            self._room.clear()
            await self._room.wait()
        return len(taken)

    async def _claimed(self) -> list[Delivery]:
        """Taken into hand: as much as there is room for."""
        await self._unstrand()
        room = self.in_flight - len(self._busy)
        taken = await self.database.write_async(
            lambda db: deliveries.claim(db, self.adapter.name, self.now(), room, tuple(self._busy))
        )
        self._stranded.update(delivery.id for delivery in taken)
        return taken

    async def drain(self) -> None:
        """Wait until nothing is in hand."""
        while self._busy:
            await asyncio.wait(self._busy.values())

    async def stop(self, patience: float) -> None:
        """Take nothing more, and wait a while for what is in flight; the rest is kept."""
        self._stopping = True
        self.nudge()
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=patience)
        with suppress(StoreError):
            await self._unstrand()

    def _free(self, chat: str, task: asyncio.Task[None]) -> None:
        self._busy.pop(chat, None)
        self._room.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a message was not sent", exc_info=task.exception())

    async def _breathe(self) -> None:
        """Nothing gets through: leave the platform alone for a while."""
        wait = self._resume_at - asyncio.get_running_loop().time()
        if wait > 0:
            await self.sleep(wait)

    async def _deliver(self, delivery: Delivery) -> None:
        """One message from hand to mark. A fault of ours costs this message alone: it is tried
        again later, and given up if it never works.
        """
        try:
            await self._take(delivery)
        except StoreError as error:
            log.error("a message stays in hand: %s", error)  # noqa: TRY400 - in plain words already
        except Exception:
            log.exception("message %d could not be made or sent", delivery.id)
            if delivery.id in self._sent:
                return
            self._faults[delivery.id] += 1
            if self._faults[delivery.id] < MOST_FAULTS:
                await self._again(delivery, Retry(FAULT_PAUSE))
            else:
                await self._mark(delivery, deliveries.REJECTED, "a fault of the bot, see its log")

    async def _unclaim(self, delivery: Delivery) -> None:
        """Out of hand again, at once or as soon as the store can be written."""
        await self.database.write_async(partial(deliveries.unclaim, id=delivery.id))
        self._stranded.discard(delivery.id)

    async def _unstrand(self) -> None:
        """Mark and give back what could not be before: all that nobody has in hand now."""
        held = {int(task.get_name()) for task in self._busy.values()}
        for id in self._sent.keys() - held:
            delivery, letter, outcome = self._sent[id]
            await self._mark(delivery, deliveries.SENT, outcome.message, letter)
        for id in self._stranded - held:
            await self.database.write_async(partial(deliveries.unclaim, id=id))
            self._stranded.discard(id)

    async def _take(self, delivery: Delivery) -> None:
        if self.now() - delivery.made_at > deliveries.GIVE_UP:
            await self._mark(delivery, deliveries.EXPIRED, "waited for days")
            return
        letter = await asyncio.to_thread(self.herald.letter, delivery)
        if isinstance(letter, Unsent):
            if letter.state == deliveries.WAITING:
                await self._hold(delivery)
            else:
                await self._mark(delivery, letter.state, letter.why)
            return
        outcome = await self._send(delivery, letter)
        if isinstance(outcome, Sent):
            self._stranded.discard(delivery.id)  # it stands: nobody else is to send it
            self._sent[delivery.id] = delivery, letter, outcome
        self.told(self.adapter.name, outcome)
        self._count(outcome)
        await self._settle(delivery, letter, outcome)

    async def _send(self, delivery: Delivery, letter: Letter) -> Outcome:
        nonce = f"{delivery.id:x}"
        speak(letter.language)
        place = Place(delivery.chat, letter.thread)
        outcome = await self.adapter.send(place, letter.reply, silent=letter.silent, nonce=nonce)
        if not isinstance(outcome, Rejected):
            return outcome
        log.warning("a message to %s was refused, plainly then: %s", delivery.chat, outcome.reason)
        plain = replace(letter.reply, chart=None, buttons=(), menus=(), forms=(), document=None)
        return await self.adapter.send(place, plain, silent=letter.silent, nonce=f"{nonce}p")

    def _count(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Retry):
            self._failures, self.failing_since = 0, None
            return
        self.failing_since = self.failing_since or self.now()
        self._failures += 1
        if self._failures >= BREATH:
            pause = min(max(outcome.after, SHORTEST_RETRY), LONGEST_BREATH)
            self._resume_at = asyncio.get_running_loop().time() + pause

    async def _settle(self, delivery: Delivery, letter: Letter, outcome: Outcome) -> None:
        """Write down how it ended."""
        match outcome:
            case Sent():
                await self._mark(delivery, deliveries.SENT, outcome.message, letter)
            case Retry():
                await self._again(delivery, outcome)
            case Gone(topic=True) if letter.thread is not None:
                log.info("%s has lost its topic: %s", delivery.chat, outcome.reason)
                await self._to_main_chat(delivery, letter.thread)
            case Gone():
                log.info("%s is paused: %s", delivery.chat, outcome.reason)
                await self._mark(delivery, deliveries.GONE, outcome.reason)
            case Moved():
                await self._moved(delivery, outcome.to)
            case Rejected():
                log.error("a message to %s was refused: %s", delivery.chat, outcome.reason)
                await self._mark(delivery, deliveries.REJECTED, outcome.reason)

    async def _again(self, delivery: Delivery, outcome: Retry) -> None:
        now = self.now()
        backoff = SHORTEST_RETRY * 2 ** min(delivery.attempts, 10)
        after = min(max(outcome.after, backoff), max(outcome.after, LONGEST_RETRY))
        later = now + dt.timedelta(seconds=after)
        await self.database.write_async(
            lambda db: deliveries.put_back(db, delivery.id, later, "to be tried again")
        )
        self._stranded.discard(delivery.id)

    async def _hold(self, delivery: Delivery) -> None:
        """Until the quiet hours end, as they stand in the transaction that puts it back: a change
        of settings in between makes it due at once.
        """
        now = self.now()

        def work(db: Tables) -> None:
            chat = chat_of(db, delivery.chat)
            deliveries.hold(db, delivery.id, quiet_until(now, chat.quiet, chat.timezone))

        await self.database.write_async(work)
        self._stranded.discard(delivery.id)

    async def _mark(
        self, delivery: Delivery, state: str, detail: str, letter: Letter | None = None
    ) -> None:
        now = self.now()

        def work(db: Tables) -> None:
            deliveries.mark(db, delivery.id, state, now, detail)
            if state == deliveries.GONE:
                pause(db, delivery.chat, detail)
            if letter is not None and letter.tells is not None:
                tell(db, delivery.chat, letter.tells)

        await self.database.write_async(work)
        self._stranded.discard(delivery.id)
        self._sent.pop(delivery.id, None)
        self._faults.pop(delivery.id, None)
        if state == deliveries.GONE or letter is not None:
            self.changed(delivery.chat)

    async def _to_main_chat(self, delivery: Delivery, thread: str) -> None:
        """The topic was closed or deleted: this message and all later ones go to the main chat.
        If that is gone too, the chat is paused.
        """
        now = self.now()

        def work(db: Tables) -> None:
            leave_topic(db, delivery.chat, thread)
            deliveries.put_back(db, delivery.id, now, "the topic is gone")

        await self.database.write_async(work)
        self._stranded.discard(delivery.id)
        self.changed(delivery.chat)
        self.nudge()

    async def _moved(self, delivery: Delivery, new: str) -> None:
        """The chat has a new id: everything moves along, and the message goes there."""
        now = self.now()

        def work(db: Tables) -> None:
            deliveries.put_back(db, delivery.id, now, "moved")
            move(db, delivery.chat, new)

        await self.database.write_async(work)
        self._stranded.discard(delivery.id)
        self.changed(delivery.chat)
        self.changed(new)
        self.nudge()
