"""Where a bot is used: direct messages, user installs, permissions, threads, forums."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
import pytest
from discord import app_commands

from .discord_probe import Den, Probe, den
from .discord_server import Channel, DiscordServer, NotPossibleError

pytestmark = pytest.mark.asyncio


def talker(*, everywhere: bool = False) -> Probe:
    """Return a probe whose ``/hello`` tells where it was used."""
    probe = Probe()

    async def hello(interaction: discord.Interaction) -> None:
        context = interaction.context
        where = "guild" if context.guild else "bot dm" if context.dm_channel else "private"
        owners = "guild" * interaction.is_guild_integration()
        owners += "user" * interaction.is_user_integration()
        await interaction.response.send_message(f"{where} {owners}".strip())

    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name="hello", description="Hello", callback=hello
    )
    if everywhere:
        command = app_commands.allowed_installs(guilds=True, users=True)(command)
        command = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(
            command
        )
    probe.tree.add_command(command)
    return probe


async def code_of(place: Den, channel_id: int, content: str = "x") -> int:
    """Return the error code with which a message is refused (0: it is not)."""
    try:
        await place.raw("POST", f"/channels/{channel_id}/messages", {"content": content})
    except discord.HTTPException as error:
        return error.code
    return 0


async def test_direct_messages_reach_those_who_take_them() -> None:
    async with den(talker()) as place:
        bob = place.guild.member("bob").user
        answer = await bob.slash(bob.dm(), "hello")
        assert answer.text == "bot dm"
        assert answer.owners == {"0": "0"}
        user = await place.probe.fetch_user(bob.id)
        await user.send("digest", silent=True)
        assert bob.dm().last.text == "digest"
        assert bob.dm().last.silent
        bob.close_dms()
        with pytest.raises(discord.Forbidden) as error:
            await user.send("digest")
        assert error.value.code == 50007
        stranger = place.server.user("stranger")
        with pytest.raises(discord.Forbidden) as error:
            await (await place.probe.fetch_user(stranger.id)).send("digest")
        assert error.value.code == 50278
        with pytest.raises(NotPossibleError):
            await stranger.slash(stranger.dm(), "hello")
        error_code = (
            await place.refused("POST", "/users/@me/channels", {"recipient_id": "5"})
        ).code
        assert error_code == 50033


async def test_an_app_installed_by_a_person_goes_where_they_go() -> None:
    async with den(talker(everywhere=True)) as place:
        elsewhere = place.server.guild("Elsewhere", bot=False)
        lobby = elsewhere.text_channel("lobby")
        cat = elsewhere.member("cat")
        with pytest.raises(NotPossibleError):
            await cat.slash(lobby, "hello")
        cat.user.install_app()
        answer = await cat.slash(lobby, "hello")
        assert (answer.text, answer.owners) == ("guild user", {"1": str(cat.id)})
        assert answer.message.ephemeral_to is None
        elsewhere.everyone.revoke("use_external_apps")
        assert (await cat.slash(lobby, "hello")).message.ephemeral_to is cat.user
        both = place.server.private_channel(cat.user, place.ann.user)
        assert (await cat.slash(both, "hello")).text == "private user"
        # The bot itself cannot write there.
        assert await code_of(place, lobby.id) == 50001
        assert await code_of(place, both.id) == 50001
        place.ann.user.install_app()
        assert (await place.ann.slash(place.general, "hello")).text == "guild guilduser"


async def test_a_user_install_alone_gets_five_follow_ups() -> None:
    probe = talker(everywhere=True)
    codes: list[int] = []

    @probe.tree.command(description="Chatty")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def chatty(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("0")
        try:
            for number in range(1, 7):
                await interaction.followup.send(str(number))
        except discord.HTTPException as error:
            codes.append(error.code)

    async with den(probe) as place:
        lobby = place.server.guild("Elsewhere", bot=False).text_channel("lobby")
        assert lobby.guild is not None
        cat = lobby.guild.member("cat")
        cat.user.install_app()
        answer = await cat.slash(lobby, "chatty")
        await place.server.until(lambda: codes)
        assert (codes, len(answer.followups)) == ([40094], 5)


async def test_a_command_can_be_for_those_who_manage_the_guild() -> None:
    probe = Probe()

    @probe.tree.command(description="Settings")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def settings(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("set")

    async with den(probe) as place:
        bob = place.guild.member("bob")
        with pytest.raises(NotPossibleError):
            await bob.slash(place.general, "settings")
        with pytest.raises(NotPossibleError):
            await place.ann.user.slash(place.ann.user.dm(), "settings")
        bob.give(place.guild.role("mods", "manage_guild"))
        assert (await bob.slash(place.general, "settings")).text == "set"
        place.general.deny(place.guild.everyone, "use_application_commands")
        with pytest.raises(NotPossibleError):
            await bob.slash(place.general, "settings")


async def test_what_the_bot_may_not_do_is_refused() -> None:
    async with den() as place:
        guild, general = place.guild, place.general
        assert await code_of(place, general.id) == 0
        general.deny(guild.everyone, "send_messages")
        assert await code_of(place, general.id) == 50013
        role = guild.role("writers")
        general.allow(role, "send_messages")
        assert guild.bot is not None
        guild.bot.give(role)
        assert await code_of(place, general.id) == 0
        guild.bot.take(role)
        assert await code_of(place, general.id) == 50013
        general.allow(guild.bot, "send_messages")
        general.deny(guild.bot, "embed_links", "attach_files")
        with pytest.raises(discord.Forbidden) as error:
            await place.here.send(embed=discord.Embed(title="x"))
        assert error.value.code == 50013
        guild.bot.give(guild.role("boss", "administrator"))
        assert await code_of(place, general.id) == 0
        assert await code_of(place, 12345) == 10003
        assert await code_of(place, guild.category("group").id) == 50008
        general.delete()
        assert await code_of(place, general.id) == 10003
        await place.server.until(lambda: "guild_channel_delete" in place.probe.names())


async def test_a_channel_that_the_bot_cannot_see_is_obfuscated() -> None:
    async with den(talker()) as place:
        place.general.deny(place.guild.everyone, "view_channel")
        await place.server.until(lambda: place.here.name == "___hidden___")
        assert not place.here.permissions_for(place.here.guild.me).view_channel
        assert await code_of(place, place.general.id) == 50001
        assert [c.name for c in await place.here.guild.fetch_channels()] == []
        # Commands still arrive from it, and can be answered.
        assert (await place.ann.slash(place.general, "hello")).text == "guild guild"
        place.general.reset(place.guild.everyone)
        await place.server.until(lambda: place.here.name == "general")
        assert await code_of(place, place.general.id) == 0


async def test_the_bot_joins_and_leaves_guilds() -> None:
    async with den() as place:
        second = place.server.guild("Second")
        await place.server.until(lambda: "guild_join" in place.probe.names())
        channel = second.text_channel("general")
        await place.server.until(lambda: place.probe.get_channel(channel.id))
        second.go_down()
        await place.server.until(lambda: "guild_unavailable" in place.probe.names())
        second.come_back()
        await place.server.until(lambda: place.probe.names()[-1] == "guild_available")
        second.remove_bot()
        await place.server.until(lambda: "guild_remove" in place.probe.names())
        assert await code_of(place, channel.id) == 50001
        first = place.probe.get_guild(place.guild.id)
        assert first is not None
        await first.leave()
        await place.server.until(lambda: not place.probe.guilds)


def same_name(seen: Any, channel: Channel) -> bool:
    """Return whether the library has a channel's name as it is now."""
    return bool(seen.name == channel.name)


