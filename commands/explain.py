"""/explain: a measure, rung, phase, state or term in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from commands.dispatch import as_buttons
from commands.evidence_pictures import lag_chart
from commands.facts import PHASES, dated, freshness_line, record_words
from commands.kinds import NameKind, metric_names, normal
from commands.registry import Call, Command, Option
from commands.reply import Reply
from commands.snapshot import Snapshot
from commands.words import _, listed, number, percent, reading
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.ladder import LADDER, LIT_FROM, UNLIT_BELOW, Rung
from rotation.lead_lag import Lag, LeadLag, by_period, lead_lag
from rotation.phase import Phase
from rotation.status import RotationStatus


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the product: what it means, how it is computed, and which record it has."""

    name: str
    meaning: str
    formula: str = ""
    record: str = ""


PHASE_TERMS = {
    Phase.DATA_HOLD: N_("fewer than 4 of 6 rungs have a score"),
    Phase.EXHAUSTION: N_(
        "the index was 75 or more within 30 days and is below 65; or heat 80 and more while "
        "small caps fall below 50; or a breakout failed within 10 sessions while a crypto rung "
        "is lit"
    ),
    Phase.ALTSEASON: N_("the altcoin season index is at 75 or more for 3 days"),
    Phase.SPILLOVER: N_("the rungs of small caps and of majors are lit"),
    Phase.SMALL_CAP_LEAD: N_("the rung of small caps is lit, both crypto rungs are not"),
    Phase.RISK_ON: N_("credit and stocks are lit, small caps are not"),
    Phase.CREDIT_THAW: N_("credit is lit, stocks are not"),
    Phase.TIGHTENING: N_("neither liquidity nor credit is lit"),
    Phase.MIXED: N_("no other rule fits: the rungs disagree"),
}

TERMS = {
    "breakout": Term(
        N_("Breakout"),
        N_("The Russell 2000 closes above its highest close after a base of at least 63 sessions."),
        N_("confirmed by 3 closes above within 10 sessions; failed by 2 closes in a row more "
           "than 3 % below within 20 sessions, later broken by 2 more than 5 % below"),
        "breakout",
    ),
    "attempt": Term(
        N_("Breakout attempt"),
        N_("The first close above the old high after a long base. Session 1 of a breakout; it "
           "counts only once it is confirmed."),
        N_("close > highest close before, base ≥ 63 sessions"), "breakout",
    ),
    "retest": Term(
        N_("Retest"), N_("After a breakout the index comes back to within 1 % of the old high."),
        N_("ends with a close more than 1 % above, or with the end of the breakout"), "breakout",
    ),
    "base": Term(
        N_("Base"), N_("How many sessions have passed since the highest close was set."),
        N_("major from 252, standard from 63, continuation from 10"), "breakout",
    ),
    "window": Term(
        N_("Window"),
        N_("Days since a breakout was confirmed. The popular story says that crypto follows "
           "between day 30 and day 90; the record says how often it did."),
        N_("calendar days (UTC) since confirmation; over on day 91"), "breakout",
    ),
    "early warning": Term(
        N_("Early warning"),
        N_("Small caps lead near their high while crypto has not moved: lead without lag."),
        N_("3 sessions in a row with Mansfield > 0, close within 2 % of the high, BTC 30 days "
           "< +10 %, ETH/BTC 30 days < +5 %, index < 50; ends converted, void or after 90 days"),
        "early-warning",
    ),
    "tail end": Term(
        N_("Tail end"),
        N_("Late in the move: altcoin season is on, or the window is over and the market hot."),
        N_("index ≥ 75, or window day > 90 with heat ≥ 80"),
    ),
    "capitulation": Term(
        N_("Capitulation"),
        N_("A rout with noise, seen within 60 days. A deep drawdown alone is no capitulation: "
           "bitcoin has one on most days."),
        N_("7-day return in the lowest 5 % of 3 years, and volume ≥ 2 × its 90-day median, fear "
           "and greed ≤ 15, or volatility in the top 10 % of 3 years"),
    ),
    "exhaustion of sellers": Term(
        N_("Exhaustion of sellers"),
        N_("After a capitulation the selling has dried up."),
        N_("30 days without a new low, volatility below that of 30 days before, open interest "
           "≤ 80 % of its 90-day high"),
    ),
    "base rate": Term(
        N_("Base rate"),
        N_("How often bitcoin stood higher 90 days after any day. A signal is worth something "
           "only if it beats this."),
        N_("share of all days of the span whose 90 days have passed"),
    ),
    "interval": Term(
        N_("Interval"),
        N_("The range in which the true hit rate plausibly lies. Few cases make it wide."),
        N_("Wilson score interval, 95 %"),
    ),
    "lag": Term(
        N_("Lead and lag"),
        N_("Do small caps move before bitcoin? Their weekly returns side by side, shifted by up to "
           "13 weeks. Two levels in one chart prove nothing, two trends always fit."),
        N_("correlation of the weekly returns of Russell 2000 ÷ S&P 500 and of bitcoin, 95 % "
           "intervals by Newey–West errors"),
    ),
    "placebo": Term(
        N_("Placebo"),
        N_("What as many random dates would have shown. If they do as well, the signal is chance."),
        N_("10,000 draws of days at least the horizon apart; p = (1 + draws at least as good) ÷ "
           "(1 + draws)"),
    ),
    "basket": Term(
        N_("Alts basket"),
        N_("Equal parts of the members of the altcoin season index as known on the day, bought at "
           "the next close. Coins that lost their quotes before the end are left out, which "
           "flatters it."),
        N_("mean gain of the members with both closes, at least 30 of them"),
    ),
    "call": Term(
        N_("Call"),
        N_("A forecast that is frozen with its inputs when it is made, and scored when its time is "
           "over. The message that tells of it carries its hash; /record lists all."),
        N_("probability = (10 × base rate + hits) ÷ (10 + cases)"),
    ),
    "brier score": Term(
        N_("Brier score"),
        N_("How far probabilities were from what came: 0 is perfect, lower is better. It says "
           "something only beside that of always saying the base rate."),
        N_("mean of (probability − outcome)², with the outcome 1 or 0"),
    ),
    "off script": Term(
        N_("Off script"),
        N_("A rung is lit while two below it are dark. That speaks against the idea of a ladder."),
    ),
    "lit": Term(
        N_("Lit"),
        N_("A rung is lit from a score of 60 and unlit below 50; in between it keeps its state."),
        N_("after 3 new observations in a row beyond the line (liquidity: 2)"),
    ),
    "freshness": Term(
        N_("Freshness"),
        N_("Fresh: no release has been missed. Late: marked, still scored. Stale: shown, not "
           "scored. Missing: n/a. Nothing is interpolated."),
    ),
}  # fmt: skip


