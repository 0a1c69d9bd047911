"""Makes messages out of checked drafts, and applies edits to them."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from . import discord_components as components
from .discord_channels import COMPONENTS_V2, EPHEMERAL, LOADING, Attachment, Message
from .discord_errors import ApiError, Form, empty_message

if TYPE_CHECKING:
    from .discord_channels import Channel
    from .discord_drafts import Draft, Upload
    from .discord_world import User

Json = dict[str, Any]


def make(
    channel: Channel,
    draft: Draft,
    form: Form,
    *,
    ephemeral_to: User | None = None,
    message_id: int | None = None,
) -> Message:
    """Make a new message; the caller adds it to its channel with ``add``."""
    world = channel.world
    if draft.empty:
        raise empty_message()
    message = Message(
        id=message_id or world.new_id(),
        channel=channel,
        author=world.bot,
        flags=((draft.flags or 0) & ~EPHEMERAL) | (EPHEMERAL if ephemeral_to else 0),
        tts=draft.tts,
        nonce=draft.nonce,
        ephemeral_to=ephemeral_to,
        created_at=world.clock.now(),
    )
    _fill(message, draft, form)
    return message


def add(message: Message) -> None:
    """Put a message into its channel and tell the bot."""
    message.channel.history[message.id] = message
    message.versions.append(message.text)
    message.channel.world.announce.message_created(message)


def amend(message: Message, draft: Draft, form: Form) -> None:
    """Apply an edit (or fill in a message that was loading)."""
    left = [
        message.content if draft.content is None else draft.content,
        message.embeds if draft.embeds is None else draft.embeds,
        message.components if draft.components is None else draft.components,
        draft.uploads,
        message.attachments if draft.attachments is None else draft.attachments,
    ]
    if not any(left):
        raise empty_message()
    was_loading = message.loading
    message.flags = (draft.flags or 0) & ~LOADING
    _fill(message, draft, form)
    if not was_loading:
        message.edited_at = message.channel.world.clock.now()
    message.versions.append(message.text)
    message.channel.world.announce.message_updated(message)


def _fill(message: Message, draft: Draft, form: Form) -> None:
    files = _files(message, draft)
    embeds = message.embeds if draft.embeds is None else copy.deepcopy(draft.embeds)
    parts = message.components
    if draft.components is not None:
        parts = copy.deepcopy(draft.components)
        components.number(parts)
    _link_components(parts, files, form)
    form.check()
    _link_embeds(embeds, files)
    message.attachments, message.embeds, message.components = files, embeds, parts
    if draft.content is not None:
        message.content = draft.content
    if draft.content is not None or draft.components is not None:
        _ping(message, draft.mentions or draft.default_mentions)


def _files(message: Message, draft: Draft) -> list[Attachment]:
    wanted = draft.attachments
    if wanted is None:
        kept = list(message.attachments)
        return kept + [_store(message, upload, None) for upload in draft.uploads]
    by_id = {str(file.id): file for file in message.attachments}
    by_index = {str(upload.index): upload for upload in draft.uploads}
    files = []
    for entry in wanted:
        key = str(entry.get("id"))
        if key in by_index:
            files.append(_store(message, by_index[key], entry))
        elif key in by_id:
            files.append(by_id[key])
    if sum(len(file.data) for file in files) > 25 * 1024 * 1024:
        raise ApiError(413, 40005, "Request entity too large")
    return sorted(files, key=lambda file: file.id)


def _store(message: Message, upload: Upload, entry: Json | None) -> Attachment:
    world = message.channel.world
    if len(upload.data) > world.upload_limit:
        raise ApiError(413, 40005, "Request entity too large")
    given = (entry or {}).get("filename") or upload.filename
    name = re.sub(r"[^\w.\-]", "_", given)
    file = Attachment(
        world.new_id(),
        name,
        upload.data,
        upload.content_type,
        (entry or {}).get("description"),
    )
    file.url = f"{world.base_url}/attachments/{message.channel.id}/{file.id}/{name}"
    return file


def _link_components(parts: list[Json], files: list[Attachment], form: Form) -> None:
    by_name = {file.filename: file for file in files}
    for path, media in components.media_urls(parts):
        url = str(media.get("url"))
        if not url.startswith("attachment://"):
            continue
        file = by_name.get(url.removeprefix("attachment://"))
        if file is None:
            form.at(*path).fail(
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                "The referenced attachment was not found in the request",
            )
            continue
        file.shown_inside = True
        media |= {
            "url": file.url,
            "proxy_url": file.url,
            "content_type": file.content_type,
            "attachment_id": str(file.id),
            "loading_state": 2,
        }


def _link_embeds(embeds: list[Json], files: list[Attachment]) -> None:
    by_name = {file.filename: file for file in files}
    for embed in embeds:
        for name in ("image", "thumbnail"):
            url = str((embed.get(name) or {}).get("url", ""))
            if not url.startswith("attachment://"):
                continue
            file = by_name.get(url.removeprefix("attachment://"))
            if file is None:
                embed.pop(name)  # Discord shows no picture and says nothing.
            else:
                file.shown_inside = True
                embed[name] = {"url": file.url, "proxy_url": file.url}


def _ping(message: Message, allowed: Json) -> None:
    world = message.channel.world
    text = message.content
    if message.flags & COMPONENTS_V2:
        text = message.text
    parse = allowed.get("parse") or []
    users = _mentioned(r"<@!?(\d+)>", text, parse, "users", allowed)
    message.pinged = [world.users[key] for key in users if key in world.users]
    message.pinged_roles = _mentioned(r"<@&(\d+)>", text, parse, "roles", allowed)
    loud = "everyone" in parse and bool(re.search(r"@(everyone|here)", text))
    message.pings_everyone = loud and _may_ping_everyone(message)


def _mentioned(pattern: str, text: str, parse: list[str], kind: str, allowed: Json) -> list[int]:
    found = list(dict.fromkeys(int(key) for key in re.findall(pattern, text)))
    if kind in parse:
        return found
    named = {int(key) for key in allowed.get(kind) or []}
    return [key for key in found if key in named]


def _may_ping_everyone(message: Message) -> bool:
    guild = message.channel.guild
    author = guild.members.get(message.author.id) if guild else None
    return bool(author and author.can(message.channel, "mention_everyone"))
