"""A reply as plain text, and as data; what can be pressed below it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from commands.reply import Button, Form, Reply, Table
from commands.words import _

SAMPLE = "SAMPLE DATA"
_FORM = "?"


def text(reply: Reply) -> str:
    """Headline, reason, lines, table and freshness, one a line; buttons are left out."""
    return "\n".join(line for line in _lines(reply) if line)


def _lines(reply: Reply) -> Iterator[str]:
    yield reply.headline
    yield reply.reason
    yield from reply.lines
    if reply.table is not None:
        yield from _rows(reply.table)
    yield footer(reply)


def _rows(table: Table) -> Iterator[str]:
    for row in (table.header, *table.rows):
        yield " · ".join(row)


def footer(reply: Reply) -> str:
    """The freshness line, opened by the label of sample data."""
    parts = [_(SAMPLE) if reply.sample else "", reply.footer]
    return " · ".join(part for part in parts if part)


def columns(rows: list[list[str]], most: int) -> list[str] | None:
    """A line a row with its cells below each other, the first to the left, the others to the
    right; None where that would be wider than ``most``.
    """
    count = max(len(row) for row in rows)
    widths = [max(len(row[n]) for row in rows if n < len(row)) for n in range(count)]
    if sum(widths) + 2 * (count - 1) > most:
        return None
    padded = [
        [cell.rjust(widths[n]) if n else cell.ljust(widths[n]) for n, cell in enumerate(row)]
        for row in rows
    ]
    return ["  ".join(cells).rstrip() for cells in padded]


def too_old() -> str:
    """For a tap on a button whose command line is no longer known."""
    return _("This button is too old. Please send the command again.")


def data(reply: Reply) -> dict[str, Any]:
    """The reply for programs: its words and buttons, without the picture; of a file its size."""
    fields = asdict(reply)
    fields.pop("chart")
    fields.pop("language")
    if reply.document is not None:
        fields["document"]["data"] = len(reply.document.data)
    return {**fields, "text": text(reply)}


def pressed(reply: Reply) -> list[tuple[Button, ...]]:
    """Everything that can be pressed, in groups: each menu, the buttons, the forms. A form's
    button carries its mark in place of a command line.
    """
    forms = tuple(Button(form.label, mark(form)) for form in reply.forms)
    groups = [*(menu.choices for menu in reply.menus), reply.buttons, forms]
    return [group for group in groups if group]


def mark(form: Form) -> str:
    """What the button of a form carries: enough to find the form again, and its command."""
    return f"{_FORM}{hashlib.sha256(repr(form).encode()).hexdigest()[:8]} {form.command}"


def is_mark(line: str) -> bool:
    """Whether a button carries the mark of a form in place of a command line."""
    return line.startswith(_FORM)


def unmarked(line: str) -> str:
    """The command line behind a mark, for a form that is not known any more."""
    return line.partition(" ")[2] if is_mark(line) else line


def asked(form: Form) -> Reply:
    """What a form asks for, where there is no window to fill in."""
    wanted = [
        _("{label}, such as {example}").format(label=field.label, example=field.example)
        for field in form.fields
    ]
    return Reply(
        form.title,
        _("Reply to this message in one line, or send a whole line such as {example}").format(
            example=form.example
        ),
        tuple(wanted),
    )
