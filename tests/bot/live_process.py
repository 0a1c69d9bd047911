"""`spillover run` between stand-in vendors: python -m tests.bot.live_process WISHES.

WISHES is a file of JSON: the vendors' ``urls``, CoinGecko's ``per_minute``, and the time ``now``,
which is read again whenever the process looks at the clock.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import sys
from pathlib import Path

import stamina

import bot.scheduler
from bot import serve
from bot.__main__ import main

wishes = Path(sys.argv[1])


def now() -> dt.datetime:
    return dt.datetime.fromisoformat(json.loads(wishes.read_text())["now"])


told = json.loads(wishes.read_text())
stamina.set_testing(True, attempts=2)
serve.utc_now = now
serve.keeper = functools.partial(serve.keeper, urls=told["urls"], per_minute=told["per_minute"])
serve.Desk = functools.partial(serve.Desk, now=now)
bot.scheduler.Scheduler.run.__defaults__ = (0.3,)
bot.scheduler.PAUSE, bot.scheduler.APART = 0.2, 2.0
main(["run"])
