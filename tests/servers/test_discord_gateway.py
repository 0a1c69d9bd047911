"""The gateway of the stand-in Discord server, proven with the real discord.py."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from .discord_probe import Probe, den, online, pointed_at
from .discord_server import DiscordServer, NoAnswerError

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library try again at once."""
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.02)


async def answers(place: Any, text: str) -> None:
    """Check that the bot is reachable, by a message that it hears."""
    place.ann.say(place.general, f"{place.server.bot.mention} {text}")
    await place.server.until(
        lambda: any(
            name == "message" and text in args[0].content for name, args in place.probe.seen
        )
    )


async def test_the_library_connects_as_discord_asks() -> None:
    async with den(sync=False) as place:
        log = place.server.log
        (connect,) = log.events("connect")
        assert connect == {
            "path": "/gateway",
            "v": "10",
            "encoding": "json",
            "compress": discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE,
        }
        (identify,) = log.events("identify")
        assert identify["shard"] == [0, 1]
        assert place.server.token == identify["token"]
        assert [r.path for r in log.of("GET *")] == [
            "/users/@me",
            "/oauth2/applications/@me",
            "/gateway/bot",
        ]
        limits = await place.probe.fetch_session_start_limits()
        assert (limits.total, limits.remaining, limits.max_concurrency) == (1000, 999, 1)
        assert place.probe.application_id == place.server.world.app_id
        guild = place.probe.get_guild(place.guild.id)
        assert guild is not None
        assert (guild.name, guild.member_count, len(guild.members)) == ("The Den", 3, 1)
        found = await guild.query_members("ann")
        assert [member.id for member in found] == [place.ann.id]
        await place.probe.change_presence(activity=discord.Game("stocks"))
        await place.server.until(lambda: log.events("command")[-1]["op"] == 3)


async def test_a_wrong_token_is_refused() -> None:
    async with DiscordServer() as server:
        with pointed_at(server):
            probe = Probe()
            with pytest.raises(discord.LoginFailure):
                await probe.start("wrong")
            await probe.close()
            server.gateway.token = "another"
            probe = Probe()
            with pytest.raises(discord.ConnectionClosed) as error:
                await probe.start(server.token)
            assert error.value.code == 4004
            await probe.close()


async def test_privileged_intents_must_be_switched_on() -> None:
    intents = discord.Intents.default()
    intents.message_content = True
    async with DiscordServer() as server:
        with pointed_at(server):
            probe = Probe(intents)
            with pytest.raises(discord.PrivilegedIntentsRequired):
                await probe.start(server.token)
            await probe.close()
    async with den(Probe(intents), DiscordServer(intents=("message_content",))) as place:
        place.ann.say(place.general, "plain words")
        await place.server.until(lambda: "message" in place.probe.names())
        assert place.probe.last("message")[0].content == "plain words"


async def test_events_keep_to_the_intents() -> None:
    async with den(Probe(discord.Intents.none()), sync=False) as place:
        place.ann.say(place.general, "nobody hears")
        place.guild.text_channel("unseen")
        place.guild.member("bob")
        await asyncio.sleep(0.05)
        assert place.probe.guilds[0].name == ""
        assert not {"message", "guild_channel_create", "member_join"} & set(place.probe.names())


@pytest.mark.parametrize("code", [None, 4000, 4009, 1000, 1001])
async def test_a_lost_connection_is_resumed_and_nothing_is_missed(code: int | None) -> None:
    async with den(sync=False) as place:
        await answers(place, "before")
        await place.server.gateway.drop(code)
        for number in range(3):
            place.ann.say(place.general, f"{place.server.bot.mention} {number}")
        await place.server.until(lambda: "resumed" in place.probe.names())
        await answers(place, "after")
        heard = [args[0].content[-1] for name, args in place.probe.seen if name == "message"]
        assert heard == ["e", "0", "1", "2", "r"]
        assert len(place.server.log.events("identify")) == 1
        assert place.server.log.events("connect")[-1]["path"] == "/gateway/resume"


async def test_the_bot_resumes_when_asked_to_reconnect() -> None:
    async with den(sync=False) as place:
        place.server.gateway.reconnect()
        await place.server.until(lambda: place.probe.names().count("resumed") == 1)
        place.server.gateway.invalidate(resumable=True)
        await place.server.until(lambda: place.probe.names().count("resumed") == 2)
        await answers(place, "still here")
        assert place.server.log.events("close") == [4000, 4000]


