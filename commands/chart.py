"""/chart: any metric of the catalogue."""

from __future__ import annotations

import datetime as dt

import numpy as np

from commands.dispatch import as_buttons
from commands.facts import dated, freshness_line
from commands.kinds import METRIC, PERIOD, Period
from commands.pictures import metric_chart
from commands.registry import Call, Command, Option
from commands.reply import Reply
from commands.words import _, amount, day, number
from rotation.catalogue import METRICS
from rotation.inputs import N_

DEFAULT = Period("1y", 365)


def run(call: Call) -> Reply:
    timeline = call.snapshot.timeline
    metric, period = METRICS[call.values["metric"]], call.values.get("period", DEFAULT)
    now = call.status()
    first = timeline.first if period.days is None else now.date - dt.timedelta(days=period.days)
    first = max(first, timeline.first)
    values = timeline.metrics[metric.id].value[timeline.row(first) : timeline.row(now.date) + 1]
    known = values[~np.isnan(values)]
    reading = now.readings[metric.id]
    lines = [_(metric.meaning)]
    if len(known):
        text = _("Lowest {low}, highest {high} since {day}; now above {share} % of days.")
        lines.insert(0, text.format(
            low=amount(float(known.min()), metric.unit, metric.decimals),
            high=amount(float(known.max()), metric.unit, metric.decimals),
            day=day(first, now.date),
            share=number(100 * float((known < known[-1]).mean())),
        ))  # fmt: skip
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


COMMAND = Command(
    name="chart",
    summary=N_("Any number of the catalogue as a picture"),
    run=run,
    options=(
        Option("metric", METRIC, N_("a number of the catalogue, such as mrs"), required=True),
        Option("period", PERIOD, N_("30d, 6m, 2y or max")),
    ),
    examples=("/chart mrs 2y", "/chart altseason 5y", "/chart net_liquidity"),
)