async def test_channels_of_every_kind_are_understood() -> None:
    async with den(sync=False) as place:
        guild, probe = place.guild, place.probe
        group = guild.category("group")
        made = {
            guild.text_channel("talk", group): discord.TextChannel,
            guild.announcement_channel("news"): discord.TextChannel,
            guild.voice_channel("voice"): discord.VoiceChannel,
            guild.forum("forum"): discord.ForumChannel,
            group: discord.CategoryChannel,
        }
        for channel, kind in made.items():
            await place.server.until(partial(probe.get_channel, channel.id))
            seen = probe.get_channel(channel.id)
            assert isinstance(seen, kind)
            channel.rename(f"new {channel.name}")
            await place.server.until(partial(same_name, seen, channel))
        talk = probe.get_channel(next(iter(made)).id)
        assert isinstance(talk, discord.TextChannel)
        assert talk.category_id == group.id
        assert await code_of(place, guild.voice_channel("lounge").id) == 0
        role = guild.role("mods")
        role.grant("manage_messages")
        await place.server.until(lambda: "guild_role_update" in probe.names())
        role.set("kick_members")
        here = place.here.guild
        await place.server.until(
            lambda: (found := here.get_role(role.id)) and found.permissions.kick_members
        )


async def test_threads_are_made_and_used() -> None:
    async with den(talker()) as place:
        thread = await place.here.create_thread(
            name="chart talk", type=discord.ChannelType.public_thread
        )
        made = place.general.threads[0]
        assert (made.id, made.name) == (thread.id, "chart talk")
        await thread.send("in the thread")
        assert made.last.text == "in the thread"
        assert (await place.ann.slash(made, "hello")).message.channel is made
        starter = await place.here.send("about this")
        from_message = await starter.create_thread(name="from it")
        assert from_message.id == starter.id
        made.archive()
        await thread.send("wakes it up")
        assert not made.archived
        made.archive(locked=True)
        assert await code_of(place, thread.id) == 160005
        place.general.deny(place.guild.everyone, "send_messages_in_threads")
        made.archive()
        assert await code_of(place, thread.id) == 50013
        made.delete()
        assert await code_of(place, thread.id) == 10003


async def test_a_forum_takes_posts_only() -> None:
    async with den() as place:
        forum = place.guild.forum("ideas", ("stocks",), need=True)
        await place.server.until(lambda: place.probe.get_channel(forum.id))
        assert await code_of(place, forum.id) == 40058
        seen = place.probe.get_channel(forum.id)
        assert isinstance(seen, discord.ForumChannel)
        with pytest.raises(discord.HTTPException) as error:
            await seen.create_thread(name="digest", content="first")
        assert error.value.code == 40067
        tag = seen.available_tags[0]
        made = await seen.create_thread(name="digest", content="first", applied_tags=[tag])
        (post,) = forum.threads
        assert (post.name, post.last.text) == ("digest", "first")
        assert made.thread.id == made.message.id == post.id
        refused = await place.refused("POST", f"/channels/{forum.id}/threads", {"name": "x"})
        assert refused.code == 50035


async def test_commands_of_one_guild_are_its_own() -> None:
    probe, server = Probe(), DiscordServer()
    guild = server.guild("Only here")

    @probe.tree.command(description="Local", guild=discord.Object(guild.id))
    async def local(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("here")

    async with den(probe, server) as place:
        await probe.tree.sync(guild=discord.Object(guild.id))
        assert list(server.guild_commands(guild)) == ["local"]
        channel, dan = guild.text_channel("general"), guild.member("dan")
        assert (await dan.slash(channel, "local")).text == "here"
        with pytest.raises(NotPossibleError):
            await place.ann.slash(place.general, "local")
