"""A reply as a Discord message, in plain data: content, one embed, rows of buttons.

Embeds or Components V2? Both were tried against the stand-in server, and weighed for phones:

- A push notification shows the content of a message. Components V2 forbid content, so that an
  alert would arrive empty (discord-api-docs #7854, open). With an embed, what is sent unasked
  carries its headline as content, and the lock screen says what happened.
- Components V2 fail with a 500 from about 10,000 bytes of text on (#8554), which is 3,400
  Chinese characters; an embed takes 4,096 of any script. V2 can never be taken off a message.
- What speaks for V2: they need no right to embed links. Where an embed is refused, the answer
  goes as plain text instead.

So it is an embed: a bold title, the reason, the lines as a list, the picture, and the freshness
line as footer. Every text is escaped: nothing that a user wrote becomes a mention, markup or a
link in disguise.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from bot.recent import Recent
from bot.render.split import split
from bot.render.text import columns, footer, mark, text, too_old
from commands.reply import Button, Document, Form, Menu, Reply, Table, Tone

MOST_CONTENT = 2000
MOST_TITLE = 256
MOST_DESCRIPTION = 4096
MOST_TABLE = 2000
MOST_FOOTER = 1024
"""Discord takes 2,048, but 6,000 for the whole embed."""
MOST_ALT = 1024
MOST_LABEL = 80
MOST_CUSTOM_ID = 100
A_ROW, MOST_ROWS = 5, 5
ROW, BUTTON, SELECT, TEXT_INPUT, LABEL = 1, 2, 3, 4, 18
"""Kinds of components."""
MOST_CHOICES, MOST_CHOICE, MOST_PLACEHOLDER = 25, 100, 150
MOST_FIELDS, MOST_FIELD, MOST_EXAMPLE = 5, 45, 100
LONGEST_VALUE = 1000
PICTURE = "spillover.png"
NARROW = 32
"""Characters of fixed width that a phone shows in one line of an embed."""
COLOURS = {
    Tone.GOOD: 0x38DCB4,
    Tone.WARM: 0xFFB13D,
    Tone.CALM: 0x6CB6FF,
    Tone.BAD: 0xFF6F5C,
    Tone.MUTED: 0x93A0B5,
}
"""As in the pictures."""

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MARKUP = re.compile(r"(?P<url>https?://[^\s<>*`|\\\[\]()\"]+)|(?P<mark>[\\*_~`|<\[\]@]|:(?=\w+:))")
_PLAIN = re.compile(r"/?[^\W\d_][^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\*_~`|<\[\]@:]*")
"""Most lines: they begin with a letter and nothing in them is markup."""
_AT_START = re.compile(r"^(\d*)([#>+.)-])")
_KEY = "~"


@dataclass(frozen=True, slots=True)
class Post:
    """One message. ``embed`` and ``rows`` are Discord's own JSON."""

    content: str = ""
    embed: dict[str, Any] | None = None
    rows: tuple[dict[str, Any], ...] = ()
    alt: str = ""
    """What a person who cannot see the picture should know."""
    private: bool = False
    document: Document | None = None


class Keys:
    """Command lines as custom ids of buttons, and back.

    A line of up to 100 characters is its own custom id, so that its button outlives the process.
    A longer one becomes a key that is looked up among the newest ``most``.
    """

    def __init__(self, most: int = 1000) -> None:
        self._lines: Recent[str, str] = Recent(most)
        self._forms: Recent[str, Form] = Recent(most)

    def of(self, line: str) -> str:
        """The custom id of a line."""
        if size(line) <= MOST_CUSTOM_ID and line == tidy(line) and not line.startswith(_KEY):
            return line
        key = _KEY + hashlib.sha256(line.encode(errors="replace")).hexdigest()[:32]
        self._lines.put(key, line)
        return key

    def of_form(self, form: Form) -> str:
        """The custom id of the button that opens a form."""
        self._forms.put(mark(form), form)
        return self.of(mark(form))

    def form(self, line: str) -> Form | None:
        """The form of a mark, None if it is none or not known (any more)."""
        return self._forms.get(line)

    def line(self, custom_id: str) -> str | None:
        """The line of a custom id; None for a key that is not known (any more)."""
        return self._lines.get(custom_id) if custom_id.startswith(_KEY) else custom_id


def post(reply: Reply, keys: Keys, *, picture: bool = False, unasked: bool = False) -> Post:
    """The message for a reply. ``picture``: PICTURE is attached to it. ``unasked``: nobody waits
    for it, so the headline goes where a push notification shows it.
    """
    headline, last = escaped(reply.headline), cut(tidy(footer(reply)), MOST_FOOTER)
    table = _table(reply.table) if reply.table else ""
    lines = (escaped(line) for line in reply.lines)
    body = [escaped(reply.reason), *(f"- {line}" for line in lines if line)]
    words = _fitting(body, MOST_DESCRIPTION - size(table) - 1)
    parts: dict[str, Any] = {
        "title": "" if unasked else cut(headline, MOST_TITLE),
        "description": "\n".join(part for part in (words, table) if part),
        "footer": {"text": last} if last else None,
        "image": {"url": f"attachment://{PICTURE}"} if picture else None,
    }
    embed = {name: part for name, part in parts.items() if part}
    content = cut(headline, MOST_CONTENT) if unasked else ""
    return Post(
        content or ("" if embed else "…"),
        embed | {"color": COLOURS[reply.tone]} if embed else None,
        _rows(reply, keys),
        cut(tidy(reply.chart.alt), MOST_ALT) if reply.chart else "",
        reply.private,
        reply.document,
    )


