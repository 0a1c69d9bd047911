"""`spillover run` whose only source never answers: python -m tests.bot.asked_process STORE."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from bot import serve
from bot.keeper import Keeper
from bot.settings import Settings
from feeds.feed import Task


class Silent:
    source, name, verified, ahead = "yahoo", "Yahoo", True, None

    def tasks(self):
        return (Task("yahoo/RUT", "yahoo", ("RUT",)),)

    def fetch(self, _task, _since):
        print("asked", flush=True)
        time.sleep(600)


def keeper(_settings, database, now):
    return Keeper(database, (Silent(),), now)


if __name__ == "__main__":
    serve.keeper = keeper
    asyncio.run(serve.serve(Settings(_env_file=None, SPILLOVER_STORE=Path(sys.argv[1]))))
