"""Reads the body of a message request and checks it by Discord's rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import discord_components as components
from .discord_channels import (
    COMPONENTS_V2,
    EPHEMERAL,
    SILENT,
    SUPPRESS_EMBEDS,
    walk_components,
)
from .discord_errors import ApiError, Form

if TYPE_CHECKING:
    from .discord_channels import Message

Json = dict[str, Any]

MAX_CONTENT = 2000
MAX_EMBEDS_TEXT = 6000
MAX_NONCE = 25
SETTABLE = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2
# Discord fails with a 500 where the text displays' bytes, and 12 for each, pass this:
# github.com/discord/discord-api-docs/issues/8554 (measured, not documented).
V2_BYTES = 10170
EVERYTHING: Json = {"parse": ["users", "roles", "everyone"]}
USERS_ONLY: Json = {"parse": ["users"]}
LEGACY_FIELDS = ("content", "embeds", "sticker_ids", "poll")


@dataclass
class Upload:
    """A file of a multipart body: ``files[n]``."""

    index: int
    filename: str
    data: bytes
    content_type: str


@dataclass
class Draft:
    """A checked body; None is 'not given' (an edit leaves it as it was)."""

    content: str | None = None
    embeds: list[Json] | None = None
    components: list[Json] | None = None
    flags: int | None = None
    attachments: list[Json] | None = None
    uploads: list[Upload] = field(default_factory=list)
    mentions: Json | None = None
    tts: bool = False
    nonce: str | int | None = None
    enforce_nonce: bool = False
    reference: Json | None = None
    default_mentions: Json = field(default_factory=lambda: EVERYTHING)

    @property
    def ephemeral(self) -> bool:
        """Whether the body asks for a message that one person sees."""
        return bool((self.flags or 0) & EPHEMERAL)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.content or self.embeds or self.components or self.uploads)


def read(body: Json, uploads: list[Upload], form: Form, before: Message | None = None) -> Draft:
    """Check a body; with a message ``before``, as an edit of it."""
    draft = Draft(uploads=uploads, tts=bool(body.get("tts")))
    draft.flags = _flags(form, body, before)
    v2 = bool((draft.flags or 0) & COMPONENTS_V2)
    if "content" in body:
        text = form.at("content").text(_trim(body["content"]), 0, MAX_CONTENT)
        draft.content = text
    if "embeds" in body:
        draft.embeds = _embeds(form.at("embeds"), body["embeds"])
    if "components" in body:
        draft.components = components.check_message(form, body["components"] or [], v2=v2)
    if v2:
        _no_legacy_fields(form, body, before)
    if body.get("allowed_mentions") is not None:
        draft.mentions = _mentions(form.at("allowed_mentions"), body["allowed_mentions"])
    draft.attachments = _attachments(form.at("attachments"), body, uploads)
    draft.nonce = _nonce(form.at("nonce"), body.get("nonce"))
    draft.enforce_nonce = bool(body.get("enforce_nonce")) and draft.nonce is not None
    draft.reference = body.get("message_reference")
    form.check()
    _too_many_bytes(draft)
    return draft


def _trim(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _flags(form: Form, body: Json, before: Message | None) -> int | None:
    given: int | None = body.get("flags")
    if given is not None and not form.at("flags").number(given, 0, (1 << 31) - 1):
        given = None
    if before is None:
        return (given or 0) & (SETTABLE | EPHEMERAL)
    kept = before.flags & ~SUPPRESS_EMBEDS
    if given is None:
        return before.flags
    # An edit sets or clears 'suppress embeds', and can only set Components V2.
    return kept | (given & (SUPPRESS_EMBEDS | COMPONENTS_V2))


def _no_legacy_fields(form: Form, body: Json, before: Message | None) -> None:
    for name in LEGACY_FIELDS:
        held = bool(before and getattr(before, name, None))
        if body.get(name) or (held and name not in body):
            form.at(name).fail(
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def _too_many_bytes(draft: Draft) -> None:
    texts = [
        part["content"].encode()
        for part in walk_components(draft.components or [])
        if part["type"] == components.TEXT_DISPLAY
    ]
    if sum(len(text) + 12 for text in texts) > V2_BYTES:
        raise ApiError(500, 0, "500: Internal Server Error")


def _nonce(form: Form, value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    return form.text(value, 0, MAX_NONCE)


def _embeds(form: Form, value: object) -> list[Json]:
    embeds = form.items(value, 0, 10)
    total = 0
    clean = []
    for index, embed in enumerate(embeds):
        place = form.at(index)
        one, size = _embed(place, place.table(embed))
        clean.append(one)
        total += size
    if total > MAX_EMBEDS_TEXT:
        form.fail(
            "MAX_EMBED_SIZE_EXCEEDED",
            f"Embed size exceeds maximum size of {MAX_EMBEDS_TEXT}",
        )
    return clean


def _embed(form: Form, embed: Json) -> tuple[Json, int]:
    one: Json = {"type": "rich"}
    size = 0
    for name, high in (("title", 256), ("description", 4096)):
        text = form.at(name).text(_trim(embed.get(name)), 0, high)
        size += len(text)
        if text:
            one[name] = text
    for name, inner, high in (("footer", "text", 2048), ("author", "name", 256)):
        if embed.get(name):
            text = form.at(name, inner).text(_trim(embed[name].get(inner)), 1, high)
            size += len(text)
            one[name] = {**embed[name], inner: text}
    fields, extra = _fields(form.at("fields"), embed.get("fields"))
    if fields:
        one["fields"] = fields
    for name in ("image", "thumbnail"):
        if embed.get(name):
            _url(form.at(name, "url"), embed[name].get("url"))
            one[name] = dict(embed[name])
    if embed.get("url"):
        _url(form.at("url"), embed["url"])
        one["url"] = embed["url"]
    _color_and_time(form, embed, one)
    if len(one) == 1:
        form.at("description").required()
    return one, size + extra


def _color_and_time(form: Form, embed: Json, one: Json) -> None:
    if embed.get("color") is not None and form.at("color").number(embed["color"], 0, 0xFFFFFF):
        one["color"] = embed["color"]
    if embed.get("timestamp"):
        try:
            datetime.fromisoformat(str(embed["timestamp"]))
        except ValueError:
            form.at("timestamp").fail(
                "DATE_TIME_TYPE_PARSE", f"Could not parse {embed['timestamp']}."
            )
        one["timestamp"] = embed["timestamp"]


def _fields(form: Form, value: object) -> tuple[list[Json], int]:
    clean, size = [], 0
    for index, item in enumerate(form.items(value, 0, 25)):
        place = form.at(index)
        data = place.table(item)
        name = place.at("name").text(_trim(data.get("name")), 1, 256)
        text = place.at("value").text(_trim(data.get("value")), 1, 1024)
        size += len(name) + len(text)
        inline = bool(data.get("inline", False))
        clean.append({"name": name, "value": text, "inline": inline})
    return clean, size


def _url(form: Form, value: object) -> None:
    url = form.text(value, 1, 2048)
    if url and not url.startswith(("http://", "https://", "attachment://")):
        form.fail(
            "URL_TYPE_INVALID_SCHEME",
            f"Scheme \"{url.partition(':')[0]}\" must be one of ('http', 'https').",
        )


def _mentions(form: Form, value: object) -> Json:
    data = form.table(value)
    parse = form.at("parse").items(data.get("parse"), 0, 3)
    for index, kind in enumerate(parse):
        form.at("parse", index).one_of(kind, ("users", "roles", "everyone"))
    for kind in ("users", "roles"):
        form.at(kind).items(data.get(kind), 0, 100)
        if kind in parse and data.get(kind):
            form.fail(
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
    return data


def _attachments(form: Form, body: Json, uploads: list[Upload]) -> list[Json] | None:
    if len(uploads) > 10:
        raise ApiError(400, 30015, "Maximum number of attachments in a message reached (10)")
    if body.get("attachments") is None:
        return None if "attachments" not in body else []
    given = form.items(body["attachments"], 0, 10)
    for index, item in enumerate(given):
        data = form.at(index).table(item)
        form.at(index, "description").text(data.get("description"), 0, 1024)
    return given
