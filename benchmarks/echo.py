"""CPU time from an update to its answer, warm, as a text, against a minimal echo bot.

Ours is the real adapter with the real desk and registry on sample data; the other is the smallest
bot that the same library allows. Each is a process of its own before a stand-in server of its own,
and both are asked in turns, so that what else the machine does meets both alike. What counts is
CPU time of the bot's process, all threads, per answer: medians over the rounds, of the ratio too.

    python -m benchmarks.echo
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

ROUNDS, A_ROUND, WARM_UP = 21, 40, 80
GOAL = 1.3
TELEGRAM_TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
DISCORD_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab"
LINES = ("help", "start")
"""Texts whose facts are ready, so that the way there and back is measured; READING shows what a
handler adds that reads the whole decision of a day."""
READING = ("status",)

Ask = Callable[[str], Awaitable[None]]


# the bots, each in a process of its own


async def _report() -> None:
    """CPU seconds used so far, on every line that comes in; until the input ends."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(time.process_time(), flush=True)


async def _ours(platform: str, address: str, gateway: str) -> None:
    import gc

    from bot.app import snapshot
    from bot.desk import Desk
    from commands import REGISTRY

    desk = Desk(snapshot())
    gc.collect()
    gc.freeze()  # as bot.serve does
    if platform == "telegram":
        from bot.telegram_adapter import TelegramAdapter

        adapter = TelegramAdapter(
            TELEGRAM_TOKEN, desk.answer, desk.draw, REGISTRY, api_url=address, pace=0
        )
    else:
        from bot.discord_adapter import DiscordAdapter

        adapter = DiscordAdapter(
            DISCORD_TOKEN, desk.answer, desk.draw, REGISTRY, lambda: desk.current,
            api_url=address, gateway_url=gateway,
        )  # fmt: skip
    serving = asyncio.create_task(adapter.run())
    await _report()
    await adapter.close()
    await serving
    desk.close()


async def _telegram_echo(address: str) -> None:
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.message.reply_text(update.message.text)

    app = Application.builder().token(TELEGRAM_TOKEN).base_url(f"{address}/bot").build()
    app.add_handler(MessageHandler(filters.TEXT, echo))
    async with app:
        await app.start()
        await app.updater.start_polling()
        await _report()
        await app.updater.stop()
        await app.stop()


async def _discord_echo(address: str, gateway: str) -> None:
    import discord
    import yarl

    discord.http.Route.BASE = address
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)

    class Echo(discord.Client):
        async def setup_hook(self) -> None:
            await tree.sync()

    client = Echo(intents=discord.Intents.none())
    tree = discord.app_commands.CommandTree(client)

    @tree.command(name="echo", description="Say the same")
    async def echo(interaction: discord.Interaction, text: str) -> None:
        await interaction.response.send_message(text)

    serving = asyncio.create_task(client.start(DISCORD_TOKEN))
    await _report()
    await client.close()
    await asyncio.wait({serving})


# the measurement


class Bot:
    """A bot's process, and its CPU time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def cpu(self) -> float:
        self._process.stdin.write(b"\n")
        return float(await self._process.stdout.readline())


@asynccontextmanager
async def _running(*words: str):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.echo", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Bot(process)
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 30)


@asynccontextmanager
async def _telegram(kind: str):
    from tests.servers.telegram import TelegramServer

    async with TelegramServer(token=TELEGRAM_TOKEN) as server:
        ann = server.private()
        async with _running(kind, "telegram", f"http://127.0.0.1:{server.port}") as bot:

            async def ask(line: str) -> None:
                await ann.say(f"/{line}")
                await ann.next_message(30)

            yield bot, ask


@asynccontextmanager
async def _discord(kind: str):
    from tests.servers.discord_server import DiscordServer

    async with DiscordServer(token=DISCORD_TOKEN) as server:
        guild = server.guild("The Den")
        channel, bob = guild.text_channel("general"), guild.member("bob")
        async with _running(kind, "discord", server.api_url, server.gateway_url) as bot:
            await server.until(lambda: server.published_commands, 60)
            await server.bot_is_online()

            async def ask(line: str) -> None:
                if kind == "echo":
                    await bob.slash(channel, "echo", text=line)
                else:
                    await bob.slash(channel, line)

            yield bot, ask


async def _milliseconds(bot: Bot, ask: Ask, count: int, lines: tuple[str, ...] = LINES) -> float:
    before = await bot.cpu()
    for number in range(count):
        await ask(lines[number % len(lines)])
    return (await bot.cpu() - before) / count * 1000


async def _compared(platform: str) -> dict[str, float]:
    serve = _telegram if platform == "telegram" else _discord
    async with serve("ours") as ours, serve("echo") as echo:
        for bot, ask in (ours, echo):
            await _milliseconds(bot, ask, WARM_UP)
        mine, other = [], []
        for _round in range(ROUNDS):
            mine.append(await _milliseconds(*ours, A_ROUND))
            other.append(await _milliseconds(*echo, A_ROUND))
        reading = await _milliseconds(*ours, A_ROUND, READING)
    return {
        f"{platform} ours, ms": statistics.median(mine),
        f"{platform} echo, ms": statistics.median(other),
        f"{platform} /status, ms": reading,
        f"{platform} ratio": statistics.median(
            one / two for one, two in zip(mine, other, strict=True)
        ),
    }


def measure() -> dict[str, float]:
    """CPU milliseconds per answer of ours and of the echo, and their ratio, by platform."""
    found: dict[str, float] = {}
    for platform in ("telegram", "discord"):
        found |= asyncio.run(_compared(platform))
    return found


def main(words: list[str]) -> None:
    if not words:
        for name, value in measure().items():
            goal = f"   (goal: at most {GOAL})" if name.endswith("ratio") else ""
            print(f"{name:22} {value:6.2f}{goal}")
        return
    kind, platform, address, gateway = [*words, ""][:4]
    if kind == "ours":
        asyncio.run(_ours(platform, address, gateway))
    elif platform == "telegram":
        asyncio.run(_telegram_echo(address))
    else:
        asyncio.run(_discord_echo(address, gateway))


if __name__ == "__main__":
    main(sys.argv[1:])
