"""What a person does in front of Discord: type commands, press buttons, fill in modals.

Each deed is checked as Discord's own client checks it (``NotPossibleError``) and waits for
the app's answer (``NoAnswerError`` if there is none). The deeds named ``start_…`` do not wait.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .discord_channels import SELECTS, Kind, Message
from .discord_filling import NotPossibleError, fill_modal, fill_options, picked, reach
from .discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    DEFERRED_UPDATE,
    MODAL_SUBMIT,
    Deed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .discord_channels import Channel
    from .discord_interactions import Interaction
    from .discord_world import User

Json = dict[str, Any]

__all__ = ["Hands", "NoAnswerError", "NotPossibleError"]

STEP = 0.003
UPDATE_PATIENCE = 10.0


class NoAnswerError(AssertionError):
    """The app did not answer: the person reads 'The application did not respond'."""


async def until(true: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is true; return whether it became so in time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not true():
        if loop.time() > end:
            return False
        await asyncio.sleep(STEP)
    return True


class Hands:
    """The deeds of a person; users and members have them alike."""

    def account(self) -> User:
        """Return the account that acts."""
        raise NotImplementedError

    def start_slash(self, channel: Channel, name: str, /, **options: Any) -> Interaction:
        """Send a slash command, such as ``rotation`` or ``alert add``."""
        user = self.account()
        command, types = reach(user, channel, name)
        data, resolved = fill_options(command, name, options)
        data["type"] = 1
        if resolved:
            data["resolved"] = resolved
        return user.world.desk.open(Deed(COMMAND, user, channel, data, types))

    async def slash(self, channel: Channel, name: str, /, **options: Any) -> Interaction:
        """Send a slash command and wait until its answer is complete."""
        return await self.finish(self.start_slash(channel, name, **options))

    async def autocomplete(
        self,
        channel: Channel,
        name: str,
        /,
        *,
        option: str,
        text: str | float,
        filled: Json | None = None,
    ) -> list[Json]:
        """Type in an option and return the suggestions (name and value)."""
        user = self.account()
        command, types = reach(user, channel, name)
        given = {**(filled or {}), option: text}
        data, _ = fill_options(command, name, given, typing=option)
        data["type"] = 1
        opened = user.world.desk.open(Deed(AUTOCOMPLETE, user, channel, data, types))
        await self.finish(opened)
        return opened.choices or []

    def start_press(self, channel: Channel, message: Message, what: str) -> Interaction:
        """Press a button, named by its label, emoji or custom id."""
        part = self._button(channel, message, what)
        data = {
            "component_type": 2,
            "custom_id": part["custom_id"],
            "id": part["id"],
        }
        return self._component(channel, message, data)

    async def press(self, channel: Channel, message: Message, what: str) -> Interaction:
        """Press a button and wait for what comes of it."""
        return await self.finish(self.start_press(channel, message, what))

    async def select(
        self, channel: Channel, message: Message, what: str | None, *values: Any
    ) -> Interaction:
        """Choose in a select menu (named by custom id or placeholder) and wait."""
        self._check_sight(channel, message)
        menus = [
            part
            for part in message.selects
            if what in (None, part["custom_id"], part.get("placeholder"))
        ]
        if len(menus) != 1:
            raise NotPossibleError(f"{len(menus)} menus fit {what!r}")
        if menus[0].get("disabled"):
            raise NotPossibleError(f"the menu {what!r} is disabled")
        chosen, resolved = picked(menus[0], values)
        data: Json = {
            "component_type": menus[0]["type"],
            "custom_id": menus[0]["custom_id"],
            "id": menus[0]["id"],
            "values": chosen,
        }
        if resolved:
            data["resolved"] = resolved
        return await self.finish(self._component(channel, message, data))

    async def submit_modal(
        self, opener: Interaction, fields: Json | None = None, /, **named: Any
    ) -> Interaction:
        """Fill in and send the modal that an interaction opened.

        Fields go by custom id or label; what is left out keeps its prefilled value.
        """
        if opener.modal is None:
            raise NotPossibleError("no modal is open")
        data = fill_modal(opener.modal, {**(fields or {}), **named})
        deed = Deed(
            MODAL_SUBMIT,
            self.account(),
            opener.channel,
            data,
            source=opener.source,
            opened_by=opener,
        )
        return await self.finish(self.account().world.desk.open(deed))

    def say(self, channel: Channel, text: str) -> Message:
        """Post a message."""
        user = self.account()
        if not channel.visible_to(user) or channel.kind in (Kind.FORUM, Kind.CATEGORY):
            raise NotPossibleError(f"{user.name} cannot write in #{channel.name}")
        world = user.world
        message = Message(world.new_id(), channel, user, text, created_at=world.clock.now())
        message.pinged = [u for u in world.users.values() if u.mention in text]
        message.versions.append(text)
        channel.history[message.id] = message
        world.announce.message_created(message)
        return message

    async def finish(self, interaction: Interaction) -> Interaction:
        """Wait until an interaction is answered and nothing is 'thinking' any more."""
        world = interaction.channel.world
        deadline = interaction.created_at + world.desk.ack_seconds

        def known() -> bool:
            late = world.clock.now() > deadline
            return interaction.acknowledged is not None or late

        await until(known, world.desk.ack_seconds + 1)
        if interaction.acknowledged is None:
            raise NoAnswerError(f"The application did not respond: {interaction.data}")
        if interaction.acknowledged == DEFERRED_UPDATE:
            await until(lambda: interaction.settled, UPDATE_PATIENCE)
        elif not await until(lambda: interaction.settled, world.patience):
            raise NoAnswerError(f"The application is thinking for ever: {interaction.data}")
        return interaction

    def _component(self, channel: Channel, message: Message, data: Json) -> Interaction:
        user = self.account()
        return user.world.desk.open(Deed(COMPONENT, user, channel, data, source=message))

    def _check_sight(self, channel: Channel, message: Message) -> None:
        if message.channel is not channel or not message.visible_to(self.account()):
            raise NotPossibleError("that message is not there (any more) for this person")

    def _button(self, channel: Channel, message: Message, what: str) -> Json:
        self._check_sight(channel, message)
        fitting = [
            part
            for part in message.walk()
            if part["type"] == 2
            and what
            in (
                part.get("custom_id"),
                part.get("label"),
                (part.get("emoji") or {}).get("name"),
            )
        ]
        if len(fitting) != 1:
            shown = [button.label for button in message.buttons]
            raise NotPossibleError(f"{len(fitting)} buttons fit {what!r} among {shown}")
        part = fitting[0]
        if part.get("disabled"):
            raise NotPossibleError(f"the button {what!r} is disabled")
        if not part.get("custom_id") or part["type"] in SELECTS:
            raise NotPossibleError(f"the button {what!r} sends nothing to the app")
        return part
