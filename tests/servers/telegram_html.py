"""Telegram's HTML: what the Bot API takes, the words of its refusals, and the way back.

The rules follow TDLib's parser, which the Bot API server runs: the same tags, the same sloppiness
(a missing quote, an unknown attribute), the same errors with byte offsets.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

Entity = dict[str, Any]
"""A MessageEntity as it goes over the wire; offsets and lengths count UTF-16 code units."""

NUL = 0
SPACES = frozenset(b" \t\r\n\0\v")
NAME_ENDS = SPACES | frozenset(b"=>/\"'")
TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
REFERENCES = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
TAGS = frozenset(SIMPLE_TAGS) | {"a", "code", "pre", "blockquote", "tg-emoji"}
ATTRIBUTES = {
    ("a", "href"): "",
    ("code", "class"): "language-",
    ("span", "class"): "tg-",
    ("tg-emoji", "emoji-id"): "",
}
"""Attributes that mean something, with the prefix that the value has to have."""


class EntityError(ValueError):
    """The markup cannot be parsed; the text is Telegram's."""


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


def utf16(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(markup: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities, as they come out of the parser (not yet put in order)."""
    return _Parser(markup).run()


class _Parser:
    def __init__(self, markup: str) -> None:
        self.data = markup.encode() + b"\0"
        self.at = 0
        self.out = bytearray()
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        end = len(self.data) - 1
        while self.at < end:
            byte = self.data[self.at]
            if byte == ord("&") and (found := self.reference(self.at)):
                character, self.at = found
                self.write(character.encode("utf-8", "surrogatepass"))
            elif byte == ord("<"):
                self.tag()
            else:
                self.write(self.data[self.at : self.at + 1])
                self.at += 1
        if self.open:
            name = self.open[-1].tag
            message = f'Can\'t find end tag corresponding to start tag "{name}"'
            raise EntityError(message)
        return self.finish()

    def finish(self) -> tuple[str, list[Entity]]:
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        try:
            return self.out.decode(), self.entities
        except UnicodeDecodeError:
            message = (
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
            raise EntityError(message) from None

    def write(self, raw: bytes) -> None:
        first = raw[0]
        if first & 0xC0 != 0x80:
            self.offset += 2 if first >= 0xF0 else 1
        self.out += raw

    def reference(self, at: int) -> tuple[str, int] | None:
        """The character of the reference that starts at ``at`` and where it ends; None if the
        ampersand is just an ampersand."""
        numeric = re.compile(rb"&#(?:x([0-9A-Fa-f]*)|([0-9]*))").match(self.data, at)
        if numeric:
            digits, base = (numeric[1], 16) if numeric[1] is not None else (numeric[2], 10)
            code = int(digits or b"0", base)
            if code == 0 or code >= 0x10FFFF or numeric.end() - at >= 10:
                return None
            character, end = chr(code), numeric.end()
        else:
            named = re.compile(rb"&([A-Za-z]*)").match(self.data, at)
            if not named or named[1] not in REFERENCES:
                return None
            character, end = REFERENCES[named[1]], named.end()
        return character, end + (self.data[end] == ord(";"))

    def skip_spaces(self) -> None:
        while self.data[self.at] in SPACES and self.data[self.at] != NUL:
            self.at += 1

    def word(self) -> str:
        start = self.at
        while self.data[self.at] not in SPACES and self.data[self.at] != ord(">"):
            self.at += 1
        return self.data[start : self.at].decode().lower()

    def tag(self) -> None:
        begin = self.at
        self.at += 1
        if self.data[self.at] == ord("/"):
            self.at += 1
            self.close_tag(begin)
        else:
            self.open_tag(begin)
        self.at += 1

    def open_tag(self, begin: int) -> None:
        name = self.word()
        if self.data[self.at] == NUL:
            raise EntityError(f"Unclosed start tag at byte offset {begin}")
        if name not in TAGS:
            raise EntityError(f'Unsupported start tag "{name}" at byte offset {begin}')
        argument = ""
        while self.data[self.at] != ord(">"):
            self.skip_spaces()
            if self.data[self.at] == ord(">"):
                break
            argument = self.attribute(name, begin) or argument
        if name == "span" and argument != "spoiler":
            message = f'Tag "span" must have class "tg-spoiler" at byte offset {begin}'
            raise EntityError(message)
        self.open.append(_Open(name, argument, self.offset, len(self.out)))

    def attribute(self, tag: str, begin: int) -> str:
        """Reads one attribute; the value if it means something for this tag."""
        start = self.at
        while self.data[self.at] not in NAME_ENDS:
            self.at += 1
        name = self.data[start : self.at].decode()
        if not name:
            raise EntityError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self.skip_spaces()
        expandable = "1" if (tag, name) == ("blockquote", "expandable") else ""
        if self.data[self.at] != ord("="):
            if self.data[self.at] == NUL:
                raise EntityError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return expandable
        self.at += 1
        self.skip_spaces()
        if self.data[self.at] == NUL:
            raise EntityError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self.value()
        if self.data[self.at] == NUL:
            raise EntityError(f"Unclosed start tag at byte offset {begin}")
        prefix = ATTRIBUTES.get((tag, name))
        if prefix is not None and value.startswith(prefix):
            return value.removeprefix(prefix)
        return expandable

    def value(self) -> str:
        quote = self.data[self.at]
        if quote not in b"'\"":
            token = TOKEN.match(self.data, self.at)
            start, self.at = self.at, token.end() if token else self.at
            if self.data[self.at] not in SPACES and self.data[self.at] != ord(">"):
                raise EntityError(f"Unexpected end of name token at byte offset {start}")
            return self.data[start : self.at].decode().lower()
        self.at += 1
        value = bytearray()
        while self.data[self.at] not in (quote, NUL):
            if self.data[self.at] == ord("&") and (found := self.reference(self.at)):
                character, self.at = found
                value += character.encode("utf-8", "surrogatepass")
            else:
                value.append(self.data[self.at])
                self.at += 1
        if self.data[self.at] == quote:
            self.at += 1
        return value.decode("utf-8", "replace")

    def close_tag(self, begin: int) -> None:
        if not self.open:
            raise EntityError(f"Unexpected end tag at byte offset {begin}")
        name = self.word()
        self.skip_spaces()
        if self.data[self.at] != ord(">"):
            raise EntityError(f"Unclosed end tag at byte offset {begin}")
        last = self.open.pop()
        if name and name != last.tag:
            message = (
                f'Unmatched end tag at byte offset {begin}, expected "</{last.tag}>", '
                f'found "</{name}>"'
            )
            raise EntityError(message)
        if self.offset > last.offset:
            self.emit(last)

    def emit(self, tag: _Open) -> None:
        place = {"offset": tag.offset, "length": self.offset - tag.offset}
        if tag.tag in SIMPLE_TAGS:
            self.entities.append({**place, "type": SIMPLE_TAGS[tag.tag]})
        elif tag.tag == "tg-emoji":
            if not re.fullmatch(r"-?[0-9]+", tag.argument) or int(tag.argument) == 0:
                raise EntityError("Invalid custom emoji identifier specified")
            emoji = {"type": "custom_emoji", "custom_emoji_id": tag.argument}
            self.entities.append({**place, **emoji})
        elif tag.tag == "a":
            url = tag.argument or self.out[tag.start :].decode("utf-8", "replace")
            self.entities += link(url, place)
        elif tag.tag == "blockquote":
            kind = "expandable_blockquote" if tag.argument else "blockquote"
            self.entities.append({**place, "type": kind})
        else:
            self.emit_code(tag, place)

    def emit_code(self, tag: _Open, place: dict[str, int]) -> None:
        """``<pre><code class="language-x">`` is one entity, in either order."""
        last = self.entities[-1] if self.entities else {}
        same = all(last.get(key) == value for key, value in place.items())
        if tag.tag == "pre" and same and last["type"] == "code" and last.get("language"):
            last["type"] = "pre"
        elif tag.tag == "code" and same and last["type"] == "pre" and tag.argument:
            last["language"] = tag.argument
        else:
            language = {"language": tag.argument} if tag.argument else {}
            self.entities.append({**place, "type": tag.tag, **language})


def link(url: str, place: dict[str, int]) -> list[Entity]:
    """A link or a mention; nothing if the address is none that Telegram links to."""
    mention = re.fullmatch(r"tg:(?://)?user\?id=([0-9]+)", url, re.IGNORECASE)
    if mention:
        user = {"id": int(mention[1]), "is_bot": False, "first_name": ""}
        return [{**place, "type": "text_mention", "user": user}]
    checked = checked_link(url)
    return [{**place, "type": "text_link", "url": checked}] if checked else []


def checked_link(url: str) -> str:
    """The address as Telegram keeps it, or an empty string where it takes none."""
    url = url.strip()
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)(?://)?", url)
    if scheme and scheme[1].lower() in {"tg", "ton", "tonsite"}:
        return f"{scheme[1].lower()}://{url[scheme.end() :]}"
    if scheme and scheme[1].lower() not in {"http", "https"}:
        return ""
    protocol = scheme[1].lower() if scheme else "http"
    rest = url[scheme.end() :] if scheme else url
    address = re.fullmatch(r"([^/?#\s]+)([/?#]\S*)?", rest)
    if not address or "." not in address[1].strip("."):
        return ""
    tail = address[2] or "/"
    return f"{protocol}://{address[1]}{tail if tail.startswith('/') else '/' + tail}"


MARKS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ("<tg-spoiler>", "</tg-spoiler>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre>", "</pre>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ("<blockquote expandable>", "</blockquote>"),
}


def _marks(entity: Entity) -> tuple[str, str] | None:
    if entity["type"] == "text_link":
        return f'<a href="{html.escape(entity["url"])}">', "</a>"
    if entity["type"] == "text_mention":
        return f'<a href="tg://user?id={entity["user"]["id"]}">', "</a>"
    if entity["type"] == "pre" and entity.get("language"):
        return f'<pre><code class="language-{entity["language"]}">', "</code></pre>"
    return MARKS.get(entity["type"])


def render_html(text: str, entities: list[Entity]) -> str:
    """The formatting back as HTML, so that a test can read it. What Telegram itself finds
    (commands, mentions, addresses) is left as text."""
    units = text.encode("utf-16-le")
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda item: (item["offset"], -item["length"])):
        marks = _marks(entity)
        if marks:
            opens.setdefault(entity["offset"], []).append(marks[0])
            closes.setdefault(entity["offset"] + entity["length"], []).insert(0, marks[1])
    cuts = sorted({0, len(units) // 2, *opens, *closes})
    parts: list[str] = []
    for begin, end in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        parts += closes.get(begin, []) + opens.get(begin, [])
        piece = units[begin * 2 : end * 2].decode("utf-16-le")
        parts.append(html.escape(piece, quote=False))
    return "".join(parts)
