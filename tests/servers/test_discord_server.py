"""The stand-in Discord server as people use it, proven with the real discord.py."""

from __future__ import annotations

import io
from typing import Literal

import discord
import pytest
from discord import app_commands

from .discord_probe import Probe, den
from .discord_server import DiscordServer, NoAnswerError, NotPossibleError

pytestmark = pytest.mark.asyncio


async def test_a_slash_command_reaches_the_bot_as_discord_sends_it() -> None:
    probe = Probe()
    got: list[discord.Interaction] = []

    @probe.tree.command(description="Where capital stands")
    async def rotation(interaction: discord.Interaction, date: str | None = None) -> None:
        got.append(interaction)
        await interaction.response.send_message(f"as of {date}")

    async with den(probe) as place:
        place.ann.user.locale = "de"
        answer = await place.ann.slash(place.general, "rotation", date="2025-09-26")
        assert answer.text == "as of 2025-09-26"
        assert place.general.messages == [answer.message]
        assert list(place.server.published_commands) == ["rotation"]
        seen = got[0]
        assert isinstance(seen.user, discord.Member)
        assert (seen.user.name, seen.guild_id) == ("ann", place.guild.id)
        assert seen.channel_id == place.general.id
        assert (seen.locale, seen.guild_locale) == (discord.Locale.german, discord.Locale("en-US"))
        assert seen.permissions.administrator
        assert seen.app_permissions.send_messages
        assert seen.is_guild_integration()
        assert not seen.is_user_integration()
        assert seen.context.guild
        assert seen.filesize_limit == 10 * 1024 * 1024


@app_commands.command(description="The record of a signal")
@app_commands.choices(
    event=[app_commands.Choice(name="Breakouts", value="breakout")],
)
async def history(
    interaction: discord.Interaction,
    event: str,
    days: app_commands.Range[int, 1, 90] = 30,
    term: app_commands.Range[str, 2, 5] = "abc",
    kind: Literal["a", "b"] = "a",
) -> None:
    """Answer with what was asked."""
    await interaction.response.send_message(f"{event} {days} {term} {kind}")


async def test_a_person_can_only_send_what_the_command_allows() -> None:
    probe = Probe()
    probe.tree.add_command(history)
    async with den(probe) as place:
        slash, here = place.ann.slash, place.general
        assert (await slash(here, "history", event="Breakouts")).text == "breakout 30 abc a"
        assert (await slash(here, "history", event="breakout", days=90)).text.startswith(
            "breakout 90"
        )
        for wrong in (
            {},
            {"event": "crash"},
            {"event": "breakout", "days": 91},
            {"event": "breakout", "days": "3"},
            {"event": "breakout", "term": "x"},
            {"event": "breakout", "kind": "c"},
            {"event": "breakout", "unknown": 1},
        ):
            with pytest.raises(NotPossibleError):
                await slash(here, "history", **wrong)
        with pytest.raises(NotPossibleError, match="no command /moon"):
            await slash(here, "moon")


async def test_subcommands_are_written_with_spaces() -> None:
    probe = Probe()
    watch = app_commands.Group(name="watch", description="The watch list")

    @watch.command(description="Add an asset")
    async def add(interaction: discord.Interaction, asset: str) -> None:
        await interaction.response.send_message(f"added {asset}")

    probe.tree.add_command(watch)
    async with den(probe) as place:
        answer = await place.ann.slash(place.general, "watch add", asset="BTC")
        assert (answer.text, answer.name) == ("added BTC", "watch add")
        for name in ("watch", "watch remove"):
            with pytest.raises(NotPossibleError):
                await place.ann.slash(place.general, name)


async def test_the_first_follow_up_fills_in_a_deferred_answer() -> None:
    probe = Probe()

    @probe.tree.command(description="Slow")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        first = await interaction.followup.send("one", ephemeral=False, wait=True)
        await interaction.followup.send("two")
        await first.edit(content="one, edited")

    async with den(probe) as place:
        answer = await place.ann.slash(place.general, "slow")
        await place.server.until(lambda: answer.text == "one, edited")
        assert answer.deferred
        assert answer.message.versions[:2] == ["", "one"]
        # As Discord does it: the deferral decides, the follow-up's own flag does not.
        assert answer.message.ephemeral_to is place.ann.user
        assert [one.text for one in answer.followups] == ["two"]
        assert answer.followups[0].ephemeral_to is None


async def test_a_deferred_answer_is_completed_by_an_edit_with_files() -> None:
    probe = Probe()

    @probe.tree.command(description="A picture")
    async def picture(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        embed = discord.Embed(title="Ladder", description="four of six")
        embed.set_image(url="attachment://ladder.png")
        file = discord.File(io.BytesIO(b"png"), "ladder.png", description="a ladder")
        await interaction.edit_original_response(embed=embed, attachments=[file])

    async with den(probe) as place:
        answer = await place.ann.slash(place.general, "picture")
        assert answer.text == "Ladder\nfour of six"
        (file,) = answer.message.attachments
        assert (file.filename, file.data, file.description) == ("ladder.png", b"png", "a ladder")
        assert file.shown_inside
        shown = await place.here.fetch_message(answer.message.id)
        assert shown.attachments == []
        image = await probe.http.get_from_cdn(str(shown.embeds[0].image.url))
        assert image == b"png"


async def test_ephemeral_messages_are_for_one_person() -> None:
    probe = Probe()

    @probe.tree.command(description="A secret")
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True)
        await interaction.edit_original_response(content="psst!")

    async with den(probe) as place:
        bob = place.guild.member("bob")
        answer = await place.ann.slash(place.general, "secret")
        await place.server.until(lambda: answer.text == "psst!")
        assert place.general.seen_by(place.ann) == [answer.message]
        assert place.general.seen_by(bob) == []
        with pytest.raises(discord.NotFound) as error:
            await place.here.fetch_message(answer.message.id)
        assert error.value.code == 10008
        # It comes over the gateway as a direct message would, without a guild.
        await place.server.until(lambda: "message" in probe.names())
        (message,) = probe.last("message")
        assert message.flags.ephemeral
        assert message.guild is None


