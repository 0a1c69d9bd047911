"""A reply as plain text, and as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from commands.reply import Reply, Table
from commands.words import _

SAMPLE = "SAMPLE DATA"


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


def data(reply: Reply) -> dict[str, Any]:
    """The reply for programs: its words and buttons, without the picture."""
    fields = asdict(reply)
    fields.pop("chart")
    return {**fields, "text": text(reply)}
