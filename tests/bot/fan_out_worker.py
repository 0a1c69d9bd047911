"""A process that sends what is in the outbox of a store, through a real adapter, until it is
killed: ``python -m tests.bot.fan_out_worker STORE PLATFORM URL GATEWAY TOKEN``.
"""

import asyncio
import datetime as dt
import sys
from pathlib import Path

from bot.desk import Desk
from bot.post_office import PostOffice
from commands import REGISTRY
from storage.database import Database


def now():
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def adapter_of(platform, desk, url, gateway, token):
    if platform == "telegram":
        from bot.telegram_adapter import TelegramAdapter

        return TelegramAdapter(token, desk.answer, desk.draw, REGISTRY, api_url=url, pace=0)
    from bot.discord_adapter import DiscordAdapter

    return DiscordAdapter(
        token, desk.answer, desk.draw, REGISTRY, lambda: None, api_url=url, gateway_url=gateway
    )


async def main(store, platform, url, gateway, token):
    with Database(Path(store)) as database:
        desk = Desk(object(), store=database, now=now)  # a word of the operator needs no market
        adapter = adapter_of(platform, desk, url, gateway, token)
        office = PostOffice(database, desk, now)
        office.new_prices = lambda: False
        office.open([adapter])
        await asyncio.gather(adapter.run(), office.run())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
