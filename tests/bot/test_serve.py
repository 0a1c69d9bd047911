"""How the running bot winds down, and what it keeps between two runs."""

import asyncio
import json
import os
import subprocess
import sys
import textwrap

import pytest

from bot import serve
from bot.state import Remembered
from tests.bot import discord_rig
from tests.bot.discord_rig import house

quick_discord = discord_rig.quick_discord


class Platform:
    """An adapter that closes as it is told to."""

    def __init__(self, name, close):
        self.name, self._close, self.closed = name, close, False

    async def run(self):
        await asyncio.Event().wait()

    async def close(self):
        await self._close()
        self.closed = True


class NoDesk:
    def close(self):
        pass


async def at_once():
    pass


async def never():
    await asyncio.Event().wait()


async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def raising():
    raise RuntimeError("broken")


async def wound_down(monkeypatch, *closes):
    monkeypatch.setattr(serve, "CLOSE_WITHIN", 0.1)
    monkeypatch.setattr(serve, "END_WITHIN", 0.1)
    adapters = [Platform(close.__name__, close) for close in closes]
    tasks = [asyncio.create_task(adapter.run(), name=adapter.name) for adapter in adapters]
    tasks.append(asyncio.create_task(never(), name="scheduler"))
    async with asyncio.timeout(5):
        stuck = await serve._wind_down(adapters, tasks, NoDesk())
    return adapters, stuck


async def test_a_platform_that_hangs_or_fails_keeps_none_from_ending(monkeypatch, caplog):
    adapters, stuck = await wound_down(monkeypatch, at_once, never, raising)
    assert [adapter.closed for adapter in adapters] == [True, False, False]
    assert stuck == []
    assert "raising did not close well" in caplog.text


async def test_without_a_platform_it_ends_too(monkeypatch):
    assert await wound_down(monkeypatch) == ([], [])


def test_the_process_ends_even_if_something_in_it_does_not_want_to():
    code = textwrap.dedent("""
        import asyncio
        from bot import serve
        from tests.bot.test_serve import NoDesk, Platform, stubborn

        async def main():
            serve.CLOSE_WITHIN = serve.END_WITHIN = 0.2
            platform = Platform("stubborn", stubborn)
            tasks = [asyncio.create_task(platform.run())]
            stuck = await serve._wind_down([platform], tasks, NoDesk())
            serve._leave(stuck, asking=False)

        asyncio.run(main())
    """)
    ended = subprocess.run(
        [sys.executable, "-c", code], timeout=60, capture_output=True, text=True, env=os.environ,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "did not end in time: stubborn" in ended.stderr


@pytest.mark.usefixtures("quick_discord")
async def test_a_restart_publishes_nothing(tmp_path, sample):
    path = tmp_path / "discord.json"
    async with house(sample) as place:
        for _run in range(2):
            async with place.awake(state=Remembered(path)):
                await asyncio.sleep(0.1)
        assert len(place.server.log.of("PUT *")) == 1
    (key,) = json.loads(path.read_text())
    assert key.endswith(":published")


def test_what_cannot_be_read_or_written_is_begun_anew(tmp_path, caplog):
    for text in ("{", "[1]", ""):
        (tmp_path / "x.json").write_text(text)
        assert Remembered(tmp_path / "x.json") == {}
    kept = Remembered(tmp_path / "nowhere" / "x.json")
    kept["a"] = "b"
    assert kept == {"a": "b"}
    assert "was not written" in caplog.text
