"""A reply as Telegram shows it: HTML within its limits, rows of buttons, typed lines."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from bot.render.split import split
from bot.render.text import columns, footer, pressed
from commands.dispatch import Registry
from commands.registry import Access, Command, CommandError
from commands.reply import Button, Reply, Table
from commands.words import _, language

TEXT, CAPTION = 4096, 1024
"""Longest text of a message and of a picture, in UTF-16 code units after parsing."""
DATA = 64
"""Most bytes that a button carries."""
TOAST = 200
MOST_BUTTONS = 100
OPENING = "start"
"""What Telegram itself sends when somebody opens the bot, with the words of a deep link."""

_ROW = 30
"""Characters that fit side by side on a phone, in buttons and in a monospaced table."""
_KEY = "~"
_LONGEST_LABEL = 64
_DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile(r"[\x00-\x09\x0b-\x1f]")
_PAYLOAD = re.compile(r"[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class Part:
    """One message: as HTML, and as the plain text that people see."""

    html: str
    plain: str


def utf16(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """What Telegram would silently drop or blank is gone, so that lengths are true."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _BLANKED.sub(" ", _DROPPED.sub("", whole))


def escaped(text: str) -> str:
    """Text in which nothing is markup."""
    return html.escape(text, quote=False)


def parts(reply: Reply, first: int = TEXT) -> list[Part]:
    """The messages of a reply, at least one; the first at most ``first`` long."""
    blocks = [(tag, clean(text).strip("\n")) for tag, text in _blocks(reply)]
    blocks = [(tag, text) for tag, text in blocks if text.strip()] or [("", "…")]
    pages = split([text for _tag, text in blocks], TEXT, utf16, first=first)
    return [_part([(blocks[index][0], text) for index, text in page]) for page in pages]


def _part(pieces: list[tuple[str, str]]) -> Part:
    marked = []
    for tag, group in groupby(pieces, key=lambda piece: piece[0]):
        text = escaped("\n".join(text for _tag, text in group))
        marked.append(f"<{tag}>{text}</{tag}>" if tag else text)
    return Part("\n".join(marked), "\n".join(text for _tag, text in pieces))


def _blocks(reply: Reply) -> Iterator[tuple[str, str]]:
    yield "b", reply.headline
    yield "", reply.reason
    for line in reply.lines:
        yield "blockquote", line
    if reply.table is not None:
        yield from _table(reply.table)
    yield "i", footer(reply)


def _table(table: Table) -> Iterator[tuple[str, str]]:
    """Columns where a phone has room for them, else one row a line."""
    rows = [[" ".join(clean(cell).split()) for cell in row] for row in (table.header, *table.rows)]
    lines = columns(rows, _ROW)
    if lines is None:
        yield from (("blockquote", " · ".join(row)) for row in rows)
    else:
        yield from (("pre", line) for line in lines)


def rows(buttons: tuple[Button, ...]) -> list[list[Button]]:
    """Buttons side by side as far as their labels can be read on a phone."""
    found: list[list[Button]] = []
    for button in buttons[:MOST_BUTTONS]:
        command = clean(button.command).strip()
        label = (clean(button.label).strip() or command)[:_LONGEST_LABEL]
        if not command:
            continue
        shown = replace(button, label=label, command=command)
        wide = max(len(item.label) for item in [*(found[-1] if found else []), shown])
        if found and wide * (len(found[-1]) + 1) <= _ROW:
            found[-1].append(shown)
        else:
            found.append([shown])
    return found


def keyboard(reply: Reply) -> list[list[Button]]:
    """All rows below a message: menus as rows of their own, the buttons, the forms. Two with the
    same command line are one.
    """
    found: list[list[Button]] = []
    seen: set[str] = set()
    for group in pressed(reply):
        new = tuple({button.command: button for button in reversed(group)}.values())[::-1]
        new = tuple(button for button in new if button.command not in seen)
        found += rows(new[: MOST_BUTTONS - len(seen)])
        seen.update(button.command for button in new)
    return found


def button_data(line: str) -> str:
    """What a button carries: the command line itself, or a key where it is too long."""
    if len(line.encode()) <= DATA and not is_key(line):
        return line
    return _KEY + hashlib.sha256(line.encode()).hexdigest()[:32]


def is_key(data: str) -> bool:
    """Whether a button carries a key in place of a command line."""
    return data.startswith(_KEY)


def toast(*sentences: str) -> str:
    """Words for the little window after a tap."""
    text = clean("\n".join(sentence for sentence in sentences if sentence)).strip()
    return text if len(text) <= TOAST else text[: TOAST - 1] + "…"


def menu(commands: Iterable[Command], code: str) -> list[tuple[str, str]]:
    """Names and summaries in a language."""
    token = language.set(code)
    try:
        return [(command.name, _(command.summary)) for command in commands]
    finally:
        language.reset(token)


def suggested(typed: str, registry: Registry) -> list[tuple[Command, str]]:
    """Commands that may be meant by a line typed so far, with the words behind the name: what
    everybody may ask, and what needs nothing more.
    """
    word, _space, rest = typed.strip().removeprefix("/").partition(" ")
    name = word.casefold()

    def fits(command: Command) -> bool:
        names = (command.name, *command.aliases)
        meant = name in names if rest else any(known.startswith(name) for known in names)
        needs = any(option.required for option in command.options)
        return meant and not needs and command.access is Access.EVERYBODY

    return [(command, rest.strip()) for command in registry.commands if fits(command)]


def payload(line: str) -> str | None:
    """The deep link's words for a command line, None if they would not lead back to it."""
    words = line.removeprefix("/").split()
    text = "_".join(words)
    plain = _PAYLOAD.fullmatch(text) and len(text) <= DATA and not any("_" in w for w in words)
    return text if plain else None


def spoken(text: str, username: str, registry: Registry, *, direct: bool) -> str | None:
    """The command line in a message, None if it is not for us.

    In a ``direct`` chat every word is for us. Elsewhere a command is, if it names us, or if it
    names nobody and is one of ours: other bots have commands too.
    """
    word, *more = text.split(maxsplit=1) or [""]
    if not word.startswith("/"):
        return (text.strip() or None) if direct else None
    name, at, addressee = word[1:].partition("@")
    rest = "".join(more).strip()
    if at and addressee.casefold() != username.casefold():
        return None
    if not (direct or at or _known(name, registry)):
        return None
    if name.casefold() == OPENING and rest:
        return _linked(rest.replace("_", " ").split(), registry)
    return f"/{name} {rest}".strip()


def _linked(words: list[str], registry: Registry) -> str:
    """What a deep link says. A link reads at once; to change something takes a further tap, for
    whoever follows it has not written it.
    """
    if not words or not _known(words[0], registry):
        return f"/{OPENING}"
    reads = registry.find(words[0].casefold()).access is Access.EVERYBODY
    return " ".join(["/" + words[0], *words[1:]] if reads else [f"/{OPENING}", *words])


def _known(name: str, registry: Registry) -> bool:
    try:
        registry.find(name.casefold())
    except CommandError:
        return False
    return True
