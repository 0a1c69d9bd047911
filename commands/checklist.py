"""/checklist and /note: the 'super cycle' list, and what a chat's admins say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from commands.facts import EXHAUSTED, TICK, dated, freshness_line
from commands.kinds import DATE, NameKind, Words, normal, spoken
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Field, Form, Reply
from commands.snapshot import Snapshot
from commands.words import _, amount, day
from rotation.checklist import ITEMS, NOTE_DAYS, NOTED, Answer, Item, Note
from rotation.day import status
from rotation.inputs import N_
from rotation.status import RotationStatus
from storage.notes import note, notes_of, unnote

SHORTEST, LONGEST = 3, 200
DELETE = "delete"
ANSWERS = {
    "yes": "yes", "no": "no", "unclear": "unknown", "unknown": "unknown", "maybe": "unknown",
    "delete": DELETE, "remove": DELETE, "undo": DELETE,
}  # fmt: skip
_RUNGS = {"liquidity": 0, "credit": 1, "small-caps": 3}
_READINGS = {"etf-flows": ("etf_flow_20d",), "leverage": ("oi_cap", "funding")}


def run(call: Call) -> Reply:
    timeline = call.snapshot.timeline
    notes: tuple[Note, ...] = ()
    if call.store is not None:
        notes = call.read(partial(notes_of, chat=call.chat.chat))
    now = status(timeline, call.values.get("date", timeline.last), notes)
    counts = {found: sum(item.answer is found for item in now.checklist) for found in Answer}
    return Reply(
        headline=_("{yes} yes, {no} no, {unknown} unknown.").format(
            yes=counts[Answer.YES], no=counts[Answer.NO], unknown=counts[Answer.UNKNOWN]
        ),
        reason=_("The list of the popular 'super cycle'. It counts; it is no probability."),
        lines=tuple(_line(item, now) for item in now.checklist),
        footer=freshness_line(now),
        forms=tuple(_form(item) for item in NOTED),
        sample=now.sample,
    )


def _line(item: Item, now: RotationStatus) -> str:
    mark = f"{TICK[item.answer]} {_(item.name)}"
    said = _evidence(item, now)
    return f"{mark}: {said}" if said else mark


def _evidence(item: Item, now: RotationStatus) -> str:
    """Why it is so, with a date."""
    if item.id in _RUNGS:
        rung = now.rungs[_RUNGS[item.id]]
        words = {True: _("lit"), False: _("not lit"), None: _("n/a")}[rung.lit]
        score = amount(rung.score, "score", 0)
        return _("rung {score}, {words}").format(score=score, words=words) + _on(item.date, now)
    if item.id in _READINGS:
        found = [now.readings[id] for id in _READINGS[item.id]]
        known = [f"{_(r.name)} {dated(r, now.date)}" for r in found if r.value is not None]
        return ", ".join(known) or _("no data")
    if item.id == "washed-out":
        if item.date is None:
            if item.answer is Answer.UNKNOWN:
                return _("no data")
            return _("no day of capitulation within 120 days")
        return _("capitulation on {day}, {exhausted}").format(
            day=day(item.date, now.date), exhausted=_(EXHAUSTED[item.answer])
        )
    if item.date is None:
        return _("no note yet")
    expired = (now.date - item.date).days > NOTE_DAYS
    old = _("expired, ") if expired else ""
    return f"{item.evidence} ({old}{day(item.date, now.date)})"


def _on(date: dt.date | None, now: RotationStatus) -> str:
    return "" if date is None else f" ({day(date, now.date)})"


def _form(item: str) -> Form:
    return Form(
        _("Note: {item}").format(item=_(ITEMS[item])), _(ITEMS[item]), f"/note {item}",
        (
            Field("answer", _("yes, no or unclear"), "yes"),
            Field("evidence", _("Evidence, with source"), "law signed, congress.gov", long=True),
        ),
    )  # fmt: skip


def take_note(call: Call) -> Reply:
    if call.values["answer"] == DELETE:
        return _taken_out(call)
    item, evidence = call.values["item"], " ".join(call.values["evidence"].split())
    evidence = evidence.encode(errors="replace").decode()  # half a character cannot be stored
    if not SHORTEST <= len(evidence) <= LONGEST:
        raise CommandError(
            _("The evidence needs {least} to {most} characters; this has {n}.").format(
                least=SHORTEST, most=LONGEST, n=len(evidence)
            ),
            "/checklist",
        )
    today = call.snapshot.timeline.last  # it stands beside the newest decision
    entry = Note(item, Answer(call.values["answer"]), evidence, call.user, today)
    call.write(partial(note, chat=call.chat.chat, entry=entry, now=call.now))
    until = today + dt.timedelta(days=NOTE_DAYS)
    shown = run(call)
    return Reply(
        _("Noted for this chat: {item}, {answer}.").format(
            item=_(ITEMS[item]), answer=_(_SAID[entry.answer])
        ),
        _("It holds until {day}, then it becomes unknown.").format(day=day(until, today)),
        shown.lines, footer=shown.footer, forms=shown.forms, sample=shown.sample,
    )  # fmt: skip


def _taken_out(call: Call) -> Reply:
    item = call.values["item"]
    there = call.write(partial(unnote, chat=call.chat.chat, item=item))
    words = _("The note is taken out: {item}.") if there else _("There is no note: {item}.")
    return replace(run(call), headline=words.format(item=_(ITEMS[item])))


_SAID = {Answer.YES: N_("yes"), Answer.NO: N_("no"), Answer.UNKNOWN: N_("unclear")}


def _complete(values: Mapping[str, Any], _snapshot: Snapshot) -> None:
    """What a note says is never made up for a tap: the forms of the list ask for it."""
    if values.get("answer") == DELETE:
        return
    evidence = values.get("evidence", "")
    if " " not in evidence and "." not in evidence:
        said = _("A note needs an item, an answer and its evidence, with a source.")
        raise CommandError(said, "/checklist")


def _items() -> dict[str, str]:
    return {normal(form): id for id in NOTED for form in (id, ITEMS[id], _(ITEMS[id]))}


CHECKLIST = Command(
    name="checklist",
    summary=N_("The 'super cycle' list: eight items, each yes, no or unknown"),
    run=run,
    options=(Option("date", DATE, N_("a day, such as 2025-09-26"), rest=True),),
    examples=("/checklist",),
)
NOTE = Command(
    name="note",
    summary=N_("An entry of this chat's admins in the checklist, with its source"),
    run=take_note,
    check=_complete,
    options=(
        Option(
            "item", NameKind(_items, N_("“{text}” takes no note.")),
            N_("regulation or institutions"), required=True,
        ),
        Option(
            "answer",
            NameKind(
                lambda: spoken(ANSWERS, "yes", "no", "unclear", N_("delete")),
                N_("“{text}” is no answer: yes, no or unclear; delete takes it out."),
            ),
            N_("yes, no, unclear or delete"), required=True,
        ),
        Option(
            "evidence", Words(), N_("what it rests on, such as: law signed, congress.gov"),
            rest=True,
        ),
    ),
    access=Access.CHAT,
    to_read=True,
    examples=("/note regulation yes stablecoin act signed, congress.gov",),
)  # fmt: skip
