"""/chart: any metric of the catalogue."""

from __future__ import annotations

import datetime as dt

import numpy as np

from commands.dispatch import as_buttons
from commands.facts import dated, freshness_line
from commands.kinds import Period
from commands.metric_list import LIST, page
from commands.pictures import metric_chart
from commands.registry import Call, Command, Option
from commands.reply import Reply
from commands.spans import CHART_METRIC, SPAN
from commands.words import _, amount, day
from rotation.catalogue import METRICS
from rotation.inputs import N_
from rotation.metrics import Metric
from rotation.status import RotationStatus
from rotation.timeline import Timeline

DEFAULT = Period("1y", 365)
MOST_DAYS = 100_000


def run(call: Call) -> Reply:
    timeline = call.snapshot.timeline
    if call.values["metric"] == LIST:
        return page(1, call.snapshot)
    metric, period = METRICS[call.values["metric"]], call.values.get("period", DEFAULT)
    now = call.status()
    days = min(period.days or MOST_DAYS, (now.date - timeline.first).days)
    first = now.date - dt.timedelta(days=days)
    reading = now.readings[metric.id]
    lines = [_span(timeline, metric, first, now), _(metric.meaning)]
    return Reply(
        headline=f"{_(metric.name)}: {dated(reading, now.date)}",
        reason=_("Formula: {formula}.").format(formula=_(metric.formula)),
        lines=tuple(line for line in lines if line),
        footer=freshness_line(now),
        buttons=as_buttons(
            *((length, f"/chart {metric.id} {length}") for length in ("90d", "1y", "5y", "max")),
            (_("What is this?"), f"/explain {metric.id}"),
        ),
        chart=metric_chart(timeline, now, metric.id, first, period.text),
        sample=now.sample,
    )


def _span(timeline: Timeline, metric: Metric, first: dt.date, now: RotationStatus) -> str:
    """Lowest and highest of the days on which there was a value that was not stale, and how many
    of them the value of now is above.
    """
    begin = timeline.row(first)
    values = timeline.metrics[metric.id].scored()[begin : timeline.row(now.date) + 1]
    rows = np.flatnonzero(~np.isnan(values))
    if not len(rows):
        return ""
    known = values[rows]
    text = _("Lowest {low}, highest {high} since {day}").format(
        low=amount(float(known.min()), metric.unit, metric.decimals),
        high=amount(float(known.max()), metric.unit, metric.decimals),
        day=day(first + dt.timedelta(days=int(rows[0])), now.date),
    )
    current = now.readings[metric.id].usable
    if current is None:
        return text + "."
    above = _("now above {share} % of days").format(share=int(100 * (known < current).mean()))
    return f"{text}; {above}."


COMMAND = Command(
    name="chart",
    summary=N_("Any number of the catalogue as a picture"),
    run=run,
    options=(
        Option("metric", CHART_METRIC, N_("a number of the catalogue, such as mrs"), required=True),
        Option("period", SPAN, N_("30d, 6m, 2y, ytd, since 2020 or max")),
    ),
    examples=("/chart mrs 2y", "/chart altseason 5y", "/chart net_liquidity"),
)
