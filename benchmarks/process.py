"""The real process between both platforms' stand-in servers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer

ROOT = Path(__file__).resolve().parents[1]
DISCORD_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab"


class Process:
    """It, and what it says of itself."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def report(self) -> dict[str, float]:
        """See ``benchmarks/served.py``: beats since the last time, memory."""
        self.process.stdin.write(b"\n")
        found: dict[str, float] = json.loads(await self.process.stdout.readline())
        return found


@asynccontextmanager
async def running(
    store: Path, telegram: TelegramServer | None, discord: DiscordServer | None = None
):
    """`spillover run` on a store, with the platforms that there are."""
    env = {
        "PATH": os.environ["PATH"], "SPILLOVER_STORE": str(store), "SPILLOVER_REFRESH": "false",
        "LOG_LEVEL": "WARNING", "TELEGRAM_PACE": "0",
    }  # fmt: skip
    if telegram is not None:
        env |= {"TELEGRAM_TOKEN": telegram.token}
        env |= {"TELEGRAM_API_URL": telegram.base_url.removesuffix("/bot")}
    if discord is not None:
        env |= {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        env |= {"DISCORD_GATEWAY_URL": discord.gateway_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.served", cwd=ROOT, env=env,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)
