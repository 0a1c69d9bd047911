"""Calls: frozen when they are made, scored when their horizon has passed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np

from rotation.events import BREAKOUT, WARNING
from rotation.evidence import Evidence
from rotation.history import ETH_BTC, EVIDENCE_FROM, LEAST_DAYS, MAIN_HORIZON, row_of, spaced
from rotation.inputs import BTC, N_, Floats
from rotation.signals import SEASON
from rotation.timeline import RULE_VERSION, Timeline

SHRINKAGE = 10
"""A forecast starts as the base rate and weighs it like this many cases."""
LEAST_SCORED = 20
"""No claim of skill below so many scored events."""
SEASON_FIRST, SEASON_LAST = 30, 90
REPLAY_AFTER = dt.timedelta(hours=24)
MISSING_FOR = dt.timedelta(days=30)
"""A close that has not come so long after the horizon does not come any more."""
SHORT = 10
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """What a call says: ``asset`` stands higher after 90 days, or, with None, the altcoin season
    index reaches 75 on some day 30–90.
    """

    id: str
    kind: str
    asset: str | None
    text: str
    short: str


QUESTIONS = (
    Question(
        "breakout-btc", BREAKOUT, BTC, N_("BTC higher 90 days after a breakout"),
        N_("BTC, breakout"),
    ),
    Question(
        "breakout-eth-btc", BREAKOUT, ETH_BTC, N_("ETH/BTC higher 90 days after a breakout"),
        N_("ETH/BTC, breakout"),
    ),
    Question(
        "breakout-season", BREAKOUT, None,
        N_("Altcoin season index at 75 some day 30–90 after a breakout"),
        N_("index 75, breakout"),
    ),
    Question(
        "warning-btc", WARNING, BTC, N_("BTC higher 90 days after an early warning"),
        N_("BTC, early warning"),
    ),
)  # fmt: skip
_BY_ID = {question.id: question for question in QUESTIONS}


class Score(StrEnum):
    OPEN = "open"
    HIT = "hit"
    MISS = "miss"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class FrozenCall:
    """One forecast as it was made. ``event`` is the day of the event itself, ``decision`` the
    decision that knew of it first, ``until`` the day whose decision can score it; ``frozen_at``
    is naive UTC. ``probability`` and ``base`` are shares of 1. ``inputs`` are sorted by name.
    """

    question: str
    event: dt.date
    decision: dt.date
    frozen_at: dt.datetime
    until: dt.date
    probability: float
    hits: int
    n: int
    base: float
    rule_version: int
    inputs: tuple[tuple[str, float | int | str], ...]
    replay: bool

    @property
    def asked(self) -> Question:
        return _BY_ID[self.question]

    def to_json(self) -> str:
        """Canonical: names sorted, no white space, dates in ISO form. The same call gives the
        same text everywhere, and the hash is taken of its UTF-8 bytes.
        """
        facts: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        facts["inputs"] = dict(self.inputs)
        for name in ("event", "decision", "frozen_at", "until"):
            facts[name] = facts[name].isoformat()
        return json.dumps(
            facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )

    @classmethod
    def from_json(cls, text: str) -> FrozenCall:
        """The call that :meth:`to_json` wrote. ValueError, KeyError or TypeError for others."""
        facts = json.loads(text)
        if facts["question"] not in _BY_ID:
            raise ValueError(f"no question {facts['question']!r}")
        for name in ("event", "decision", "until"):
            facts[name] = dt.date.fromisoformat(facts[name])
        facts["frozen_at"] = dt.datetime.fromisoformat(facts["frozen_at"])
        facts["inputs"] = tuple(sorted(facts["inputs"].items()))
        return cls(**facts)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def short(self) -> str:
        """The hash as a message carries it."""
        return self.digest[:SHORT]


def calls_due(
    timeline: Timeline, day: dt.date, frozen_at: dt.datetime
) -> tuple[FrozenCall, ...]:  # fmt: skip
    """The calls to freeze at the decision for a day, nearly always none: of breakouts that it
    knew first to be confirmed, and of an early warning that went on. None while the altcoin
    season index stands on a borrowed list, or where a question has no base rate yet.

    Frozen more than 24 hours after the decision they are replays. UnknownDayError.
    """
    row = timeline.row(day)
    events = _events(timeline, day)
    if not events or timeline.altseason.borrowed[row]:
        return ()
    evidence = Evidence(timeline, day)
    late = frozen_at - timeline.decided(row) > REPLAY_AFTER
    frozen: list[FrozenCall] = []
    for question in QUESTIONS:
        hits, n, base = _counted(evidence, question)
        if base is None:
            continue
        frozen += [
            FrozenCall(
                question.id, event, day, frozen_at, _until(question, day),
                _rounded(shrunk(hits, n, base)), hits, n, _rounded(base), RULE_VERSION,
                _inputs(timeline, row, question, event), replay=late,
            )
            for event in events.get(question.kind, ())
        ]  # fmt: skip
    return tuple(frozen)


def shrunk(hits: int, n: int, base: float) -> float:
    """P = (10 base + hits) ÷ (10 + n), with the base rate as a share of 1."""
    return (SHRINKAGE * base + hits) / (SHRINKAGE + n)


def replayed(timeline: Timeline, day: dt.date) -> tuple[FrozenCall, ...]:
    """Every call that the rules would have made by a day, labelled as replay, oldest first. Each
    is made of what its decision knew.
    """
    evidence = Evidence(timeline, day)
    days = {*evidence.events(BREAKOUT), *evidence.events(WARNING)}
    since = EVIDENCE_FROM[BTC]
    made = [(at, timeline.row(at)) for at in sorted(days) if since <= at and at >= timeline.first]
    calls = (call for at, row in made for call in calls_due(timeline, at, timeline.decided(row)))
    return tuple(_as_replay(call) for call in calls)


def _as_replay(call: FrozenCall) -> FrozenCall:
    facts = {field.name: getattr(call, field.name) for field in fields(call)}
    return FrozenCall(**{**facts, "replay": True})


def _events(timeline: Timeline, day: dt.date) -> dict[str, list[dt.date]]:
    """The events that this decision knew first, by kind, with the date of each."""
    machine = timeline.breakout
    confirmed = [
        e.confirmed for e in machine.events if e.confirmed and machine.known_on[e.confirmed] == day
    ]
    warned = [warning.on for warning in timeline.signals.warnings if warning.on == day]
    return {kind: days for kind, days in ((BREAKOUT, confirmed), (WARNING, warned)) if days}


def _until(question: Question, day: dt.date) -> dt.date:
    return day + (SEASON_LAST if question.asset is None else 1 + MAIN_HORIZON) * DAY


def _rounded(share: float) -> float:
    return round(share, 6)


def _inputs(
    timeline: Timeline, row: int, question: Question, event: dt.date
) -> tuple[tuple[str, float | int | str], ...]:
    """What the decision saw, as far as it was known."""
    facts: dict[str, float | int | str] = {"phase": timeline.phase[row].value}
    for metric in ("altseason_index", "btc_close", "eth_btc", "mrs", "rut_close", "rut_drawdown"):
        value = float(timeline.metrics[metric].value[row])
        if not np.isnan(value):
            facts[metric] = float(f"{value:.10g}")
    if question.kind == BREAKOUT:
        found = next(e for e in timeline.breakout.events if e.confirmed == event)
        facts |= {
            "attempt": found.attempt.isoformat(), "base_sessions": found.base,
            "level": float(f"{found.level:.10g}"), "tier": found.tier.value,
        }  # fmt: skip
    return tuple(sorted(facts.items()))


def _counted(evidence: Evidence, question: Question) -> tuple[int, int, float | None]:
    """Hits, cases and base rate (a share of 1) of a question, as known on the day."""
    if question.asset is not None:
        found = evidence.record(question.kind, question.asset)
        return found.hits, found.n, None if found.base_rate is None else found.base_rate / 100
    timeline, day = evidence.timeline, evidence.day
    seen = season_seen(timeline, day)
    since = EVIDENCE_FROM[BTC]
    span = seen[max((since - timeline.first).days, 0) :]
    matured = span[~np.isnan(span)]
    kept = spaced([event for event in evidence.events(BREAKOUT) if event >= since])
    known = [float(seen[timeline.row(event)]) for event in kept]
    known = [value for value in known if not np.isnan(value)]
    base = float(matured.mean()) if len(matured) >= LEAST_DAYS else None
    return int(sum(known)), len(known), base


def season_seen(timeline: Timeline, day: dt.date) -> Floats:
    """For a call at each decision up to a day: 1 where the index was at 75 or more on some day
    30–90 later, 0 where not, NaN where that is still open or over half of those days are n/a.
    """
    rows = timeline.row(day) + 1
    index = timeline.metrics["altseason_index"]
    fresh = (index.date == timeline.days) & ~timeline.altseason.borrowed
    value = np.where(fresh, index.value, np.nan)[:rows]
    span = SEASON_LAST - SEASON_FIRST + 1
    out = np.full(rows, np.nan)
    if rows <= SEASON_LAST:
        return out
    windows = np.lib.stride_tricks.sliding_window_view(value[SEASON_FIRST:], span)
    counts = (~np.isnan(windows)).sum(axis=1)
    reached = (windows >= SEASON).any(axis=1)
    out[: len(windows)] = np.where(2 * (span - counts) > span, np.nan, reached)
    return out


def score(call: FrozenCall, timeline: Timeline, day: dt.date) -> Score:
    """How a call stands at the decision for a day. Void: over half of the days of the index were
    n/a, or a close it needs never came.
    """
    if day < call.until:
        return Score.OPEN
    asset = call.asked.asset
    if asset is None:
        value = season_seen(timeline, day)[timeline.row(call.decision)]
        return Score.VOID if np.isnan(value) else _hit(value > 0)
    prices = Evidence(timeline, day).prices(asset)
    begin, end = prices[row_of(call.decision + DAY)], prices[row_of(call.until)]
    if np.isnan(begin) or np.isnan(end):
        return Score.VOID if day >= call.until + MISSING_FOR else Score.OPEN
    return _hit(end / begin - 1 > 0)


def _hit(happened: Any) -> Score:
    return Score.HIT if happened else Score.MISS


@dataclass(frozen=True, slots=True)
class Summary:
    """Calls and how good they were. ``events`` counts scored events at least 90 days apart: the
    calls of one event share its fate. Brier scores are means over scored calls, None without.
    """

    calls: int
    scored: int
    hits: int
    open: int
    void: int
    events: int
    brier: float | None
    base_brier: float | None

    @property
    def judged(self) -> bool:
        """Whether there are enough scored events to speak of skill."""
        return self.events >= LEAST_SCORED


def summary(calls: Sequence[FrozenCall], timeline: Timeline, day: dt.date) -> Summary:
    """The score of calls at the decision for a day, against always saying the base rate."""
    scores = [(call, score(call, timeline, day)) for call in calls]
    done = [(call, s is Score.HIT) for call, s in scores if s in (Score.HIT, Score.MISS)]
    brier = [(call.probability - hit) ** 2 for call, hit in done]
    base = [(call.base - hit) ** 2 for call, hit in done]
    return Summary(
        calls=len(scores),
        scored=len(done),
        hits=sum(hit for _, hit in done),
        open=sum(s is Score.OPEN for _, s in scores),
        void=sum(s is Score.VOID for _, s in scores),
        events=sum(
            len(spaced(list({call.decision for call, _ in done if call.asked.kind == kind})))
            for kind in (BREAKOUT, WARNING)
        ),
        brier=sum(brier) / len(brier) if brier else None,
        base_brier=sum(base) / len(base) if base else None,
    )