async def test_an_answer_after_three_seconds_is_too_late() -> None:
    probe = Probe()
    errors: list[int] = []

    @probe.tree.command(description="Late")
    async def late(interaction: discord.Interaction) -> None:
        place.server.clock.advance(3.1)
        try:
            await interaction.response.send_message("sorry")
        except discord.NotFound as error:
            errors.append(error.code)

    async with den(probe) as place:
        with pytest.raises(NoAnswerError, match="did not respond"):
            await place.ann.slash(place.general, "late")
        await place.server.until(lambda: errors == [10062])
        assert place.general.messages == []


async def test_an_interaction_takes_one_answer() -> None:
    probe = Probe()
    got: list[discord.Interaction] = []

    @probe.tree.command(description="Twice")
    async def twice(interaction: discord.Interaction) -> None:
        got.append(interaction)
        await interaction.response.send_message("one")

    async with den(probe) as place:
        await place.ann.slash(place.general, "twice")
        path = f"/interactions/{got[0].id}/{got[0].token}/callback"
        error = await place.refused("POST", path, {"type": 4, "data": {"content": "two"}})
        assert (error.status, error.code) == (400, 40060)
        error = await place.refused("POST", f"/interactions/1/{got[0].token}/callback", {"type": 4})
        assert (error.status, error.code) == (404, 10062)


async def test_an_answer_must_be_of_a_fitting_kind() -> None:
    probe = Probe()

    @probe.tree.command(description="Says nothing")
    async def quiet(_: discord.Interaction) -> None:
        """Leave the answer to the test."""

    async with den(probe) as place:
        asked = place.ann.start_slash(place.general, "quiet")
        path = f"/interactions/{asked.id}/{asked.token}/callback"
        too_long = {"type": 4, "data": {"content": "x" * 2001}}
        for body in ({}, {"type": 7, "data": {}}, {"type": 8, "data": {}}, too_long):
            assert (await place.refused("POST", path, body)).code == 50035
        assert (await place.refused("POST", path, {"type": 4, "data": {}})).code == 50006
        deferral = {"type": 5, "data": {"flags": 1 << 15}}
        assert (await place.refused("POST", path, deferral)).code == 50035
        modal = {"type": 9, "data": {"title": "x" * 46, "custom_id": "x", "components": []}}
        assert (await place.refused("POST", path, modal)).code == 50035
        assert asked.acknowledged is None
        await place.raw("POST", path, {"type": 4, "data": {"content": "at last"}})
        answer = await place.ann.finish(asked)
        assert (answer.text, answer.seconds < 3) == ("at last", True)
        assert place.server.interactions == [answer]


async def test_a_token_lives_for_fifteen_minutes_and_not_before_the_answer() -> None:
    probe = Probe()
    codes: list[int] = []
    got: list[discord.Interaction] = []

    @probe.tree.command(description="Long")
    async def long(interaction: discord.Interaction) -> None:
        with pytest.raises(discord.NotFound) as error:
            await interaction.followup.send("too early")
        codes.append(error.value.code)
        await interaction.response.send_message("one")
        got.append(interaction)

    async with den(probe) as place:
        await place.ann.slash(place.general, "long")
        await place.server.until(lambda: got)
        (interaction,) = got
        assert codes == [10015]
        place.server.clock.advance(899)
        await interaction.edit_original_response(content="still")
        place.server.clock.advance(2)
        with pytest.raises(discord.HTTPException) as error:
            await interaction.edit_original_response(content="gone")
        assert (error.value.status, error.value.code) == (401, 50027)


async def test_autocomplete_shows_what_the_bot_suggests() -> None:
    probe = Probe()

    @probe.tree.command(description="In plain words")
    async def explain(interaction: discord.Interaction, term: str) -> None:
        await interaction.response.send_message(term)

    @explain.autocomplete("term")
    async def terms(_: discord.Interaction, text: str) -> list[app_commands.Choice[str]]:
        names = [f"Mansfield {n}" for n in range(26 if text == "many" else 2)]
        return [app_commands.Choice(name=name, value=name.lower()) for name in names]

    async with den(probe) as place:
        shown = await place.ann.autocomplete(place.general, "explain", option="term", text="mans")
        assert shown == [
            {"name": "Mansfield 0", "value": "mansfield 0"},
            {"name": "Mansfield 1", "value": "mansfield 1"},
        ]
        place.server.world.desk.ack_seconds = 0.1
        with pytest.raises(NoAnswerError):
            await place.ann.autocomplete(place.general, "explain", option="term", text="many")
        place.server.world.desk.ack_seconds = 15.0
        refused = place.server.log.of("POST /interactions/*")[-1].response
        (wrong,) = refused["errors"]["data"]["choices"]["_errors"]
        assert wrong["message"] == "Must be 25 or fewer in length."
        # A person may send what was not suggested.
        assert (await place.ann.slash(place.general, "explain", term="odd")).text == "odd"


async def test_a_server_needs_no_bot_to_be_a_world() -> None:
    async with DiscordServer() as server:
        guild = server.guild("quiet")
        channel, ann = guild.text_channel("general"), guild.member("ann")
        ann.say(channel, "hello")
        assert [message.text for message in channel.messages] == ["hello"]
        with pytest.raises(NotPossibleError):
            await ann.slash(channel, "rotation")
