"""The running bot: adapters, clock and store in one process, each isolated from the others."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Sequence

from bot import logs
from bot.adapter import Adapter, Place
from bot.app import keeper
from bot.desk import Desk
from bot.scheduler import Scheduler
from bot.settings import Settings
from bot.telegram_wire import Webhook
from commands import REGISTRY
from commands.reply import Reply
from feeds.http import utc_now
from storage.database import Database

log = logging.getLogger(__name__)

NO_PLATFORM = (
    "No platform: set TELEGRAM_TOKEN or DISCORD_TOKEN in .env (the README says how to get one). "
    "Meanwhile the store is kept fresh; ask it with `spillover ask /rotation`."
)
RESTART_AFTER = 60.0
"""Seconds until an adapter that ended is started again."""


async def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. StoreError if the store cannot be used."""
    logs.set_up(
        settings.secrets(),
        level=settings.log_level,
        as_json=settings.log_format == "json",
        show_chats=settings.log_chats,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with Database(settings.store) as database:
        held = keeper(settings, database, utc_now)
        current = await asyncio.to_thread(held.snapshot)
        desk = Desk(current, theme=settings.theme, progress=held.progress)
        adapters = _adapters(settings, desk)
        if not adapters:
            print(NO_PLATFORM, file=sys.stderr, flush=True)  # noqa: T201 - for the operator's eyes
        scheduler = Scheduler(held, desk, utc_now, tell_operator=_operator(settings, adapters))
        gc.collect()
        gc.freeze()  # what is loaded now stays: a full collection would stall the loop
        tasks = [asyncio.create_task(scheduler.run(), name="scheduler")]
        tasks += [asyncio.create_task(_kept_up(a), name=a.name) for a in adapters]
        await stop.wait()
        await _wind_down(adapters, tasks, desk)


async def _kept_up(adapter: Adapter) -> None:
    """One platform's trouble never reaches another: it is logged and tried again."""
    while True:
        try:
            await adapter.run()
        except Exception:
            log.exception("%s ended; it starts again in %.0f s", adapter.name, RESTART_AFTER)
        else:
            log.warning("%s ended; it starts again in %.0f s", adapter.name, RESTART_AFTER)
        await asyncio.sleep(RESTART_AFTER)


async def _wind_down(
    adapters: Sequence[Adapter], tasks: Sequence[asyncio.Task[None]], desk: Desk
) -> None:
    """Finish what is in hand, then end everything."""
    log.info("stopping")
    await asyncio.gather(*(a.close() for a in adapters), return_exceptions=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    desk.close()


class _Operator:
    """Tells the operator's own chat, on whichever platform it is."""

    def __init__(self, chat: str, adapters: Sequence[Adapter]) -> None:
        self._place = Place(chat)
        self._adapters = [a for a in adapters if chat.startswith(f"{a.name}:")]

    async def __call__(self, words: str) -> None:
        for adapter in self._adapters:
            outcome = await adapter.send(self._place, Reply(words))
            log.info("told the operator: %s", type(outcome).__name__)


def _operator(settings: Settings, adapters: Sequence[Adapter]) -> _Operator | None:
    return _Operator(settings.operator_chat, adapters) if settings.operator_chat else None


def _adapters(settings: Settings, desk: Desk) -> list[Adapter]:
    """Those whose token is set; each library is imported only then."""
    found: list[Adapter] = []
    if settings.telegram_token:
        from bot.telegram_adapter import TelegramAdapter

        found.append(
            TelegramAdapter(
                settings.telegram_token,
                desk.answer,
                desk.draw,
                REGISTRY,
                api_url=settings.telegram_api_url or None,
                webhook=_webhook(settings),
            )
        )
    if settings.discord_token:
        from bot.discord_adapter import DiscordAdapter

        found.append(
            DiscordAdapter(
                settings.discord_token.get_secret_value(),
                desk.answer,
                desk.draw,
                REGISTRY,
                lambda: desk.current,
                api_url=settings.discord_api_url,
                gateway_url=settings.discord_gateway_url,
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
