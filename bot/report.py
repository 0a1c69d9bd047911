"""The whole evidence on one page: what the chat says, all of it, in a single HTML file that asks
nothing of any network, so that a sceptic can check it.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from PIL import Image

from bot.desk import Desk
from bot.files import whole
from bot.render.chart import Theme, draw
from bot.render.page import STYLE
from commands.dispatch import request_of
from commands.facts import caveat_words
from commands.history_kinds import event_name, slug
from commands.reply import Chart, Reply, Table
from commands.snapshot import Snapshot
from commands.terms import TERMS
from commands.words import _, day, reading
from rotation.catalogue import METRICS
from rotation.day import status
from rotation.events import KINDS
from rotation.inputs import N_, Freshness, input_of
from rotation.timeline import RULE_VERSION

MOST_PAGES = 99
AGES = {
    Freshness.FRESH: N_("fresh"),
    Freshness.LATE: N_("late"),
    Freshness.STALE: N_("stale"),
    Freshness.MISSING: N_("n/a"),
}
NAME = "spillover-report.html"


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report: command lines, and all pages of their answers."""

    id: str
    title: str
    lines: tuple[str, ...]


SECTIONS = (
    Section("now", N_("Where capital stands"), ("/rotation", "/russell", "/liquidity", "/crypto")),
    Section("breakouts", N_("Breakouts and what came after"),
            ("/history", "/history breakout numbers", "/history list")),
    Section("lag", N_("Do small caps move first?"), ("/explain lag",)),
    Section("record", N_("The bot's own calls"), ("/record live", "/record replay")),
    Section("kinds", N_("Every other kind of event"), tuple(
        f"/history {slug(kind)}{part}" for kind in KINDS[1:] for part in ("", " numbers")
    )),
    Section("list", N_("The popular list"), ("/checklist",)),
    Section("data", N_("Data: sources and ages"), ("/status",)),
)  # fmt: skip


def write_report(snapshot: Snapshot, folder: Path) -> Path:
    """The report as one file in a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    whole(path, page(snapshot).encode())
    return path


def page(snapshot: Snapshot) -> str:
    """The HTML. The same snapshot gives the same text."""
    answers = asyncio.run(_answers(snapshot))
    last = snapshot.timeline.last
    title = _("Spillover: the evidence as of {day}").format(day=day(last))
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class=lead>{escape(_lead(snapshot))}</p>",
        _contents(),
        *(_section(section, answers[section.id]) for section in SECTIONS),
        _numbers(snapshot),
        _methods(),
        f"<footer>{escape(_('No financial advice: it counts what happened.'))}</footer>",
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">"
        f"<style>{STYLE}</style><main>{''.join(parts)}</main></html>\n"
    )


async def _answers(snapshot: Snapshot) -> dict[str, list[Reply]]:
    """What the chat answers, page after page."""
    desk = Desk(snapshot)
    try:
        return {
            section.id: [reply for line in section.lines for reply in await _pages(desk, line)]
            for section in SECTIONS
        }
    finally:
        desk.close()


async def _pages(desk: Desk, line: str) -> list[Reply]:
    """The answer to a line and its further pages, as far as its buttons lead to them."""
    found = [await desk.answer(request_of(line))]
    for number in range(2, MOST_PAGES):
        following = f"{_typed(line)} {number}"
        if following not in {_typed(b.command) for b in found[-1].buttons}:
            break
        reply = await desk.answer(request_of(following))
        if reply.failed:
            break
        found.append(replace(reply, chart=None))
    return found


def _typed(line: str) -> str:
    return "/history breakout" if line == "/history" else line


def _lead(snapshot: Snapshot) -> str:
    source = _("sample data, made up") if snapshot.timeline.sample else _(snapshot.source)
    return _(
        "What the bot says in a chat, all of it on one page, with every case, the base rate of any "
        "day and what chance would show. Data: {source}, {first} to {last}. Rules {rule}."
    ).format(
        source=source, first=day(snapshot.timeline.first), last=day(snapshot.timeline.last),
        rule=RULE_VERSION,
    )  # fmt: skip


def _contents() -> str:
    titles = [*((s.id, s.title) for s in SECTIONS), *_LATER]
    links = "".join(f'<li><a href="#{id}">{escape(_(title))}</a></li>' for id, title in titles)
    return f"<nav><ol>{links}</ol></nav>"


_LATER = (("numbers", N_("Every number")), ("methods", N_("Words and formulas")))


def _section(section: Section, replies: Sequence[Reply]) -> str:
    body = "".join(_reply(reply) for reply in replies)
    return f'<section id="{section.id}"><h2>{escape(_(section.title))}</h2>{body}</section>'


def _reply(reply: Reply) -> str:
    """One answer: words, table, picture in both themes."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in reply.lines)
    label = f"<b class=sample>{escape(_('Sample data'))}</b> " if reply.sample else ""
    return "".join([
        "<article>",
        f"<h3>{label}{escape(reply.headline)}</h3>",
        f"<p>{escape(reply.reason)}</p>" if reply.reason else "",
        _picture(reply.chart) if reply.chart else "",
        f"<ul>{lines}</ul>" if lines else "",
        _table(reply.table) if reply.table else "",
        f"<p class=age>{escape(reply.footer)}</p>" if reply.footer else "",
        "</article>",
    ])  # fmt: skip


def _picture(chart: Chart) -> str:
    dark, light = (
        f"data:image/webp;base64,{base64.b64encode(_smaller(draw(chart, theme))).decode()}"
        for theme in (Theme.DARK, Theme.LIGHT)
    )
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" width=720 height=540 alt="{escape(chart.alt)}"></picture>'
    )


def _smaller(png: bytes) -> bytes:
    """The same picture as WebP, at a fifth of the size."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def _table(table: Table) -> str:
    return _rows(table.header, table.rows)


def _rows(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return (
        f"<div class=wide><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Iterable[str]) -> Iterator[str]:
    for n, cell in enumerate(row):
        yield f"<td>{escape(cell)}</td>" if n else f"<th scope=row>{escape(cell)}</th>"


def _numbers(snapshot: Snapshot) -> str:
    """Every metric of the catalogue with its date and age, and what is to be known of a series."""
    now = status(snapshot.timeline, snapshot.timeline.last)
    rows = [
        (_(item.name), reading(item), day(item.date, now.date) if item.date else "",
         _(AGES[item.fresh]), _(METRICS[id].formula))
        for id, item in now.readings.items()
    ]  # fmt: skip
    header = (_("Number"), _("value"), _("of"), _("age"), _("formula"))
    notes = "".join(
        f"<li>{escape(_(input_of(series).name))}: {escape(caveat_words(text))}</li>"
        for series, text in now.caveats.items()
    )
    mind = f"<h3>{escape(_('To be known of the data'))}</h3><ul>{notes}</ul>" if notes else ""
    title = escape(_(dict(_LATER)["numbers"]))
    return f'<section id="numbers"><h2>{title}</h2>{_rows(header, rows)}{mind}</section>'


def _methods() -> str:
    """Every term with its rule, as /explain gives it."""
    entries = "".join(
        f"<dt>{escape(_(term.name))}</dt><dd>{escape(_(term.meaning))}"
        + (f" <i>{escape(_(term.formula))}</i>" if term.formula else "")
        + "</dd>"
        for term in TERMS.values()
    )
    kinds = ", ".join(event_name(kind) for kind in KINDS)
    text = escape(_("Kinds of events counted: {kinds}.").format(kinds=kinds))
    title = escape(_(dict(_LATER)["methods"]))
    return f'<section id="methods"><h2>{title}</h2><p>{text}</p><dl>{entries}</dl></section>'
