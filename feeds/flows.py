"""Fund flows from a CSV file that an admin imports: ``spillover import flows.csv``.

A column ``date`` and one or both of ``shares`` (IWM shares outstanding) and
``flow_usd_millions`` (net flow of all US spot bitcoin ETFs on that day).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from feeds.csv_series import Source, take
from feeds.csv_table import TableError, read_table
from feeds.feed import FeedError, Harvest

SHARES = "shares"
FLOW = "flow_usd_millions"


def read_flows(path: Path, now: datetime) -> Harvest:
    """What the file holds up to ``now`` (naive UTC), as fetched at that moment. FeedError where
    it cannot be used; single faults are ``problems`` with line and cure.
    """
    sources = (
        Source("IWM_SHARES", path.name, (SHARES,), "shares"),
        Source("ETF_FLOW", path.name, (FLOW,), "USD millions", 1e6),
    )
    try:
        table = read_table(path, (SHARES, FLOW), today=now.date())
    except TableError as error:
        raise FeedError(str(error)) from None
    named = (source for source in sources if source.columns[0] in table.columns)
    taken = [take(source, table, now.date(), now) for source in named]
    observations = tuple(
        replace(
            item.observations,
            fetched_at=np.full(len(item.observations.date), now, "datetime64[us]"),
        )
        for item in taken
        if item.observations
    )
    problems = (*table.faults, *(problem for item in taken for problem in item.problems))
    if not observations:
        raise FeedError(f"{path.name}: no values. {' '.join(problems[-1:])}")
    withheld = tuple(found for item in taken for found in item.withheld)
    return Harvest(observations, (), problems, withheld)