def plain(reply: Reply) -> Post:
    """The words alone, for where nothing else is taken."""
    lines = (escaped(line) for line in text(reply).splitlines())
    words = cut("\n".join(line for line in lines if line), MOST_CONTENT)
    return Post(words or "…", private=reply.private)


def expired() -> Reply:
    """The answer to a button whose command line is not known any more."""
    return Reply(too_old(), private=True, failed=True)


def _table(table: Table) -> str:
    """Columns of fixed width where a phone has room for them, else one row a line."""
    rows = [[tidy(cell).replace("`", "'") for cell in row] for row in (table.header, *table.rows)]
    lines = columns(rows, NARROW)
    if lines is None:
        texts = (escaped(" · ".join(cell for cell in row if cell)) for row in rows)
        return _fitting([f"- {line}" for line in texts if line], MOST_TABLE)
    shown = _fitting(lines, MOST_TABLE)
    return f"```\n{shown}\n```" if shown else ""


def _fitting(blocks: list[str], most: int) -> str:
    """The blocks one below the other, as many as fit, and … where some are left out."""
    pages = split(blocks, most - 2, size)
    words = "\n".join(piece for _number, piece in pages[0]) if pages else ""
    return f"{words}\n…" if len(pages) > 1 else words


def _rows(reply: Reply, keys: Keys) -> tuple[dict[str, Any], ...]:
    """A menu a row, then the buttons and the forms, five a row; two alike are one."""
    menus = [_menu(menu, number, keys) for number, menu in enumerate(reply.menus)]
    menus = [menu for menu in menus if menu["options"]][:MOST_ROWS]
    labels = {custom_id: cut(label, MOST_LABEL) for custom_id, label in _ids(reply.buttons, keys)}
    for form in reply.forms:
        labels.setdefault(keys.of_form(form), cut(tidy(form.label) or form.command, MOST_LABEL))
    parts = [
        {"type": BUTTON, "style": 2, "label": label, "custom_id": custom_id}
        for custom_id, label in labels.items()
    ][: A_ROW * (MOST_ROWS - len(menus))]
    rows = [[menu] for menu in menus]
    rows += [parts[start : start + A_ROW] for start in range(0, len(parts), A_ROW)]
    return tuple({"type": ROW, "components": row} for row in rows)


def _menu(menu: Menu, number: int, keys: Keys) -> dict[str, Any]:
    """A select menu whose values are command lines."""
    options = [
        {"label": cut(label, MOST_CHOICE), "value": line}
        for line, label in _ids(menu.choices, keys)
    ]
    return {
        "type": SELECT,
        "custom_id": f"{_KEY}{number}",
        "placeholder": cut(tidy(menu.placeholder), MOST_PLACEHOLDER),
        "options": options[:MOST_CHOICES],
    }


def _ids(buttons: tuple[Button, ...], keys: Keys) -> list[tuple[str, str]]:
    """Custom id and label of each; of those with the same command line the first."""
    found: dict[str, str] = {}
    for button in buttons:
        if tidy(button.command):
            label = tidy(button.label) or tidy(button.command)
            found.setdefault(keys.of(button.command), label)
    return list(found.items())


def modal(form: Form, keys: Keys) -> dict[str, Any]:
    """The window of a form; its custom id is the command line without the values."""
    fields = [
        {
            "type": LABEL,
            "label": cut(tidy(field.label) or field.name, MOST_FIELD),
            "component": {
                "type": TEXT_INPUT,
                "custom_id": field.name,
                "style": 2 if field.long else 1,
                "placeholder": cut(tidy(field.example), MOST_EXAMPLE),
                "required": field.required,
                "max_length": LONGEST_VALUE,
            },
        }
        for field in form.fields[:MOST_FIELDS]
    ]
    title = cut(tidy(form.title) or form.label, MOST_FIELD)
    return {"title": title, "custom_id": keys.of(form.command), "components": fields}


def filled(data: Any) -> list[str]:
    """The values of a submitted window, in the order of its fields, each in one line."""
    parts = [part.get("component") or part["components"][0] for part in data["components"]]
    return [" ".join(str(part.get("value") or "").split()) for part in parts]


def size(words: str) -> int:
    """Length as Discord's clients count it: a character beyond the basic plane is two."""
    return len(words.encode("utf-16-le", "replace")) // 2


def cut(words: str, most: int) -> str:
    """The text, shortened with … where it is too long."""
    if size(words) <= most:
        return words
    kept = words.encode("utf-16-le", "replace")[: 2 * (most - 1)]
    return kept.decode("utf-16-le", "ignore") + "…"


def tidy(words: str) -> str:
    """One line without control characters and spaces around it."""
    return _BREAKS.sub(" ", words).strip()


def escaped(words: str) -> str:
    """One line in which nothing is markup. Addresses stay as they are and can be tapped."""
    words = words.strip()
    if _PLAIN.fullmatch(words):
        return words
    line = _MARKUP.sub(lambda found: found["url"] or "\\" + found["mark"], tidy(words))
    return _AT_START.sub(r"\1\\\2", line)
