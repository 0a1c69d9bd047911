"""Day by day: what would have been said and alerted, by the same code that says it today."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

from commands.alert import ALERT, crossing, rule_of
from commands.changes import record_of, sentence_of
from commands.dispatch import parse, request_of
from commands.facts import LAMP, PHASES
from commands.snapshot import Snapshot
from commands.words import _, amount
from rotation.changes import events
from rotation.ladder import LADDER
from rotation.record import FrozenCall, calls_due
from rotation.threshold import Watched, reading, step
from rotation.timeline import Timeline
from storage.alerts import Alert


@dataclass(frozen=True, slots=True)
class Said:
    """One decision: where things stood, what was told of it and which calls were frozen."""

    date: dt.date
    phase: str
    position: int
    scores: tuple[float | None, ...]
    lit: tuple[bool | None, ...]
    told: tuple[str, ...]
    calls: tuple[FrozenCall, ...]

    def line(self) -> str:
        """'2025-09-24 Spillover · Liquidity 28 ○ · …', then a line for each thing told."""
        lamps = " · ".join(
            f"{_(rung.name)} {amount(score, 'score', 0)} {LAMP[lit]}"
            for rung, score, lit in zip(LADDER, self.scores, self.lit, strict=True)
        )
        told = [*self.told, *(_call_words(call) for call in self.calls)]
        return "\n".join([f"{self.date} {self.phase} · {lamps}", *(f"    {text}" for text in told)])

    def as_json(self) -> str:
        """One line of JSON."""
        facts: dict[str, Any] = {
            "date": str(self.date),
            "phase": self.phase,
            "position": self.position,
            "scores": {r.id: s for r, s in zip(LADDER, self.scores, strict=True)},
            "lit": {r.id: lit for r, lit in zip(LADDER, self.lit, strict=True)},
            "told": self.told,
            "calls": [json.loads(call.to_json()) for call in self.calls],
        }
        return json.dumps(facts, ensure_ascii=False)


def replay(
    snapshot: Snapshot, first: dt.date, last: dt.date, alerts: Sequence[Alert] = ()
) -> Iterator[Said]:
    """Every decision from ``first`` to ``last``. UnknownDayError for days without one. Thresholds
    begin armed; nothing is kept anywhere.
    """
    timeline = snapshot.timeline
    states = {alert.id: alert.state for alert in alerts}
    timeline.row(last)
    for row in range(timeline.row(first), timeline.row(last) + 1):
        day = timeline.days[row].item()
        told = []
        for event in events(timeline, day):
            text, record = sentence_of(event, day), record_of(event, snapshot)
            told.append(f"{text} {record}".strip())
        told += _crossings(timeline, row, alerts, states)
        due = calls_due(timeline, day, timeline.decided(row))
        frozen = tuple(replace(call, replay=True) for call in due)
        yield Said(
            day, _(PHASES[timeline.phase[row]]), int(timeline.position[row]),
            tuple(_known(timeline.rungs[rung.id].score[row]) for rung in LADDER),
            tuple(_flag(timeline.rungs[rung.id].lit[row]) for rung in LADDER),
            tuple(told), frozen,
        )  # fmt: skip


def _crossings(
    timeline: Timeline, row: int, alerts: Sequence[Alert], states: dict[int, Watched]
) -> list[str]:
    found = []
    for alert in alerts:
        read = reading(timeline.metrics[alert.rule.metric], row)
        if read is None:
            continue
        (at, value), now = read, timeline.decided(row)
        states[alert.id], fires = step(alert.rule, states[alert.id], value, at, now)
        if fires:
            found.append(crossing(alert, value))
    return found


def alerts_of(wanted: Sequence[str], snapshot: Snapshot) -> list[Alert]:
    """Thresholds as they are typed after /alert, for a replay alone. CommandError."""
    found = []
    for id, text in enumerate(wanted, 1):
        values = parse(ALERT, request_of(f"/alert {text}"), snapshot)
        found.append(Alert(id, "", rule_of(values), Watched(armed=True)))
    return found


def _call_words(call: FrozenCall) -> str:
    return _("Call {short}: {text}, {p} (base rate {base}).").format(
        short=call.short, text=_(call.asked.text), p=amount(100 * call.probability, "%", 0),
        base=amount(100 * call.base, "%", 0),
    )  # fmt: skip


def _known(value: float) -> float | None:
    return None if isnan(value) else round(float(value), 6)


def _flag(value: float) -> bool | None:
    return None if isnan(value) else bool(value)
