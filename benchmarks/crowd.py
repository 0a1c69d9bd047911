"""A thousand people typing at once, half on each platform, before the real process.

Each asks at a random moment of half a minute, so slowly does a person type, one of the examples of
the commands at random; then, once more, all of them within the same second. The store holds 40
years. The stand-in servers and all people share one process; the bot has its own, with a heartbeat
on its loop. Discord's stand-in refuses what is not acknowledged within 3 s, as Discord does.

    python -m benchmarks.crowd
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.process import DISCORD_TOKEN, running
from benchmarks.warm import store
from commands import COMMANDS
from commands.registry import Access
from tests.bot.test_process import options_of
from tests.servers.discord_server import DiscordServer, NoAnswerError
from tests.servers.telegram import TelegramServer

PEOPLE, SPAN = 1_000, 30.0
LINES = [(command, line) for command in COMMANDS for line in command.examples]
READING = [(c, line) for c, line in LINES if c.access is Access.EVERYBODY]
PATIENCE = 30


@dataclass
class Tally:
    """What came of it, in seconds by platform."""

    took: dict[str, list[float]] = field(default_factory=lambda: {"telegram": [], "discord": []})
    failed: Counter = field(default_factory=Counter)
    late: int = 0
    """Interactions that Discord's stand-in gave up, after 3 s."""

    def figures(self, prefix: str) -> dict[str, float]:
        every = [one for spent in self.took.values() for one in spent]
        return {
            f"{prefix}_answered": len(every),
            f"{prefix}_errors": sum(self.failed.values()),
            f"{prefix}_late": self.late,
            f"{prefix}_telegram_p99_s": float(np.percentile(self.took["telegram"], 99)),
            f"{prefix}_discord_p99_s": float(np.percentile(self.took["discord"], 99)),
            f"{prefix}_p50_s": float(np.percentile(every, 50)),
            f"{prefix}_p99_s": float(np.percentile(every, 99)),
        }


async def _on_telegram(room, line: str, wait: float, tally: Tally) -> None:
    await asyncio.sleep(wait)
    begun = time.perf_counter()
    await room.say(line)
    try:
        message = await room.next_message(PATIENCE)
    except AssertionError:
        tally.failed["telegram"] += 1
        return
    tally.took["telegram"].append(time.perf_counter() - begun)
    tally.failed["telegram"] += "Incident" in (message.text or "")


async def _on_discord(person, channel, command, line: str, wait: float, tally: Tally) -> None:
    await asyncio.sleep(wait)
    begun = time.perf_counter()
    try:
        answer = await person.slash(channel, command.name, **options_of(command, line))
    except NoAnswerError:
        tally.failed["discord"] += 1
        tally.late += 1
        return
    tally.took["discord"].append(time.perf_counter() - begun)
    tally.failed["discord"] += "Incident" in answer.text


async def _everybody(rooms: list, people: list, channel, span: float, seed: int) -> Tally:
    dice, tally, tasks = random.Random(seed), Tally(), []
    for room in rooms:
        _command, line = dice.choice(LINES)
        tasks.append(_on_telegram(room, line, dice.uniform(0, span), tally))
    for person in people:
        command, line = dice.choice(LINES)
        wait = dice.uniform(0, span)
        tasks.append(_on_discord(person, channel, command, line, wait, tally))
    await asyncio.gather(*tasks)
    return tally


async def _measured() -> dict[str, float]:
    with store() as path:
        async with TelegramServer() as telegram, DiscordServer(token=DISCORD_TOKEN) as discord:
            guild = discord.guild("The Den")
            channel = guild.text_channel("general")
            people = [guild.member(f"p{n}", admin=True) for n in range(PEOPLE // 2)]
            rooms = [telegram.private() for _ in range(PEOPLE // 2)]
            async with running(path, telegram, discord) as process:
                await discord.bot_is_online(seconds=60)
                await discord.until(lambda: discord.published_commands, 60)
                await _everybody(rooms[:20], people[:20], channel, 2.0, 1)  # libraries are loaded
                await process.report()
                typing = (await _everybody(rooms, people, channel, SPAN, 2)).figures("typing")
                beats = await process.report()
                rush = (await _everybody(rooms, people, channel, 1.0, 3)).figures("rush")
                rushed = await process.report()
                with contextlib.suppress(Exception):
                    telegram.faults.clear()
    return (
        typing
        | rush
        | {
            "typing_stall_p99_ms": beats["p99_ms"],
            "typing_stall_max_ms": beats["max_ms"],
            "typing_stalls_over_50_ms": beats["over_50"],
            "typing_garbage_max_ms": beats["garbage_max_ms"],
            "rush_stall_max_ms": rushed["max_ms"],
            "resident_mib": rushed["resident_mib"],
        }
    )


def measure() -> dict[str, float]:
    """Seconds, milliseconds, and how many of each."""
    return asyncio.run(_measured())


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:10.3f}")
