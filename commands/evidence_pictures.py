"""Charts of the evidence, as neutral descriptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from math import isnan

import numpy as np

from commands.facts import PHASES, TONES
from commands.reply import (
    Chart,
    Estimate,
    FanChart,
    FanPath,
    Lane,
    Profile,
    RibbonChart,
    Shade,
    Tone,
)
from commands.words import _, day, month, number, percent
from rotation.evidence import Evidence, Fan
from rotation.history import EVIDENCE_FROM, wilson
from rotation.inputs import BTC
from rotation.lead_lag import MOST_LAG, LeadLag
from rotation.phase import Phase
from rotation.record import FrozenCall, Score
from rotation.signals import SEASON
from rotation.timeline import Timeline

WEEK = 7
BINS = 5


def source(when: dt.date) -> str:
    return _("As of {day}").format(day=day(when))


def fan_chart(evidence: Evidence, kind: str, title: str) -> Chart | None:
    """Bitcoin around every event of a kind, against as many random dates."""
    found = evidence.record(kind)
    fan = evidence.fan(kind)
    if not fan.paths:
        return None
    subtitle = _("BTC, % by day · shaded: median of {n} random dates").format(n=max(found.n, 1))
    label = _("median") if found.n else ""
    return _fan(evidence, fan, title, subtitle, label)


def day_chart(evidence: Evidence, when: dt.date) -> Chart | None:
    """Bitcoin around one day, against single random days."""
    fan = evidence.fan_of(when)
    if not any(value is not None for path in fan.paths for value in path.gains):
        return None
    gain = fan.median[-1]
    title = (
        _("BTC after {day}: still open") if gain is None else _("BTC {gain} 90 days after {day}")
    )
    title = title.format(day=day(when), gain="" if gain is None else percent(gain, 0, sign=True))
    subtitle = _("BTC, % by day from the next close · shaded: random days")
    return _fan(evidence, fan if gain is None else _alone(fan), title, subtitle, "BTC")


def _alone(fan: Fan) -> Fan:
    """One path is its own median: drawn once."""
    return Fan(fan.offsets, (), fan.median, fan.bands)


def _fan(evidence: Evidence, fan: Fan, title: str, subtitle: str, label: str) -> Chart:
    paths = tuple(
        FanPath(month(path.event), path.gains, _tone(path.gains[-1])) for path in fan.paths
    )
    body = FanChart(
        fan.offsets, paths, fan.median, label,
        tuple(Shade(band.share, band.low, band.high) for band in fan.bands), _("entry"),
    )  # fmt: skip
    return Chart(title, subtitle, source(evidence.day), body, evidence.timeline.sample, title)


def _tone(gain: float | None) -> Tone:
    if gain is None:
        return Tone.MUTED
    return Tone.GOOD if gain > 0 else Tone.BAD


def lag_chart(found: LeadLag, timeline: Timeline, title: str) -> Chart | None:
    """Correlations at −13…+13 weeks with their intervals."""
    if not found.lags:
        return None
    marks = (-13, -8, -4, 0, 4, 8, 13)
    body = Profile(
        tuple(
            Estimate(lag.weeks, lag.correlation, lag.low, lag.high, lag.clear)
            for lag in found.lags
            if not isnan(lag.correlation)
        ),
        -MOST_LAG, MOST_LAG,
        tuple((at, number(at, sign=at > 0) if at else _("same week")) for at in marks),
        "correlation", _("← bitcoin moves first"), _("small caps move first, weeks →"),
    )  # fmt: skip
    subtitle = _("Correlation of weekly returns, 95 % intervals, {first}–{last}").format(
        first=found.first.year, last=found.last.year
    )
    return Chart(title, subtitle, source(found.last), body, timeline.sample, title)


def reliability_chart(
    calls: Sequence[tuple[FrozenCall, Score]], timeline: Timeline, when: dt.date, title: str
) -> Chart | None:
    """What was said against what came, in fifths of the probability."""
    done = [(call.probability, s is Score.HIT) for call, s in calls
            if s in (Score.HIT, Score.MISS)]  # fmt: skip
    estimates = []
    for number_of_bin in range(BINS):
        inside = [(p, hit) for p, hit in done if min(int(p * BINS), BINS - 1) == number_of_bin]
        interval = wilson(sum(hit for _p, hit in inside), len(inside))
        if interval is not None:
            said = 100 * sum(p for p, _hit in inside) / len(inside)
            came = 100 * sum(hit for _p, hit in inside) / len(inside)
            label = _("{hits} of {n}").format(hits=sum(hit for _p, hit in inside), n=len(inside))
            estimates.append(Estimate(said, came, *interval, clear=True, label=label))
    if not estimates:
        return None
    ticks = tuple((float(at), percent(at, 0)) for at in (0, 25, 50, 75, 100))
    body = Profile(
        tuple(estimates), 0.0, 100.0, ticks, "%", _("↑ came true"), _("probability said →"),
        diagonal=True,
    )  # fmt: skip
    subtitle = _("Dashed: said and came alike · bars: 95 % intervals")
    return Chart(title, subtitle, source(when), body, timeline.sample, title)


def ribbon_chart(timeline: Timeline, when: dt.date, title: str, leading: Phase) -> Chart | None:
    """The altcoin season index over the years, and which phase held when."""
    first = max(timeline.first, EVIDENCE_FROM[BTC])
    if first >= when:
        return None
    rows = np.arange(timeline.row(first), timeline.row(when) + 1)
    weeks = rows[::WEEK]
    index = timeline.metrics["altseason_index"].scored()[weeks]
    phases = [timeline.phase[row] for row in rows.tolist()]
    lanes = tuple(_lane(phase, phases, first, leading) for phase in Phase if phase in phases)
    body = RibbonChart(
        tuple(timeline.days[weeks].tolist()),
        tuple(None if isnan(value) else value for value in index.tolist()),
        _("Altcoin season index"), (25.0, SEASON), lanes,
    )  # fmt: skip
    subtitle = _("Phases by day since {year} · right: share of days").format(year=first.year)
    return Chart(title, subtitle, source(when), body, timeline.sample, title)


def _lane(phase: Phase, phases: list[Phase], first: dt.date, leading: Phase) -> Lane:
    stretches: list[tuple[dt.date, dt.date]] = []
    begun: int | None = None
    for row, here in enumerate([*phases, None]):
        if here is phase and begun is None:
            begun = row
        elif here is not phase and begun is not None:
            days = (dt.timedelta(days=begun), dt.timedelta(days=row - 1))
            stretches.append((first + days[0], first + days[1]))
            begun = None
    share = 100 * sum(here is phase for here in phases) / len(phases)
    return Lane(
        _(PHASES[phase]), percent(share, 0), tuple(stretches), TONES[phase], phase is leading
    )
