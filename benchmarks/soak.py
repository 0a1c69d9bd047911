"""The real process between both stand-in servers, with questions and faults: `make soak`.

People ask at random on both platforms while connections are reset, replies are lost, servers
answer 429 and 500 or are away for seconds, and Discord's gateway drops, reconnects and forgets
sessions. At the end all is calm, and then:

- everybody gets an answer at once on both platforms;
- each of Telegram's updates has been answered exactly once, and so has each of Discord's
  interactions that it says were taken (Discord itself keeps none for later);
- the log holds no fault of ours and no token, and memory does not grow any more.

    python -m benchmarks.soak [seconds]
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from commands import COMMANDS
from tests.bot.test_process import options_of
from tests.bot.test_run import DISCORD_TOKEN, filled, running
from tests.servers.discord_server import DiscordServer, NoAnswerError
from tests.servers.telegram import TelegramServer

SECONDS, CALM, PEOPLE = 600.0, 40.0, 6
CALM_QUESTIONS = 6
OUR_FAULT = re.compile(r" (ERROR|CRITICAL) (bot|commands|storage|feeds|asyncio)\b")
"""The libraries log a traceback for every lost connection; that is what the faults are for."""
LINES = [(command, line) for command in COMMANDS for line in command.examples]


@dataclass
class Tally:
    """What was asked and what came of it."""

    counts: Counter = field(default_factory=Counter)
    slowest: Counter = field(default_factory=Counter)
    over: bool = False

    def took(self, platform: str, seconds: float) -> None:
        self.counts[f"{platform} answered"] += 1
        self.slowest[platform] = max(self.slowest[platform], seconds)


async def _telegram_person(server: TelegramServer, tally: Tally) -> None:
    person = server.private()
    while not tally.over:
        _command, line = random.choice(LINES)
        await person.say(line)
        tally.counts["telegram asked"] += 1
        begun = time.monotonic()
        with contextlib.suppress(AssertionError):
            await person.next_message(20)
            tally.took("telegram", time.monotonic() - begun)
        await asyncio.sleep(random.uniform(0.2, 1.5))


async def _discord_person(person: object, channel: object, tally: Tally) -> None:
    while not tally.over:
        command, line = random.choice(LINES)
        tally.counts["discord asked"] += 1
        begun = time.monotonic()
        with contextlib.suppress(NoAnswerError):
            await person.slash(channel, command.name, **options_of(command, line))
            tally.took("discord", time.monotonic() - begun)
        await asyncio.sleep(random.uniform(0.2, 1.5))


async def _faults(telegram: TelegramServer, discord: DiscordServer, tally: Tally) -> None:
    async def telegram_away() -> None:
        async with telegram.outage():
            await asyncio.sleep(6)

    async def discord_away() -> None:
        await discord.outage()
        await asyncio.sleep(6)
        await discord.recover()

    kinds = {
        "telegram 429": lambda: telegram.faults.flood(1, times=3),
        "telegram 502": lambda: telegram.faults.error(502, times=3),
        "telegram reset": lambda: telegram.faults.reset(times=3),
        "telegram lost reply": lambda: telegram.faults.lose_reply(times=3),
        "telegram away": telegram_away,
        "discord 429": lambda: discord.faults.rate_limit(0.5, times=3),
        "discord 500": lambda: discord.faults.fail(500, times=3),
        "discord reset": lambda: discord.faults.reset(times=3),
        "discord lost reply": lambda: discord.faults.lose_reply(times=3),
        "discord gateway dropped": discord.gateway.drop,
        "discord reconnect": discord.gateway.reconnect,
        "discord invalid session": discord.gateway.invalidate,
        "discord away": discord_away,
    }
    while not tally.over:
        for name in random.sample(sorted(kinds), len(kinds)):
            await asyncio.sleep(random.uniform(1.0, 4.0))
            if tally.over:
                break
            came = kinds[name]()
            if asyncio.iscoroutine(came):
                await came
            tally.counts[f"fault: {name}"] += 1


def _scraped(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as found:
        lines = found.read().decode().splitlines()
    return {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line[0] != "#"
    }


def _answered(found: dict[str, float]) -> int:
    return round(sum(v for name, v in found.items() if name.startswith("spillover_answers_total")))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _calm(telegram: TelegramServer, person: object, channel: object) -> list[str]:
    """Whether everybody gets an answer at once when all is well again."""
    problems = []
    ann = telegram.private()
    for _number in range(3):
        try:
            await ann.say("/help")
            await ann.next_message(5)
        except AssertionError:
            problems.append("Telegram is not answered after the faults")
        try:
            await person.slash(channel, "help")
        except NoAnswerError:
            problems.append("Discord is not answered after the faults")
    return problems


async def soak(seconds: float) -> list[str]:
    """What went wrong; prints what happened."""
    tally, port = Tally(), _free_port()
    folder = tempfile.TemporaryDirectory()
    store = filled(Path(folder.name) / "spillover.db")
    async with TelegramServer() as telegram, DiscordServer(token=DISCORD_TOKEN) as discord:
        guild = discord.guild("The Den")
        channel = guild.text_channel("general")
        people = [guild.member(f"p{n}", admin=True) for n in range(PEOPLE)]
        async with running(
            store, TELEGRAM_TOKEN=telegram.token, DISCORD_TOKEN=DISCORD_TOKEN,
            TELEGRAM_API_URL=telegram.base_url.removesuffix("/bot"), LOG_LEVEL="INFO",
            DISCORD_API_URL=discord.api_url, DISCORD_GATEWAY_URL=discord.gateway_url,
            METRICS_PORT=str(port),
        ) as ended:  # fmt: skip
            await discord.bot_is_online(seconds=90)
            await discord.until(lambda: discord.published_commands, 30)
            before = await asyncio.to_thread(_scraped, port)
            tasks = [asyncio.create_task(_telegram_person(telegram, tally)) for _ in people]
            tasks += [asyncio.create_task(_discord_person(one, channel, tally)) for one in people]
            tasks.append(asyncio.create_task(_faults(telegram, discord, tally)))
            await asyncio.sleep(seconds / 2)
            half = await asyncio.to_thread(_scraped, port)
            await asyncio.sleep(seconds / 2)
            tally.over = True
            await asyncio.gather(*tasks)
            telegram.faults.clear()
            discord.faults.clear()
            await asyncio.sleep(CALM)
            problems = await _calm(telegram, people[0], channel)
            after = await asyncio.to_thread(_scraped, port)
        problems += _judged(
            tally, (before, half, after), telegram.token, str(ended["log"]), ended["code"]
        )
    folder.cleanup()
    return problems


def _judged(tally: Tally, found: tuple, token: str, log: str, code: object) -> list[str]:
    before, _half, after = found
    for name, count in sorted(tally.counts.items()):
        print(f"{name:32} {count}")
    for platform, longest in tally.slowest.items():
        print(f"{platform + ', slowest answer':32} {longest:.1f} s")
    memory = [one["process_resident_memory_bytes"] / 2**20 for one in found]
    print(f"{'memory, MiB':32} " + " → ".join(f"{size:.0f}" for size in memory))
    handled = _answered(after) - _answered(before) - CALM_QUESTIONS
    asked = tally.counts["telegram asked"]
    least = asked + tally.counts["discord answered"]
    most = asked + tally.counts["discord asked"]
    print(f"{'handled':32} {handled} (from {least} to {most})")
    faults = [line for line in log.splitlines() if OUR_FAULT.search(line)]
    print("\n".join(faults[:20]))
    checks = {
        f"handled {handled}, not {least} to {most}": least <= handled <= most,
        f"exit code {code}": code == 0,
        "a fault of ours in the log": not faults,
        "a token in the log": token not in log and DISCORD_TOKEN not in log,
        "memory grows": memory[2] < memory[1] + 64,
    }
    return [name for name, well in checks.items() if not well]


def main() -> None:
    found = asyncio.run(soak(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
    print("\n".join(found) or "all well")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
