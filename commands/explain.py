"""/explain: a measure, rung, phase, state or term in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from commands.dispatch import as_buttons
from commands.evidence_pictures import lag_chart
from commands.facts import PHASES, dated, freshness_line, record_words
from commands.kinds import NameKind, normal
from commands.metric_list import LINE, LIST, asked, names, origin, page
from commands.registry import Call, Command, Option
from commands.reply import Reply
from commands.snapshot import Snapshot
from commands.terms import ALIASES, PHASE_TERMS, TERMS, Term
from commands.words import _, listed, number, percent, reading
from rotation.catalogue import METRICS
from rotation.history import Record
from rotation.inputs import N_
from rotation.ladder import FUNDING_CAP, LADDER, LIT_FROM, UNLIT_BELOW, Rung
from rotation.lead_lag import Lag, LeadLag, by_period, lead_lag
from rotation.phase import Phase
from rotation.status import RotationStatus


def term_names() -> dict[str, str]:
    """Everything that can be explained, by each form that may be typed."""
    known = names()
    for word, key in ALIASES.items():
        known |= {normal(word): key, normal(_(word)): key}
    for key, term in TERMS.items():
        known |= {normal(key): key, normal(_(term.name)): key}
    for rung in LADDER:
        known |= {normal(rung.id): rung.id, normal(_(rung.name)): rung.id}
    for phase in Phase:
        known |= {normal(phase.value): phase.value, normal(_(PHASES[phase])): phase.value}
    return known


class TermKind(NameKind):
    """What can be explained, and the list of all numbers: 'metrics', 'metrics 2'."""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        number = asked(text)
        return super().parse(text, snapshot) if number is None else f"{LIST} {number}"


def run(call: Call) -> Reply:
    key, snapshot = call.values["term"], call.snapshot
    now = call.status()
    if (number := asked(key)) is not None:
        return page(number, snapshot)
    rungs = {rung.id: rung for rung in LADDER}
    phases = {phase.value: phase for phase in Phase}
    if key in rungs:
        return _rung(rungs[key], now, snapshot)
    if key in phases:
        return _phase(phases[key], now, snapshot)
    if key == "lag":
        return _lag(now, snapshot)
    if key in TERMS:
        return _term(TERMS[key], now)
    return _metric(key, now, snapshot)


def _reply(headline: str, reason: str, lines: list[str], now: RotationStatus, more: str) -> Reply:
    return Reply(
        headline=headline,
        reason=reason,
        lines=tuple(line for line in lines if line),
        footer=freshness_line(now),
        buttons=as_buttons(*((line, line) for line in dict.fromkeys((more, "/rotation")))),
        sample=now.sample,
    )


def _metric(key: str, now: RotationStatus, snapshot: Snapshot) -> Reply:
    metric = METRICS[key]
    used = [_(rung.name) for rung in LADDER if key in {item.metric for item in rung.inputs}]
    lines = [
        _("Formula: {formula}.").format(formula=_(metric.formula)),
        origin(key, snapshot),
        _("Now: {value}.").format(value=dated(now.readings[key], now.date)),
        _("Scored in the rung: {rungs}.").format(rungs=listed(used)) if used else "",
    ]
    return _reply(_(metric.name), _(metric.meaning), lines, now, f"/chart {key}")


def _rung(rung: Rung, now: RotationStatus, snapshot: Snapshot) -> Reply:
    here = next(item for item in now.rungs if item.id == rung.id)
    equal = len({part.weight for part in here.inputs}) == 1
    parts = [
        ("" if equal else f"{percent(100 * part.weight, 0)} ")
        + f"{_(part.reading.name)} {reading(part.reading)} → "
        f"{'–' if part.score is None else round(part.score)}"
        for part in here.inputs
    ]
    lines = [
        _("Score: mean of {parts}.").format(parts="; ".join(parts)),
        _("Capped at {cap}: SOFR stands more than 0.10 pp over IORB for 3 readings.").format(
            cap=number(FUNDING_CAP)
        )
        if here.capped
        else "",
        _(
            "Lit from {lit:.0f}, unlit below {unlit:.0f}, after {n} new observations in a row."
        ).format(lit=LIT_FROM, unlit=UNLIT_BELOW, n=rung.patience),
        _since(
            _("When it is lit, since {year}: {words}"),
            snapshot.known().at(now.date).record(f"rung:{rung.id}"),
        ),
    ]
    score = _("n/a") if here.score is None else f"{here.score:.0f}"
    headline = _("Rung {n}, {name}: {score}").format(
        n=LADDER.index(rung) + 1, name=_(rung.name), score=score
    )
    return _reply(headline, _(rung.meaning), lines, now, "/rotation")


def _since(text: str, record: Record) -> str:
    return text.format(year=record.since.year, words=record_words(record))


def _phase(phase: Phase, now: RotationStatus, snapshot: Snapshot) -> Reply:
    timeline = snapshot.timeline
    days = timeline.phase[: timeline.row(now.date) + 1]
    since = max(timeline.first, now.records["breakout"].since)
    days = days[timeline.row(since) :] if since <= now.date else []
    share = 100 * sum(name is phase for name in days) / len(days) if days else 0.0
    lines = [
        _("Rule: {rule}.").format(rule=_(PHASE_TERMS[phase])),
        _("It held on {share} of days since {year}.").format(
            share=percent(share, 0), year=since.year
        ),
        _since(
            _("After it begins, since {year}: {words}"),
            snapshot.known().at(now.date).record(f"phase:{phase.value}"),
        ),
        _("It lasts at least 5 sessions, unless a breakout fails or data is missing."),
    ]
    here = _("It is the phase of now.") if now.phase is phase else ""
    return _reply(_("Phase: {name}").format(name=_(PHASES[phase])), here, lines, now, "/rotation")


def _lag(now: RotationStatus, snapshot: Snapshot) -> Reply:
    """Whether small caps lead: all leads and lags, and by period."""
    found = lead_lag(snapshot.timeline, now.date)
    title = lag_title(found)
    parts = [_rule_of("lag")]
    if found.lags:
        clear = sum(lag.clear for lag in found.leads)
        chance = _("{n} of {all} leads are clear of zero; chance alone gives about one in 20.")
        parts.append(chance.format(n=clear, all=len(found.leads)))
    parts += [_period(part) for part in by_period(snapshot.timeline, now.date)]
    return replace(
        _reply(title, _(TERMS["lag"].meaning), parts, now, "/history"),
        chart=lag_chart(found, snapshot.timeline, title),
    )


def _rule_of(key: str) -> str:
    return _("Rule: {rule}.").format(rule=_(TERMS[key].formula))


def lag_title(found: LeadLag) -> str:
    """What the correlations say."""
    same, best = found.same_week, found.strongest
    if same is None or best is None:
        return _("Lead and lag: less than a year of weeks.")
    if best.holds:
        return _("Small caps lead bitcoin by {n} weeks: correlation {r}").format(
            n=best.weeks, r=number(best.correlation, 2)
        )
    if best.clear:
        return _(
            "No lead of small caps holds: the best of 13, {n} weeks, is what chance gives"
        ).format(n=best.weeks)
    if same.clear:
        return _("Small caps do not lead bitcoin: they move in the same week ({r})").format(
            r=number(same.correlation, 2)
        )
    return _("Small caps do not lead bitcoin: no lead is clear of zero")


def _period(found: LeadLag) -> str:
    """'2018–2021: same week 0.24 (0.07 to 0.40), best lead 7 weeks 0.10 (…)'."""
    same, best = found.same_week, found.strongest
    if same is None or best is None:
        return ""
    text = _("{first}–{last}: same week {same}; best of 13 leads: {n} weeks, {best}")
    return text.format(
        first=found.first.year, last=found.last.year, same=_estimate(same), n=best.weeks,
        best=_estimate(best),
    )  # fmt: skip


def _estimate(lag: Lag) -> str:
    return _("{r} ({low} to {high})").format(
        r=number(lag.correlation, 2), low=number(lag.low, 2), high=number(lag.high, 2)
    )


def _term(term: Term, now: RotationStatus) -> Reply:
    lines = [_("Rule: {rule}.").format(rule=_(term.formula)) if term.formula else ""]
    if term.record:
        lines.append(_since(_("Record since {year}: {words}"), now.records[term.record]))
    return _reply(_(term.name), _(term.meaning), lines, now, term.more)


Names = Callable[[], dict[str, str]]

COMMAND = Command(
    name="explain",
    summary=N_("A measure, rung, phase or state in plain words, with its formula and record"),
    run=run,
    options=(
        Option(
            "term",
            TermKind(
                term_names,
                N_("“{text}” is nothing that can be explained here."),
                ("breakout", "mrs", LIST),
            ),
            N_("what to explain, such as breakout or mrs"),
            required=True,
            rest=True,
        ),
    ),
    examples=(
        "/explain breakout",
        "/explain mrs",
        "/explain small-cap lead",
        "/explain lag",
        LINE,
    ),
)
