"""The running bot: adapters, clock and store in one process, each isolated from the others."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial

from bot import logs, metrics
from bot.adapter import Adapter, Answer, Changed, Place, TokenRefusedError
from bot.app import cache_beside, keeper
from bot.desk import Desk
from bot.post_office import PostOffice
from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.state import Remembered
from bot.telegram_wire import Webhook
from commands import REGISTRY
from commands.reply import Reply
from commands.words import languages
from feeds.http import utc_now
from storage.database import Database
from storage.sources import health

log = logging.getLogger(__name__)

NO_PLATFORM = (
    "No platform: set TELEGRAM_TOKEN or DISCORD_TOKEN in .env (the README says how to get one). "
    "Meanwhile the store is kept fresh; ask it with `spillover ask /rotation`."
)
RESTART_AFTER = 60.0
"""Seconds until an adapter that ended is started again."""
TELL_WITHIN = 30.0
"""Seconds in which the operator is told something, or not at all."""
CLOSE_WITHIN, END_WITHIN = 20.0, 5.0
"""Seconds for the adapters to finish what is in hand, and for what is cut off then to end."""


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. StoreError if the store cannot be used."""
    logs.set_up(
        settings.secrets(),
        level=settings.log_level,
        as_json=settings.log_format == "json",
        show_chats=settings.log_chats,
    )
    stop = _told_to_stop()
    log.info("in %s, store %s", os.getcwd(), settings.store)  # noqa: PTH109 - no disk is asked
    with Database(settings.store) as database:
        held = keeper(settings, database, utc_now)
        current = await asyncio.to_thread(held.snapshot)
        desk = Desk(current, theme=settings.theme, progress=held.progress, store=database)
        numbers = metrics.start(settings.metrics_port, settings.metrics_listen)
        operator = _Operator(settings.operator_chat)
        post = PostOffice(
            database, desk, utc_now,
            language=settings.language, told=numbers.sent, tell_operator=operator,
        )  # fmt: skip
        adapters = _open(settings, desk, post, operator, numbers)
        numbers.watch(ages=lambda: _ages(database), queue=post.waiting)
        scheduler = Scheduler(
            held, desk, utc_now, tell_operator=operator, after_swap=lambda *_: post.swapped()
        )
        gc.collect()
        gc.freeze()  # what is loaded now stays: a full collection would stall the loop
        tasks = _begun(scheduler, post, adapters, stop)
        await stop.wait()
        held.stop()
        await post.close()
        stuck = await _wind_down(adapters, tasks, desk)
        numbers.close()
        await asyncio.to_thread(held.shelf.write)
    _leave(stuck, asking=scheduler.refreshing)


def _begun(
    scheduler: Scheduler, post: PostOffice, adapters: Sequence[Adapter], stop: asyncio.Event
) -> list[asyncio.Task[None]]:
    """All that goes on until the stop; where one of them ends by itself, the process stops."""
    tasks = [
        asyncio.create_task(scheduler.run(), name="scheduler"),
        asyncio.create_task(post.run(), name="outbox"),
    ]
    tasks += [asyncio.create_task(_kept_up(a, stop), name=a.name) for a in adapters]
    for task in tasks:
        task.add_done_callback(partial(_ended, stop))
    return tasks


def _told_to_stop() -> asyncio.Event:
    """Set by SIGINT or SIGTERM."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def _open(
    settings: Settings, desk: Desk, post: PostOffice, operator: _Operator, numbers: metrics.Metrics
) -> list[Adapter]:
    """The platforms, known to all who send."""
    adapters = _adapters(settings, desk, numbers.counting(desk.answer, REGISTRY), post.changed)
    operator.adapters = adapters
    post.open(adapters)
    if not adapters:
        log.warning(NO_PLATFORM)
    return adapters


def _ended(stop: asyncio.Event, task: asyncio.Task[None]) -> None:
    """None of them ends by itself. If one does, the process stops, for its keeper to restart."""
    if task.cancelled() or stop.is_set():
        return
    log.critical("%s has ended: the bot stops", task.get_name(), exc_info=task.exception())
    stop.set()


async def _kept_up(adapter: Adapter, stop: asyncio.Event) -> None:
    """One platform's trouble never reaches another: it is logged and tried again."""
    while not stop.is_set():
        log.info("%s: connecting", adapter.name)
        try:
            await adapter.run()
        except TokenRefusedError as error:
            log.error("%s", error)  # noqa: TRY400 - says all
        except Exception:
            log.exception("%s ended", adapter.name)
        if stop.is_set():
            return
        log.warning("%s starts again in %.0f s", adapter.name, RESTART_AFTER)
        await asyncio.sleep(RESTART_AFTER)


