"""Starts and memory: `spillover ask`, `spillover run`, 100,000 chats.

Each start is a process of its own, in turns with one that only imports pandas, so that what else
the machine does meets both alike. The store holds 40 years, and has been used before.

    python -m benchmarks.start
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.process import DISCORD_TOKEN, ROOT, running
from benchmarks.warm import store
from storage.database import Database
from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer

ASKED, STARTED, CHATS = 11, 3, 100_000
PANDAS = (sys.executable, "-c", "import pandas")
ASK = (sys.executable, "-m", "bot", "ask", "/rotation")
SETTLE = 4.0


def measure() -> dict[str, float]:
    """Seconds and MiB; the ratio of ``ask`` to importing pandas is that of the same turn."""
    with store() as path:
        cold, pandas, ask, ratio = _asked(path)
        started = [asyncio.run(_first_answer(path)) for _ in range(STARTED)]
        idle = asyncio.run(_resident(path))
        _with_chats(path)
        many = asyncio.run(_resident(path))
    return {
        "ask_first_time_s": cold,
        "import_pandas_s": pandas,
        "ask_s": ask,
        "ask_to_pandas": ratio,
        "run_first_answer_s": statistics.median(started),
        "idle_mib": idle,
        "more_mib_with_100000_chats": many - idle,
    }


def _asked(path: Path) -> tuple[float, float, float, float]:
    env = {"PATH": os.environ["PATH"], "SPILLOVER_STORE": str(path)}

    def spent(command: tuple[str, ...]) -> float:
        begun = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
        return time.perf_counter() - begun

    spent(PANDAS)
    cold = spent(ASK)
    pairs = [(spent(PANDAS), spent(ASK)) for _ in range(ASKED)]
    ratio = statistics.median(ask / pandas for pandas, ask in pairs)
    pandas, ask = (statistics.median(column) for column in zip(*pairs, strict=True))
    return cold, pandas, ask, ratio


async def _first_answer(path: Path) -> float:
    """From the start of the process to its first answer; the question waits for it."""
    async with TelegramServer() as telegram:
        ann = telegram.private()
        await ann.say("/rotation")
        begun = time.perf_counter()
        async with running(path, telegram):
            await ann.next_message(60)
            return time.perf_counter() - begun


async def _resident(path: Path) -> float:
    """Memory of an idle process with both platforms, MiB, some seconds after its start."""
    async with TelegramServer() as telegram, DiscordServer(token=DISCORD_TOKEN) as discord:
        ann = telegram.private()
        async with running(path, telegram, discord) as process:
            await discord.bot_is_online(seconds=60)
            await discord.until(lambda: discord.published_commands, 60)
            await ann.say("/help")
            await ann.next_message(60)
            await asyncio.sleep(SETTLE)
            return (await process.report())["resident_mib"]


def _with_chats(path: Path) -> None:
    """So many chats, each with a digest, a threshold and a watch list of its own."""
    from benchmarks.outbox import fill_chats

    with Database(path) as database:
        fill_chats(database, CHATS, alerts=True, watches=True)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:10.2f}")
