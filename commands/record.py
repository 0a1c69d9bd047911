"""/record: the bot's own frozen calls, and how good they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commands.dispatch import as_buttons
from commands.evidence_pictures import reliability_chart
from commands.facts import freshness_line
from commands.kinds import no_page, normal
from commands.registry import Call, Command, CommandError, Option
from commands.reply import Button, Reply, Table
from commands.snapshot import Snapshot
from commands.words import _, day, number, percent, plural
from rotation.inputs import N_
from rotation.record import (
    LEAST_SCORED,
    QUESTIONS,
    FrozenCall,
    Score,
    Summary,
    replayed,
    score,
    summary,
)
from rotation.status import RotationStatus

PAGE = 4
LIVE, REPLAY = "live", "replay"
SCORES = {
    Score.OPEN: N_("open"),
    Score.HIT: N_("yes ✓"),
    Score.MISS: N_("no ✗"),
    Score.VOID: N_("void"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which calls: those made live, or the replay; None for whatever there is."""

    which: str | None = None
    page: int = 1


class PageKind:
    """'live', 'replay', and a page: 'replay 2'."""

    def parse(self, text: str, snapshot: Snapshot) -> Asked:
        words = normal(text).split()
        which = next((word for word in words if word in (LIVE, REPLAY)), None)
        pages = [int(word) for word in words if word.isdecimal() and len(word) <= 3]
        if len(words) != (which is not None) + len(pages) or len(pages) > 1 or 0 in pages:
            raise CommandError(
                _("“{text}” is no part of the record.").format(text=text[:40]), LIVE, REPLAY
            )
        return Asked(which, pages[0] if pages else 1)

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        return [word for word in (LIVE, REPLAY) if word.startswith(normal(text))]


def run(call: Call) -> Reply:
    asked: Asked = call.values.get("part", Asked())
    timeline, now = call.snapshot.timeline, call.status()
    live = tuple(item for item in call.snapshot.calls if not item.replay)
    live = tuple(item for item in live if item.decision <= now.date)
    which = asked.which or (LIVE if live else REPLAY)
    calls = live if which == LIVE else replayed(timeline, now.date)
    scored = [(item, score(item, timeline, now.date)) for item in calls]
    total = summary(calls, timeline, now.date)
    pages = max(-(-len(calls) // PAGE), 1)
    if asked.page > pages:
        raise no_page(pages, f"/record {which}")
    rows = tuple(
        _row(item, result, now)
        for item, result in scored[::-1][PAGE * (asked.page - 1) : PAGE * asked.page]
    )
    return Reply(
        headline=_headline(which, total, live=bool(live)),
        reason=_judgement(total),
        lines=_lines(scored, total) if asked.page == 1 else (),
        table=Table((_("Call"), _("said"), _("any day"), _("came true"), _("hash")), rows)
        if rows else None,
        footer=freshness_line(now),
        buttons=_buttons(which, asked.page, pages),
        chart=reliability_chart(scored, timeline, now.date, _title(which, total)),
        sample=now.sample,
    )  # fmt: skip


def _headline(which: str, total: Summary, *, live: bool) -> str:
    counts = plural(
        "{n} call, {scored} scored, {hits} came true",
        "{n} calls, {scored} scored, {hits} came true", total.calls,
    ).format(n=total.calls, scored=total.scored, hits=total.hits)  # fmt: skip
    if which == REPLAY:
        text = _("Replay, not live: {counts}.") if live else _(
            "No live call yet. Replay of the rules over the past: {counts}."
        )  # fmt: skip
        return text.format(counts=counts)
    return _("Live calls: {counts}.").format(counts=counts) if live else _("No live call yet.")


def _judgement(total: Summary) -> str:
    """Brier against the base rate, and whether that means anything."""
    if total.brier is None or total.base_brier is None:
        return _("Too few to judge: no call has reached its horizon.")
    text = _("Brier score {ours}, always saying the base rate {base} (lower is better).")
    scores = text.format(ours=number(total.brier, 3), base=number(total.base_brier, 3))
    if total.judged:
        return scores
    few = plural(
        "Too few to judge: {n} scored event, {least} are needed.",
        "Too few to judge: {n} scored events, {least} are needed.", total.events,
    )  # fmt: skip
    return scores + " " + few.format(n=total.events, least=LEAST_SCORED)


def _lines(scored: Sequence[tuple[FrozenCall, Score]], total: Summary) -> tuple[str, ...]:
    """Hits by question, and what is still open."""
    parts = []
    for question in QUESTIONS:
        mine = [result for item, result in scored if item.question == question.id]
        done = sum(result in (Score.HIT, Score.MISS) for result in mine)
        if done:
            parts.append(
                _("{question} {k} of {n}").format(
                    question=_(question.short), k=mine.count(Score.HIT), n=done
                )
            )
    lines = [_("Came true: {parts}.").format(parts=" · ".join(parts))] if parts else []
    if parts:
        lines.append(
            _(
                "Each event counts here once a year of its base rate was known; /history counts "
                "only events 90 days apart."
            )
        )
    if total.open or total.void:
        lines.append(_("Open: {open}, void: {void}").format(open=total.open, void=total.void))
    return tuple(lines)


def _row(item: FrozenCall, result: Score, now: RotationStatus) -> tuple[str, ...]:
    return (
        _("{day} {question}").format(day=day(item.decision), question=_(item.asked.short)),
        percent(100 * item.probability, 0),
        percent(100 * item.base, 0),
        _(SCORES[result]) if result is not Score.OPEN
        else _("open until {day}").format(day=day(item.until, now.date)),
        item.short,
    )  # fmt: skip


def _title(which: str, total: Summary) -> str:
    kept = _("Replay") if which == REPLAY else _("Live calls")
    if not total.judged:
        few = plural(
            "{kept}: {n} scored event, too few to judge",
            "{kept}: {n} scored events, too few to judge", total.events,
        )  # fmt: skip
        return few.format(kept=kept, n=total.events)
    better = (total.brier or 0.0) < (total.base_brier or 0.0)
    words = _("{kept}: better than the base rate") if better else _(
        "{kept}: no better than the base rate"
    )  # fmt: skip
    return words.format(kept=kept)


def _buttons(which: str, page: int, pages: int) -> tuple[Button, ...]:
    found = []
    if page > 1:
        found.append((_("Newer"), f"/record {which} {page - 1}"))
    if page < pages:
        found.append((_("Older"), f"/record {which} {page + 1}"))
    other = (_("Replay"), f"/record {REPLAY}") if which == LIVE else (
        _("Live calls"), f"/record {LIVE}"
    )  # fmt: skip
    return as_buttons(*found, other, (_("Past events"), "/history"))


COMMAND = Command(
    name="record",
    summary=N_("The bot's own calls, frozen when made, and their score"),
    run=run,
    options=(Option("part", PageKind(), N_("live or replay, and a page"), rest=True),),
    examples=("/record", "/record replay", "/record live"),
)
