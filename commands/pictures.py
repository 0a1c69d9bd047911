"""Charts of the answers, as neutral descriptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from math import isnan

import numpy as np

from commands.facts import PHASES, freshness_mark
from commands.reply import (
    Band,
    Bar,
    BarChart,
    Chart,
    Line,
    LineChart,
    Mark,
    Panel,
    Tone,
)
from commands.words import _, amount, day, number, percent, reading
from rotation.breakout import Breakout, State
from rotation.catalogue import METRICS
from rotation.ladder import LIT_FROM, UNLIT_BELOW
from rotation.market import further
from rotation.metrics import Metric
from rotation.status import RotationStatus
from rotation.timeline import Timeline

RUSSELL_DAYS = 730
WEEKS_OF_LIQUIDITY = 5 * 365
CRYPTO_DAYS = 3 * 365
WIDE = 50
LONGEST_STEP = 12
"""Observations further apart than this many days are not joined by a line."""


def ladder(now: RotationStatus) -> Chart:
    """Six rungs from the bottom of the page up: alts on top, liquidity below."""
    bars = [
        Bar(_(rung.name), _detail(rung.lit), rung.score, rung.lit, rung.change)
        for rung in now.rungs
    ]
    title = _("{phase}: {lit} of 6 rungs lit").format(phase=_(PHASES[now.phase]), lit=now.lit)
    return Chart(
        title=title,
        subtitle=_("Score of each rung, 0–100 · change over 7 days"),
        source=_source(now),
        body=BarChart(tuple(reversed(bars)), LIT_FROM, UNLIT_BELOW),
        sample=now.sample,
        alt=title
        + ". "
        + ", ".join(f"{bar.label} {amount(bar.value, 'score', 0)}" for bar in bars),
    )


def _detail(lit: bool | None) -> str:
    return {True: _("lit"), False: _("not lit"), None: _("n/a")}[lit]


def _source(now: RotationStatus) -> str:
    late = [group for group in now.groups if freshness_mark(group.fresh)]
    text = _("As of {day}").format(day=day(now.date))
    return text + (" · " + _("some sources late") if late else "")


def russell_chart(timeline: Timeline, now: RotationStatus) -> Chart | None:
    """Two years of closes with breakouts, windows and volume."""
    start = now.date - dt.timedelta(days=RUSSELL_DAYS)
    days, (closes, volume) = _aligned(timeline, ("rut_close", "volume_ratio"), start, now.date)
    if not any(value is not None for value in closes):
        return None
    events = [event for event in _events(timeline, now) if event.attempt >= start]
    shown = now.breakout.event
    level = shown.level if shown and shown in events else None
    gap = now.readings["rut_drawdown"].value or 0.0
    return Chart(
        title=_russell_title(now, gap),
        subtitle=_("Daily closes, 2 years · shaded: days 30–90 of a breakout"),
        source=_source(now),
        body=LineChart(
            tuple(days),
            (
                Panel(
                    (Line(_("Russell 2000"), closes, leads=True),), "points",
                    level=level, level_label=_("old high {level}").format(
                        level=number(level or 0, 0)) if level else "",
                    marks=tuple(mark for event in events for mark in _marks(event, now.date)),
                    share=3,
                ),
                Panel(
                    (Line(_("Volume"), volume),), "×", share=1,
                    title=_("Volume of IWM, 5 sessions ÷ 50 before"), thresholds=(1.2,),
                ),
            ),
            tuple(_window(event, now.date) for event in events if _reached(event, now.date)),
        ),
        sample=now.sample,
        alt=_russell_title(now, gap),
    )  # fmt: skip


def _russell_title(now: RotationStatus, gap: float) -> str:
    titles = {
        State.ATTEMPT: _("Russell 2000 tries to break out"),
        State.CONFIRMED: _("Russell 2000 has broken out"),
        State.RETEST: _("Russell 2000 retests its old high"),
    }
    if now.breakout.state in titles:
        return titles[now.breakout.state]
    if gap > -0.05:
        return _("Russell 2000 at its high")
    return _("Russell 2000, {gap} below its high").format(gap=percent(-gap))


def _events(timeline: Timeline, now: RotationStatus) -> list[Breakout]:
    """Breakouts up to the day, the newest as it was known then."""
    older = [e for e in timeline.breakout.events if e.ended and e.ended <= now.date]
    newest = now.breakout.event
    return older if newest is None or newest in older else [*older, newest]


def _marks(event: Breakout, today: dt.date) -> list[Mark]:
    marks = [Mark(event.attempt, event.level, _("attempt"), Tone.WARM)]
    if event.confirmed and event.confirmed <= today:
        marks.append(Mark(event.confirmed, event.level, _("confirmed"), Tone.GOOD))
    if event.end in (State.FAILED, State.BROKEN) and event.ended:
        marks.append(Mark(event.ended, event.level, _("failed"), Tone.BAD))
    return marks


def _reached(event: Breakout, today: dt.date) -> bool:
    """The 30–90 day window has begun while the breakout stood."""
    if event.confirmed is None:
        return False
    begins = event.confirmed + dt.timedelta(days=30)
    return begins <= min(today, event.ended or today)


def _window(event: Breakout, today: dt.date) -> Band:
    begins = (event.confirmed or event.attempt) + dt.timedelta(days=30)
    return Band(begins, min(event.ended or today, today), _("30–90 days"), Tone.WARM)


def liquidity_chart(timeline: Timeline, now: RotationStatus) -> Chart | None:
    """Net liquidity and its parts, five years of Wednesdays."""
    start = now.date - dt.timedelta(days=WEEKS_OF_LIQUIDITY)
    parts = ("net_liquidity", "fed_assets", "treasury_account", "reverse_repo_weekly")
    days, columns = _aligned(timeline, parts, start, now.date, lead="fed_assets")
    if not days:
        return None
    slow = now.readings["net_liquidity_13w"].value
    title = _("Net liquidity, n/a") if slow is None else (
        _("Net liquidity rises: {change} in 13 weeks") if slow > 0
        else _("Net liquidity falls: {change} in 13 weeks")
    ).format(change=percent(slow, 1, sign=True))  # fmt: skip
    names = [_("Net liquidity"), _("Fed assets"), _("Treasury account"), _("Reverse repo")]
    lines = [Line(name, column) for name, column in zip(names, columns, strict=True)]
    net = Line(lines[0].label, lines[0].values, leads=True)
    return Chart(
        title=title,
        subtitle=_("US dollars, 5 years · Fed assets less account and repo"),
        source=_source(now),
        body=LineChart(
            tuple(days),
            (
                Panel((net, lines[1]), "USD", share=1.3),
                Panel((lines[2], lines[3]), "USD", share=1, title=_("What is taken off")),
            ),
        ),
        sample=now.sample,
        alt=title,
    )


def crypto_chart(timeline: Timeline, now: RotationStatus) -> Chart | None:
    """The altcoin season index with its two lines, and ETH/BTC."""
    start = now.date - dt.timedelta(days=CRYPTO_DAYS)
    days, (index, ratio) = _aligned(
        timeline, ("altseason_index", "eth_btc"), start, now.date, lead="eth_btc"
    )
    if not days:
        return None
    title = _title("altseason_index", now)
    return Chart(
        title=title,
        subtitle=_("Share of large coins ahead of bitcoin over 90 days, 3 years"),
        source=_source(now),
        body=LineChart(
            tuple(days),
            (
                Panel((Line(_("Index"), index, leads=True),), "score", thresholds=(25, 75),
                      share=1.4),
                Panel((Line("ETH/BTC", ratio, leads=True),), "ratio", share=1, title="ETH/BTC"),
            ),
        ),
        sample=now.sample,
        alt=title,
    )  # fmt: skip


def metric_chart(
    timeline: Timeline, now: RotationStatus, metric: str, start: dt.date, period: str
) -> Chart | None:
    """Any metric of the catalogue over a period."""
    days, (values,) = _aligned(timeline, (metric,), start, now.date)
    if not days:
        return None
    known, title = METRICS[metric], _title(metric, now)
    if all(value is None for value in values):
        return None
    log = _wide(known.unit, values)
    parts = [period, _(known.formula), *([_("logarithmic")] if log else [])]
    return Chart(
        title=title,
        subtitle=" · ".join(parts),
        source=_source(now),
        body=LineChart(
            tuple(days),
            (
                Panel(
                    (Line("", values, leads=True),),
                    _unit(known),
                    thresholds=_lines(metric),
                    log=log,
                ),
            ),
        ),
        sample=now.sample,
        alt=title,
    )


def _title(metric: str, now: RotationStatus) -> str:
    """'Altcoin season index: 40'; of a stale one when it was last known, not as if it were now."""
    item = now.readings[metric]
    if item.usable is None and item.date is not None:
        text = _("{name}: n/a, last {value} on {day}")
        return text.format(name=_(item.name), value=reading(item), day=day(item.date, now.date))
    return f"{_(item.name)}: {reading(item)}"


def _wide(unit: str, values: Sequence[float | None]) -> bool:
    """Prices that span so many factors that the early ones would lie flat on the ground."""
    known = [value for value in values if value is not None]
    return unit in {"USD", "points"} and min(known) > 0 and max(known) > WIDE * min(known)


def _unit(metric: Metric) -> str:
    """The unit on a picture: a ratio around one is so many times."""
    return "×" if metric.unit == "ratio" and metric.decimals <= 2 else metric.unit


def _lines(metric: str) -> tuple[float, ...]:
    """Horizontal lines that mean something."""
    known = {
        "altseason_index": (25.0, 75.0), "heat": (20.0, 80.0), "volume_ratio": (1.2,),
        "rs_strength": (100.0,), "rs_momentum": (100.0,),
    }  # fmt: skip
    if metric.endswith(("_mrs", "_30d", "_13w", "_4w", "_200", "_20d")) or metric == "mrs":
        return (0.0,)
    return known.get(metric, ())


def _aligned(
    timeline: Timeline, metrics: Sequence[str], start: dt.date, end: dt.date, lead: str = ""
) -> tuple[list[dt.date], list[tuple[float | None, ...]]]:
    """Values of several metrics on the observation dates of one of them, as known on each day;
    a hole becomes one day without values.
    """
    first, last = max(start, timeline.first), min(end, timeline.last)
    rows = np.arange(timeline.row(first), timeline.row(last) + 1)
    leader = timeline.metrics[lead or metrics[0]]
    fresh = rows[further(leader.date[rows])]
    days: list[dt.date] = leader.date[fresh].tolist()
    columns = [
        [None if isnan(value) else value for value in timeline.metrics[id].scored()[fresh].tolist()]
        for id in metrics
    ]
    for i in range(len(days) - 1, 0, -1):
        if (days[i] - days[i - 1]).days > LONGEST_STEP:
            days.insert(i, days[i - 1] + dt.timedelta(days=1))
            for column in columns:
                column.insert(i, None)
    return days, [tuple(column) for column in columns]
