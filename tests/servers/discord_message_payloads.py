"""Messages and their files as Discord's JSON."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .discord_payloads import stamp, user

if TYPE_CHECKING:
    from .discord_channels import Attachment, Message
    from .discord_interactions import Interaction
    from .discord_world import World

Json = dict[str, Any]

LINK_LIFETIME = 24 * 3600


def attachment(file: Attachment, world: World) -> Json:
    """Return the attachment object, with a link that is good for a day."""
    until = f"{int(world.clock.now()) + LINK_LIFETIME:x}"
    url = f"{file.url}?ex={until}&is=0&hm={signature(file.id, until)}&"
    data: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": len(file.data),
        "url": url,
        "proxy_url": url,
        "content_type": file.content_type,
    }
    if file.description:
        data["description"] = file.description
    if file.data.startswith(b"\x89PNG\r\n\x1a\n"):
        data["width"] = int.from_bytes(file.data[16:20], "big")
        data["height"] = int.from_bytes(file.data[20:24], "big")
    return data


def signature(file_id: int, until: str) -> str:
    """Return what proves that an attachment's link came from this server."""
    return hashlib.sha256(f"{file_id}:{until}".encode()).hexdigest()


def message(one: Message, *, depth: int = 1) -> Json:
    """Return the message object."""
    world = one.channel.world
    data: Json = {
        "id": str(one.id),
        "type": one.type,
        "channel_id": str(one.channel.id),
        "author": user(one.author),
        "content": one.content,
        "embeds": one.embeds,
        "components": one.components,
        "attachments": [
            attachment(file, world) for file in one.attachments if not file.shown_inside
        ],
        "mentions": [user(person) for person in one.pinged],
        "mention_roles": [str(key) for key in one.pinged_roles],
        "mention_everyone": one.pings_everyone,
        "pinned": False,
        "tts": one.tts,
        "flags": one.flags,
        "timestamp": stamp(one.created_at),
        "edited_timestamp": stamp(one.edited_at) if one.edited_at else None,
    }
    if one.nonce is not None:
        data["nonce"] = one.nonce
    if one.interaction:
        data |= _origin(one, one.interaction)
    if one.reply_to and depth:
        data |= _reference(one.reply_to, depth)
    return data


def _reference(target: Message, depth: int) -> Json:
    reference: Json = {
        "type": 0,
        "message_id": str(target.id),
        "channel_id": str(target.channel.id),
    }
    if target.channel.guild:
        reference["guild_id"] = str(target.channel.guild.id)
    resolved = None if target.deleted else message(target, depth=depth - 1)
    return {"message_reference": reference, "referenced_message": resolved}


def _origin(one: Message, interaction: Interaction) -> Json:
    app = str(one.channel.world.app_id)
    data: Json = {
        "application_id": app,
        "webhook_id": app,
        "interaction_metadata": metadata(interaction, one),
    }
    if interaction.kind == 2:
        data["interaction"] = {
            "id": str(interaction.id),
            "type": 2,
            "name": interaction.name,
            "user": user(interaction.user),
        }
    return data


def metadata(interaction: Interaction, answer: Message | None = None) -> Json:
    """Return what a message says of the interaction it answers."""
    data: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": user(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.kind == 2:
        data |= {"name": interaction.name, "command_type": 1}
    if interaction.kind == 3 and interaction.source:
        data["interacted_message_id"] = str(interaction.source.id)
    if interaction.kind == 5 and interaction.opened_by:
        data["triggering_interaction_metadata"] = metadata(interaction.opened_by)
    original = interaction.original
    if answer and original and original is not answer:
        data["original_response_message_id"] = str(original.id)
    return data