def term_names() -> dict[str, str]:
    """Everything that can be explained, by each form that may be typed."""
    names = metric_names()
    for key, term in TERMS.items():
        names |= {normal(key): key, normal(_(term.name)): key}
    for rung in LADDER:
        names |= {normal(rung.id): rung.id, normal(_(rung.name)): rung.id}
    for phase in Phase:
        names |= {normal(phase.value): phase.value, normal(_(PHASES[phase])): phase.value}
    return names


def run(call: Call) -> Reply:
    key, snapshot = call.values["term"], call.snapshot
    now = call.status()
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
    return _metric(key, now)


def _reply(headline: str, reason: str, lines: list[str], now: RotationStatus, more: str) -> Reply:
    return Reply(
        headline=headline,
        reason=reason,
        lines=tuple(line for line in lines if line),
        footer=freshness_line(now),
        buttons=as_buttons((more, more), ("/rotation", "/rotation")),
        sample=now.sample,
    )


def _metric(key: str, now: RotationStatus) -> Reply:
    metric = METRICS[key]
    used = [_(rung.name) for rung in LADDER if key in {item.metric for item in rung.inputs}]
    lines = [
        _("Formula: {formula}.").format(formula=_(metric.formula)),
        _("Now: {value}.").format(value=dated(now.readings[key], now.date)),
        _("Scored in the rung: {rungs}.").format(rungs=listed(used)) if used else "",
    ]
    return _reply(_(metric.name), _(metric.meaning), lines, now, f"/chart {key}")


def _rung(rung: Rung, now: RotationStatus, snapshot: Snapshot) -> Reply:
    here = next(item for item in now.rungs if item.id == rung.id)
    parts = [
        f"{_(part.reading.name)} {reading(part.reading)} → "
        f"{'–' if part.score is None else round(part.score)}"
        for part in here.inputs
    ]
    lines = [
        _("Score: mean of {parts}.").format(parts="; ".join(parts)),
        _(
            "Lit from {lit:.0f}, unlit below {unlit:.0f}, after {n} new observations in a row."
        ).format(lit=LIT_FROM, unlit=UNLIT_BELOW, n=rung.patience),
        _("When it is lit: {record}").format(
            record=record_words(snapshot.known().at(now.date).record(f"rung:{rung.id}"))
        ),
    ]
    score = _("n/a") if here.score is None else f"{here.score:.0f}"
    headline = _("Rung {n}, {name}: {score}").format(
        n=LADDER.index(rung) + 1, name=_(rung.name), score=score
    )
    return _reply(headline, _(rung.meaning), lines, now, "/rotation")


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
        _("After it begins: {record}").format(
            record=record_words(snapshot.known().at(now.date).record(f"phase:{phase.value}"))
        ),
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
        lines.append(_("Record: {words}").format(words=record_words(now.records[term.record])))
    return _reply(_(term.name), _(term.meaning), lines, now, "/russell")


Names = Callable[[], dict[str, str]]

COMMAND = Command(
    name="explain",
    summary=N_("A measure, rung, phase or state in plain words, with its formula and record"),
    run=run,
    options=(
        Option(
            "term",
            NameKind(term_names, N_("“{text}” is nothing that can be explained here.")),
            N_("what to explain, such as breakout or mrs"),
            required=True,
            rest=True,
        ),
    ),
    examples=("/explain breakout", "/explain mrs", "/explain small-cap lead", "/explain lag"),
)
