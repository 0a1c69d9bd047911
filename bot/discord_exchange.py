"""One interaction of Discord and where its answer is shown; a message as the library takes it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
from discord.http import Route
from discord.webhook.async_ import async_context

from bot.adapter import Picture
from bot.discord_rules import ALREADY_ANSWERED
from bot.render.discord import PICTURE, Post

SIGN_PAUSES = (0.2,)
EDIT_PAUSES = (0.5, 2.0, 8.0, 30.0)
"""Between attempts when the connection is lost: for the first sign, and for what follows it."""
OFFLINE = (aiohttp.ClientError, OSError, TimeoutError)
MESSAGE, UPDATE, EPHEMERAL = 4, 7, 1 << 6
TAPS = (discord.InteractionType.component, discord.InteractionType.modal_submit)

Interaction = discord.Interaction[discord.Client]
Json = dict[str, Any]


class Rows(discord.ui.View):
    """Rows of buttons as they are. Never stored: a tap is an interaction like any other."""

    def __init__(self, rows: tuple[Json, ...]) -> None:
        super().__init__(timeout=None)
        self._rows = list(rows)
        self.stop()

    def to_components(self) -> list[Json]:
        return self._rows


class _Window(discord.ui.Modal):
    """A window as it is, never stored either."""

    def __init__(self, window: Json) -> None:
        super().__init__(title=window["title"], timeout=None, custom_id=window["custom_id"])
        self._window = window
        self.stop()

    def to_dict(self) -> Json:
        return self._window


class Exchange:
    """One interaction, and where its answer is shown."""

    def __init__(self, interaction: Interaction) -> None:
        self._here = interaction
        self._tapped = interaction.type in TAPS and interaction.message is not None
        self._deferred = False
        self._alone = bool(interaction.message and interaction.message.flags.ephemeral)
        """Whether the asker alone sees what is there already."""

    async def open(self, window: Json) -> None:
        """A window to fill in. Its values come as an interaction of their own."""
        await _insist(lambda: self._here.response.send_modal(_Window(window)), SIGN_PAUSES)

    async def defer(self, *, private: bool) -> None:
        """The first sign: 'thinking…' for a command, nothing to be seen for a tap."""
        if not self._deferred:
            await _insist(lambda: self._here.response.defer(ephemeral=private), SIGN_PAUSES)
            self._deferred = True
            self._alone = self._alone if self._tapped else private

    async def show(self, content: Post, picture: Picture | None = None) -> None:
        """The answer, instead of what is there already or beside it. What has a picture or a
        file is deferred before.
        """
        edits = (self._tapped or self._deferred) and (self._alone or not content.private)
        if self._deferred:
            await _insist(lambda: self._show(parts(content, picture), edits=edits), EDIT_PAUSES)
        else:
            await _insist(lambda: self._first(content, edits=edits), SIGN_PAUSES)

    async def _first(self, content: Post, *, edits: bool) -> None:
        """The first sign, without a file. The library would ask for the message that comes of it
        and make objects of that, which takes longer than everything else done for an answer.
        """
        here, kind = self._here, UPDATE if edits else MESSAGE
        data: Json = {
            "content": content.content,
            "embeds": [content.embed] if content.embed else [],
            "components": content.rows,
            "allowed_mentions": {"parse": []},
            **({"attachments": []} if edits else {}),
            **({"flags": EPHEMERAL} if content.private and not edits else {}),
        }
        route = Route("POST", f"/interactions/{here.id}/{here.token}/callback")
        await async_context.get().request(
            route,
            session=here._session,  # noqa: SLF001 - the one that the library answers with
            payload={"type": kind, "data": data},
        )

    async def _show(self, shown: Json, *, edits: bool) -> None:
        """What follows the first sign."""
        if edits:
            await self._here.edit_original_response(attachments=shown.pop("files"), **shown)
            return
        if not self._tapped:
            with suppress(discord.NotFound):
                await self._here.delete_original_response()
        await self._here.followup.send(ephemeral=True, **shown)


async def _insist(attempt: Callable[[], Awaitable[object]], pauses: tuple[float, ...]) -> None:
    """Again where the connection is lost. A lost reply can hide a success: if Discord says that
    there is an answer already, it is this one.
    """
    for pause in (*pauses, None):
        try:
            await attempt()
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED:
                raise
        except OFFLINE:
            if pause is None:
                raise
            await asyncio.sleep(pause)
            continue
        return


def parts(content: Post, picture: Picture | None = None) -> Json:
    """All parts of a message, also those that are empty: of what was there nothing is left."""
    files = []
    if picture is not None:
        png = io.BytesIO(picture.png)
        files.append(discord.File(png, PICTURE, description=content.alt))
    if content.document is not None:
        files.append(discord.File(io.BytesIO(content.document.data), content.document.name))
    return {
        "content": content.content or None,
        "embeds": [discord.Embed.from_dict(content.embed)] if content.embed else [],
        "view": Rows(content.rows),
        "files": files,
    }
