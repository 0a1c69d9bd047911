"""Faults and rate limits of the stand-in Discord server, and what discord.py makes of them."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import discord
import pytest

from .discord_probe import Probe, den

pytestmark = pytest.mark.asyncio

SENDING = "POST /channels/*/messages"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library try again at once."""
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.02)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Shorten the library's pauses before a retry, and note them."""
    slept: list[float] = []
    real = asyncio.sleep

    async def nap(seconds: float) -> None:
        slept.append(seconds)
        await real(min(seconds, 0.01))

    class Shim:
        sleep = staticmethod(nap)

        def __getattr__(self, name: str) -> object:
            return getattr(asyncio, name)

    monkeypatch.setattr("discord.http.asyncio", Shim())
    monkeypatch.setattr("discord.webhook.async_.asyncio", Shim())
    return slept


async def test_a_rate_limit_delays_a_message_and_loses_nothing() -> None:
    async with den(sync=False) as place:
        fault = place.server.faults.rate_limit(0.1, rule=SENDING)
        began = time.monotonic()
        await place.here.send("digest")
        assert time.monotonic() - began >= 0.1
        assert [message.text for message in place.general.messages] == ["digest"]
        assert [one.status for one in place.server.log.of(SENDING)] == [429, 200]
        assert (fault.hits, place.server.log.invalid) == (1, 1)
        refused = place.server.log.of(SENDING)[0]
        assert refused.fault == "429"


async def test_a_global_rate_limit_stops_every_request() -> None:
    async with den(sync=False) as place:
        place.server.faults.rate_limit(0.1, rule=SENDING, everywhere=True)
        began = time.monotonic()
        sending = asyncio.create_task(place.here.send("digest"))
        await asyncio.sleep(0.03)
        await place.probe.fetch_user(place.ann.id)
        assert time.monotonic() - began >= 0.1
        await sending


async def test_a_ban_is_not_waited_for() -> None:
    async with den(sync=False) as place:
        place.server.faults.ban()
        with pytest.raises(discord.HTTPException) as error:
            await place.here.send("x")
        assert (error.value.status, error.value.code) == (429, 0)
        assert "1015" in error.value.text
        place.server.faults.clear()
        await place.here.send("x")


@pytest.mark.parametrize("status", [500, 502])
async def test_a_broken_server_is_asked_again(status: int, naps: list[float]) -> None:
    async with den(sync=False) as place:
        place.server.faults.fail(status, times=2, rule=SENDING)
        await place.here.send("digest")
        assert [one.status for one in place.server.log.of(SENDING)] == [status, status, 200]
        assert naps[:2] == [1, 3]
        assert len(place.general.messages) == 1
        place.server.faults.fail(status, times=5, rule=SENDING)
        with pytest.raises(discord.DiscordServerError):
            await place.here.send("digest")
        assert naps[2:] == [1, 3, 5, 7, 9]


async def test_a_503_is_not_asked_again(naps: list[float]) -> None:
    async with den(sync=False) as place:
        place.server.faults.fail(503, rule=SENDING)
        with pytest.raises(discord.DiscordServerError):
            await place.here.send("digest")
        assert not any(naps)


async def test_a_lost_reply_means_the_message_is_there() -> None:
    async with den(sync=False) as place:
        place.server.faults.lose_reply(rule=SENDING)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await place.here.send("digest", nonce="d1")
        assert [message.text for message in place.general.messages] == ["digest"]
        await place.here.send("digest", nonce="d1")
        assert len(place.general.messages) == 1
        assert [one.fault for one in place.server.log.of(SENDING)] == ["lost reply", ""]


async def test_a_reset_connection_is_not_tried_again_on_linux() -> None:
    async with den(sync=False) as place:
        place.server.faults.reset(rule=SENDING)
        with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
            await place.here.send("digest")
        assert place.general.messages == []


