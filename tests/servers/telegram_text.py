"""From what a bot sends to what stands in the chat: cleaning, trimming, entities in order.

Telegram does all of this silently: it drops what may not nest, finds commands, mentions and
addresses by itself, and cuts white space at both ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .telegram_html import EntityError, parse_html, utf16
from .telegram_wire import bad

if TYPE_CHECKING:
    from .telegram_html import Entity
    from .telegram_wire import Params

MAX_BYTES = 1 << 15
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100

SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
VERBATIM = frozenset({"code", "pre"})
FOUND = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
PRIORITY = {"blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49}
PRIORITY |= {name: 90 + index for index, name in enumerate(SPLITTABLE)}

DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
BLANKED = re.compile("[\0-\x09\x0b\x0c\x0e-\x1f]")

PATTERNS = {
    "bot_command": r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])",
    "url": r"(?<![\w@/.])(?:https?://[^\s<>\"]+[^\s<>\".,;:!?)]|(?:[a-z0-9-]+\.)+(?:com|org|net|io)"
    r"(?:/[^\s<>\"]*[^\s<>\".,;:!?)])?)(?!\w)",
    "email": r"(?<![\w.+-])[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
    "mention": r"(?<!\w)@[A-Za-z0-9_]{3,32}\b",
    "cashtag": r"(?<![\w$])\$(?:1INCH|[A-Z]{1,8})(?![\w$])",
    "hashtag": r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}(?!\w)",
}


@dataclass
class Formatted:
    """A text with its entities, as it stands in a chat."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)

    def too_long(self, limit: int) -> bool:
        """Counted in UTF-16 code units, the stricter of the two readings of 'characters'."""
        return utf16(self.text) > limit


def from_params(params: Params, name: str, entities_name: str) -> Formatted:
    """Text of a request with ``parse_mode`` or explicit entities."""
    return formatted(params.text(name), params.text("parse_mode"), params.json(entities_name))


def formatted(text: str, parse_mode: str, given: object) -> Formatted:
    """Parsed, not yet cleaned: the errors that come before any look at the chat."""
    if len(text.encode()) > MAX_BYTES:
        raise bad("text is too long")
    mode = parse_mode.lower()
    if text and mode and mode != "none":
        if mode != "html":
            known = mode in {"markdown", "markdownv2"}
            raise bad("the stand-in parses HTML only" if known else "unsupported parse_mode")
        try:
            return Formatted(*parse_html(text))
        except EntityError as error:
            raise bad(f"can't parse entities: {error}") from None
    entities = [dict(item) for item in given] if isinstance(given, list) else []
    return Formatted(text, [item for item in entities if item.get("type") not in FOUND])


def settle(raw: Formatted, *, may_be_empty: bool = False) -> Formatted:
    """What Telegram makes of it before it stands in the chat."""
    entities = [dict(item) for item in raw.entities if item["length"] > 0]
    text, entities = _clean(raw.text, _in_order(entities))
    text, entities = _trim(text, entities)
    if not text:
        if may_be_empty:
            return Formatted()
        raise bad("message must be non-empty")
    found = find_entities(text)
    merged = _merge(_in_order(entities), found)
    return Formatted(text, _without_blank(text, merged)[:MAX_ENTITIES])


def find_entities(text: str) -> list[Entity]:
    """What Telegram finds in plain text, without overlaps."""
    found: list[Entity] = []
    taken = [False] * len(text)
    for kind, pattern in PATTERNS.items():
        for match in re.finditer(pattern, text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                offset, length = utf16(text[: match.start()]), utf16(match[0])
                found.append({"offset": offset, "length": length, "type": kind})
    return sorted(found, key=lambda item: int(item["offset"]))


def _key(entity: Entity) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], PRIORITY.get(entity["type"], 50)


def _end(entity: Entity) -> int:
    return int(entity["offset"] + entity["length"])


def _apart(entities: list[Entity]) -> list[Entity]:
    """Those that do not intersect an earlier one."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=_key):
        if not kept or entity["offset"] >= _end(kept[-1]):
            kept.append(entity)
    return kept


def _in_order(entities: list[Entity]) -> list[Entity]:
    """Links, code and quotes may not overlap each other; a quote may hold the other two; nothing
    stands inside code; bold and its kin are cut at the borders of the rest."""
    quotes = _apart([item for item in entities if item["type"] in QUOTES])
    fixed = [item for item in entities if item["type"] not in QUOTES | set(SPLITTABLE)]
    fixed = [item for item in _apart(fixed) if all(_fits(item, quote) for quote in quotes)]
    styled = [item for item in entities if item["type"] in SPLITTABLE]
    return sorted([*quotes, *fixed, *_split(styled, [*quotes, *fixed])], key=_key)


def _fits(entity: Entity, quote: Entity) -> bool:
    inside = quote["offset"] <= entity["offset"] and _end(entity) <= _end(quote)
    outside = _end(entity) <= quote["offset"] or entity["offset"] >= _end(quote)
    return inside or outside


def _split(styled: list[Entity], fixed: list[Entity]) -> list[Entity]:
    borders = {item["offset"] for item in fixed} | {_end(item) for item in fixed}
    verbatim = [item for item in fixed if item["type"] in VERBATIM]
    pieces: list[Entity] = []
    for kind in SPLITTABLE:
        for begin, end in _union([item for item in styled if item["type"] == kind]):
            cuts = [begin, *sorted(cut for cut in borders if begin < cut < end), end]
            for left, right in pairwise(cuts):
                if not any(item["offset"] <= left < _end(item) for item in verbatim):
                    pieces.append({"offset": left, "length": right - left, "type": kind})
    return pieces


def _union(entities: list[Entity]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for entity in sorted(entities, key=_key):
        if spans and entity["offset"] <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], _end(entity)))
        else:
            spans.append((entity["offset"], _end(entity)))
    return spans


def _clean(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    removed = [utf16(text[: match.start()]) for match in DROPPED.finditer(text)]
    moved: list[Entity] = []
    for entity in entities:
        begin = entity["offset"] - sum(at < entity["offset"] for at in removed)
        end = _end(entity) - sum(at < _end(entity) for at in removed)
        if end > begin:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return BLANKED.sub(" ", DROPPED.sub("", text)), moved


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    text = text.rstrip()
    total = utf16(text)
    kept = [
        {**item, "length": min(_end(item), total) - item["offset"]}
        for item in _without_blank(text, entities)
    ]
    blank = len(text) - len(text.lstrip(" \n"))
    cut = min([blank, *(item["offset"] for item in kept)])
    return text[cut:], [{**item, "offset": item["offset"] - cut} for item in kept]


def _without_blank(text: str, entities: list[Entity]) -> list[Entity]:
    units = text.encode("utf-16-le")
    return [
        item
        for item in entities
        if units[item["offset"] * 2 : _end(item) * 2].decode("utf-16-le", "replace").strip()
    ]


def _merge(entities: list[Entity], found: list[Entity]) -> list[Entity]:
    """What the bot marked wins over what Telegram finds."""
    fixed = [item for item in entities if item["type"] not in SPLITTABLE]
    firm = [item for item in fixed if item["type"] not in QUOTES]
    new = [
        item
        for item in found
        if all(_end(item) <= other["offset"] or item["offset"] >= _end(other) for other in firm)
    ]
    return _in_order([*entities, *new])