async def test_an_invalid_session_is_begun_anew() -> None:
    async with den(sync=False) as place:
        place.server.gateway.invalidate()
        await place.server.until(lambda: place.probe.names().count("ready") == 2)
        await answers(place, "again")
        place.server.gateway.forget_sessions()
        await place.server.gateway.drop()
        await place.server.until(lambda: place.probe.names().count("ready") == 3)
        place.server.clock.advance(200)
        await answers(place, "third")
        paths = [one["path"] for one in place.server.log.events("connect")]
        assert paths == ["/gateway", "/gateway", "/gateway/resume", "/gateway"]


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013])
async def test_some_close_codes_are_final(code: int) -> None:
    async with DiscordServer() as server:
        with pointed_at(server):
            probe = Probe()
            task = asyncio.create_task(probe.start(server.token))
            await server.bot_is_online()
            await server.gateway.drop(code)
            with pytest.raises(discord.ConnectionClosed) as error:
                await asyncio.wait_for(task, 15)
            assert error.value.code == code
            await probe.close()


async def test_heartbeats_are_acknowledged() -> None:
    server = DiscordServer()
    server.gateway.heartbeat_seconds, server.gateway.grace = 0.05, 600
    async with den(Probe(heartbeat_timeout=2.0), server, sync=False) as place:
        await server.until(lambda: len(server.log.events("heartbeat")) > 3)
        await server.until(lambda: 0 < place.probe.latency < 2.0)
        server.gateway.request_heartbeat()
        assert len(server.log.events("connect")) == 1
        # Without acknowledgements the library gives the connection up and resumes.
        server.gateway.acks = False
        await server.until(lambda: len(server.log.events("connect")) >= 2, 20)
        server.gateway.acks = True
        await server.until(lambda: "resumed" in place.probe.names())
        await answers(place, "alive")


def greeter() -> Probe:
    """Return a probe with a command."""
    probe = Probe()

    @probe.tree.command(description="Hello")
    async def hello(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("hello")

    return probe


async def test_a_command_sent_while_the_bot_was_gone_arrives_when_it_resumes() -> None:
    async with den(greeter()) as place:
        await place.server.gateway.drop()
        assert (await place.ann.slash(place.general, "hello")).text == "hello"
        assert place.server.log.events("resume")


async def test_the_library_does_not_resume_after_a_refused_reconnect() -> None:
    async with den(greeter()) as place:
        place.server.gateway.refusing = True
        await place.server.gateway.drop()
        place.server.world.desk.ack_seconds = 0.3
        lost = place.ann.start_slash(place.general, "hello")
        # aiohttp itself tries once more, at once: that has to be refused as well.
        await place.server.until(lambda: len(place.server.log.events("refused")) >= 2)
        place.server.gateway.refusing = False
        with pytest.raises(NoAnswerError):
            await place.ann.finish(lost)
        place.server.world.desk.ack_seconds = 15.0
        await place.server.until(lambda: place.probe.names().count("ready") == 2)
        assert (await place.ann.slash(place.general, "hello")).text == "hello"
        assert place.server.log.events("resume") == []


async def test_shards_share_the_guilds() -> None:
    server = DiscordServer(shards=2)
    guilds = [server.guild(f"guild {number}") for number in range(6)]
    channels = [guild.text_channel("general") for guild in guilds]
    people = [guild.member(f"p{number}") for number, guild in enumerate(guilds)]
    server.gateway.max_concurrency = 2
    server.gateway.identify_spacing = 5.0
    probe = Probe()

    @probe.tree.command(description="Which shard?")
    async def shard(interaction: discord.Interaction) -> None:
        number = interaction.guild.shard_id if interaction.guild else "dm"
        await interaction.response.send_message(str(number))

    async with server, online(server, probe):
        assert [one["shard"] for one in server.log.events("identify")] == [[0, 2], [1, 2]]
        wanted = {str((guild.id >> 22) % 2) for guild in guilds}
        got = {
            (await person.slash(channel, "shard")).text
            for person, channel in zip(people, channels, strict=True)
        }
        assert got == wanted
        user = people[0].user
        assert (await user.slash(user.dm(), "shard")).text == "dm"


async def test_identifying_too_often_is_refused() -> None:
    server = DiscordServer(shards=2)
    server.gateway.identify_spacing = 600.0

    def tries() -> list[int]:
        return [one["shard"][0] for one in server.log.events("identify")]

    async def relent() -> None:
        # One identify in so many seconds: the second shard has to try more than once.
        await server.until(lambda: tries().count(1) > 1)
        server.gateway.identify_spacing = 0.0

    async with server, asyncio.TaskGroup() as group:
        group.create_task(relent())
        async with online(server, sync=False):
            assert tries()[0] == 0
            assert tries().count(1) > 2
    server = DiscordServer()
    server.gateway.starts_left = 0
    async with server:
        with pointed_at(server):
            probe = Probe()
            with pytest.raises(discord.ConnectionClosed) as error:
                await probe.start(server.token)
            assert error.value.code == 4004
            await probe.close()