async def _wind_down(
    adapters: Sequence[Adapter], tasks: Sequence[asyncio.Task[None]], desk: Desk
) -> Sequence[str]:
    """Finish what is in hand, then end everything. The names of those that do not end."""
    log.info("stopping")
    closing = [asyncio.create_task(a.close(), name=a.name) for a in adapters]
    if closing:
        done, _late = await asyncio.wait(closing, timeout=CLOSE_WITHIN)
        for task in done:
            if (error := task.exception()) is not None:
                log.error("%s did not close well", task.get_name(), exc_info=error)
    for task in (*closing, *tasks):
        task.cancel()
    _ended, stuck = await asyncio.wait([*closing, *tasks], timeout=END_WITHIN)
    desk.close()
    return sorted({task.get_name() for task in stuck})


def _leave(stuck: Sequence[str], *, asking: bool) -> None:
    """End the process although something in it does not want to, or a source is still being asked:
    what that says has nowhere to go. The store is closed already.
    """
    if stuck:
        log.error("these did not end in time: %s", ", ".join(stuck))
    elif asking:
        log.info("a source is still being asked; nobody waits for it")
    else:
        return
    logging.shutdown()
    sys.stdout.flush()
    os._exit(1 if stuck else 0)


def _ages(database: Database) -> Mapping[str, float]:
    """Seconds since the last success of each source that ever had one."""
    with database.reading() as db:
        found = health(db)
    now = utc_now()
    return {
        item.source: (now - item.succeeded_at).total_seconds()
        for item in found
        if item.succeeded_at is not None
    }


class _Operator:
    """Tells the operator's own chat, on whichever platform it is; nobody where there is none. Who
    has something to tell does not wait for it: it may be just that platform that is down.
    """

    def __init__(self, chat: str) -> None:
        self._place = Place(chat)
        self.adapters: Sequence[Adapter] = ()
        self._telling: set[asyncio.Task[None]] = set()

    async def __call__(self, words: str) -> None:
        log.warning("for the operator: %s", words)
        for adapter in self.adapters:
            if self._place.chat.startswith(f"{adapter.name}:"):
                task = asyncio.create_task(self._tell(adapter, words))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)

    async def _tell(self, adapter: Adapter, words: str) -> None:
        try:
            async with asyncio.timeout(TELL_WITHIN):
                outcome = type(await adapter.send(self._place, Reply(words))).__name__
        except TimeoutError:
            outcome = f"not within {TELL_WITHIN:.0f} s"
        log.info("told the operator: %s", outcome)


def _adapters(
    settings: Settings, desk: Desk, answer: Answer, changed: Changed | None = None
) -> list[Adapter]:
    """Those whose token is set; each library is imported only then."""
    found: list[Adapter] = []
    if settings.telegram_token:
        from bot.telegram_adapter import TelegramAdapter

        found.append(
            TelegramAdapter(
                settings.telegram_token,
                answer,
                desk.draw,
                REGISTRY,
                api_url=settings.telegram_api_url or None,
                webhook=_webhook(settings),
                languages=languages()[1:],
                changed=changed,
                pace=settings.telegram_pace,
            )
        )
    if settings.discord_token:
        from bot.discord_adapter import DiscordAdapter

        found.append(
            DiscordAdapter(
                settings.discord_token.get_secret_value(),
                answer,
                desk.draw,
                REGISTRY,
                lambda: desk.current,
                api_url=settings.discord_api_url,
                gateway_url=settings.discord_gateway_url,
                languages=languages()[1:],
                state=Remembered(cache_beside(settings.store) / "discord.json"),
                changed=changed,
            )
        )
    return found


def _webhook(settings: Settings) -> Webhook | None:
    if not settings.telegram_webhook_url:
        return None
    return Webhook(
        settings.telegram_webhook_url,
        settings.telegram_webhook_listen,
        settings.telegram_webhook_port,
        settings.telegram_webhook_secret,
    )