async def test_a_lost_reply_to_an_answer_shows_the_answer(naps: list[float]) -> None:
    probe = Probe()
    errors: list[object] = []

    @probe.tree.command(description="Hello")
    async def hello(interaction: discord.Interaction) -> None:
        try:
            await interaction.response.send_message("hello")
        except aiohttp.ClientError as error:
            errors.append(type(error))
            # The library does not know that it has answered; Discord does.
            assert not interaction.response.is_done()
            with pytest.raises(discord.HTTPException) as second:
                await interaction.response.send_message("hello")
            errors.append(second.value.code)

    async with den(probe) as place:
        place.server.faults.lose_reply(rule="POST /interactions/*")
        assert (await place.ann.slash(place.general, "hello")).text == "hello"
        await place.server.until(lambda: len(errors) == 2)
        assert errors == [aiohttp.ServerDisconnectedError, 40060]
        assert naps == []


async def test_a_slow_server_is_slow() -> None:
    async with den(sync=False) as place:
        place.server.faults.slow(0.1, times=1, rule=SENDING)
        began = time.monotonic()
        await place.here.send("digest")
        assert time.monotonic() - began >= 0.1


async def test_the_library_paces_itself_by_the_headers() -> None:
    async with den(sync=False) as place:
        place.server.limits.set(SENDING, 2, 0.2)
        began = time.monotonic()
        await asyncio.gather(*(place.here.send(str(number)) for number in range(6)))
        assert time.monotonic() - began >= 0.4
        assert len(place.general.messages) == 6
        assert {one.status for one in place.server.log.of(SENDING)} == {200}


async def test_who_ignores_a_limit_is_told_how_long_to_wait() -> None:
    async with den(sync=False) as place:
        server = place.server
        other = place.guild.text_channel("other")
        server.limits.set(SENDING, 1, 60)
        headers = {"Authorization": f"Bot {server.token}"}
        async with aiohttp.ClientSession(f"{server.api_url}/", headers=headers) as session:
            path = f"channels/{place.general.id}/messages"
            fine = await session.post(path, json={"content": "1"})
            limited = await session.post(path, json={"content": "2"})
            elsewhere = await session.post(f"channels/{other.id}/messages", json={"content": "1"})
            server.limits.set_global(1)
            await session.get("users/@me")
            everywhere = await session.get("users/@me")
        assert (fine.status, fine.headers["X-RateLimit-Remaining"]) == (200, "0")
        assert fine.headers["Content-Type"] == "application/json"
        assert (limited.status, elsewhere.status, everywhere.status) == (429, 200, 429)
        body = await limited.json()
        assert body["message"] == "You are being rate limited."
        assert 30 < body["retry_after"] <= 60
        assert body["global"] is False
        assert limited.headers["X-RateLimit-Scope"] == "user"
        assert limited.headers["X-RateLimit-Bucket"] == fine.headers["X-RateLimit-Bucket"]
        assert limited.headers["Via"]
        assert (await everywhere.json())["global"] is True
        assert everywhere.headers["X-RateLimit-Global"] == "true"
        server.clock.advance(60)
        assert len(place.general.messages) == 1


async def test_limits_can_be_as_discord_has_them() -> None:
    async with den(sync=False) as place:
        place.server.limits.realistic()
        await place.here.send("x")
        await place.probe.fetch_user(place.ann.id)
        await place.probe.tree.sync()
        assert {one.status for one in place.server.log.requests} == {200}


@pytest.mark.parametrize("refuse", [True, False])
async def test_an_outage_ends_and_the_bot_comes_back(*, refuse: bool) -> None:
    probe = Probe()

    @probe.tree.command(description="Hello")
    async def hello(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("hello")

    async with den(probe) as place:
        await place.server.outage(refuse=refuse)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await place.here.send("x")
        await asyncio.sleep(0.1)
        assert place.server.gateway.connected == []
        await place.server.recover()
        await place.server.bot_is_online()
        await place.server.until(lambda: probe.names().count("ready") == 2)
        assert (await place.ann.slash(place.general, "hello")).text == "hello"
        await place.here.send("x")
