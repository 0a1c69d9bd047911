"""Buttons, menus, modals and messages on the stand-in server, with the real discord.py."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from .discord_probe import Probe, den, online
from .discord_server import NotPossibleError

pytestmark = pytest.mark.asyncio


class Buttons(discord.ui.View):
    """A view whose custom ids outlive the process."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Refresh", custom_id="go:refresh")
    async def refresh(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Change the message that the button is on."""
        await interaction.response.edit_message(content="fresh")

    @discord.ui.button(label="Later", custom_id="go:later")
    async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Acknowledge, and change the message afterwards."""
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    @discord.ui.button(label="More", custom_id="go:more")
    async def more(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Answer with a message of its own."""
        await interaction.response.send_message("more", ephemeral=True)


async def test_buttons_update_the_message_or_answer() -> None:
    async with den() as place:
        view = Buttons()
        view.add_item(discord.ui.Button(label="Off", custom_id="off", disabled=True))
        view.add_item(discord.ui.Button(label="Site", url="https://example.org"))
        await place.here.send("old", view=view)
        message = place.general.last
        labels = [button.label for button in message.buttons]
        assert labels == ["Refresh", "Later", "More", "Off", "Site"]
        assert (await place.ann.press(place.general, message, "Refresh")).message is message
        assert (message.text, message.edited) == ("fresh", True)
        answer = await place.ann.press(place.general, message, "go:later")
        assert (message.text, answer.deferred) == ("later", True)
        answer = await place.ann.press(place.general, message, "More")
        assert (answer.text, answer.message.reply_to) == ("more", message)
        assert answer.message.ephemeral_to is place.ann.user
        for what in ("Off", "Site", "Nowhere"):
            with pytest.raises(NotPossibleError):
                await place.ann.press(place.general, message, what)
        message.delete()
        with pytest.raises(NotPossibleError):
            await place.ann.press(place.general, message, "Refresh")


async def test_custom_ids_work_without_a_view() -> None:
    class Bare(Probe):
        async def on_interaction(self, interaction: discord.Interaction) -> None:
            """Answer by the custom id alone, as after a restart."""
            if interaction.type is discord.InteractionType.component:
                await interaction.response.send_message(f"got {interaction.custom_id}")

    async with den() as place:
        await place.here.send("old", view=Buttons())
        await place.probe.close()
        async with online(place.server, Bare(), sync=False):
            answer = await place.ann.press(place.general, place.general.last, "Refresh")
            assert answer.text == "got go:refresh"


async def test_menus_give_values_and_things() -> None:
    class Menus(discord.ui.View):
        @discord.ui.select(
            placeholder="Which?",
            max_values=2,
            options=[discord.SelectOption(label=x.upper(), value=x) for x in "abc"],
        )
        async def letters(
            self, interaction: discord.Interaction, menu: discord.ui.Select[Any]
        ) -> None:
            await interaction.response.send_message(" ".join(menu.values))

        @discord.ui.select(cls=discord.ui.ChannelSelect, custom_id="where")
        async def where(
            self, interaction: discord.Interaction, menu: discord.ui.ChannelSelect[Any]
        ) -> None:
            await interaction.response.send_message(f"in {menu.values[0].name}")

    async with den() as place:
        await place.here.send(view=Menus())
        message = place.general.last
        select = place.ann.select
        assert (await select(place.general, message, "Which?", "A", "c")).text == "a c"
        assert (await select(place.general, message, "where", place.general)).text == "in general"
        for values in ((), ("A", "B", "C"), ("D",)):
            with pytest.raises(NotPossibleError):
                await select(place.general, message, "Which?", *values)


class Level(discord.ui.Modal, title="Alert"):
    """A modal with a text field and a menu."""

    level: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
        text="Level", component=discord.ui.TextInput(custom_id="level", max_length=5)
    )
    side: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
        text="Side",
        component=discord.ui.Select(
            custom_id="side",
            options=[discord.SelectOption(label="Above"), discord.SelectOption(label="Below")],
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say what was filled in."""
        level, side = self.level.component, self.side.component
        assert isinstance(level, discord.ui.TextInput)
        assert isinstance(side, discord.ui.Select)
        await interaction.response.send_message(f"{side.values[0]} {level.value}")


async def test_a_modal_is_filled_in_and_sent() -> None:
    probe = Probe()

    @probe.tree.command(description="A threshold")
    async def alert(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Level())

    async with den(probe) as place:
        opened = await place.ann.slash(place.general, "alert")
        assert opened.modal is not None
        assert opened.modal["title"] == "Alert"
        answer = await place.ann.submit_modal(opened, {"Level": "75"}, side="Above")
        assert answer.text == "Above 75"
        for fields in ({"side": "Above"}, {"level": "123456", "side": "Above"}, {"x": "1"}):
            with pytest.raises(NotPossibleError):
                await place.ann.submit_modal(opened, fields)
        with pytest.raises(NotPossibleError):
            await place.ann.submit_modal(answer, level="1")


async def test_a_modal_opened_by_a_button_can_change_the_message() -> None:
    class Rename(discord.ui.Modal, title="Name"):
        name: discord.ui.Label[discord.ui.Modal] = discord.ui.Label(
            text="Name", component=discord.ui.TextInput(custom_id="name", default="old")
        )

        async def on_submit(self, interaction: discord.Interaction) -> None:
            assert isinstance(self.name.component, discord.ui.TextInput)
            await interaction.response.edit_message(content=self.name.component.value)

    class Open(discord.ui.View):
        @discord.ui.button(label="Rename")
        async def rename(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            await interaction.response.send_modal(Rename())

    async with den() as place:
        await place.here.send("title", view=Open())
        message = place.general.last
        opened = await place.ann.press(place.general, message, "Rename")
        answer = await place.ann.submit_modal(opened)
        assert (answer.message, message.text) == (message, "old")
        opened = await place.ann.press(place.general, message, "Rename")
        await place.ann.submit_modal(opened, name="new")
        assert message.text == "new"


async def test_a_person_reads_and_writes_in_a_channel() -> None:
    async with den() as place:
        said = place.ann.say(place.general, "hello")
        await place.server.until(lambda: "message" in place.probe.names())
        (heard,) = place.probe.last("message")
        # Without the message content intent a bot reads nothing but mentions of it.
        assert (heard.id, heard.content) == (said.id, "")
        place.ann.say(place.general, f"hello {place.server.bot.mention}")
        await place.server.until(lambda: place.probe.last("message")[0].content)
        assert (await place.here.fetch_message(said.id)).content == ""
        with pytest.raises(discord.Forbidden) as error:
            await (await place.here.fetch_message(said.id)).edit(content="mine")
        assert error.value.code == 50005
