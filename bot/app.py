"""The composition root: settings → data → snapshot → answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from commands.snapshot import Snapshot
from feeds.feed import FeedError, Harvest
from rotation.inputs import BTC, Observations
from rotation.market import Market
from rotation.timeline import Timeline


def harvest(folder: Path | None) -> Harvest:
    """A folder of CSV files, or the embedded sample market. FeedError if it cannot be read."""
    if folder is None:
        from feeds.sample import sample_market

        return sample_market()
    from feeds.files import read_folder

    return read_folder(folder)


def snapshot(folder: Path | None = None, as_of: dt.date | None = None) -> Snapshot:
    """Everything known by the decision for ``as_of``, by default the newest one the data has.

    FeedError if the data cannot be read or does not reach that day.
    """
    found = harvest(folder)
    first, last = _span(found.observations)
    if as_of is not None and not first <= as_of <= last:
        raise FeedError(f"--as-of {as_of}: the data reaches from {first} to {last}.")
    market = Market(
        found.observations,
        found.listings,
        first=np.datetime64(first),
        last=np.datetime64(as_of or last),
        sample=found.sample,
    )
    timeline = Timeline.of(market)
    return Snapshot(
        replace(timeline, withheld=(*found.withheld, *timeline.withheld)),
        source="sample data" if folder is None else folder.name,
        problems=found.problems,
        version=version("spillover"),
    )


def _span(observations: tuple[Observations, ...]) -> tuple[dt.date, dt.date]:
    """From the first close of the Russell 2000 to the newest close of it or of bitcoin."""
    ends = {item.series: item for item in observations if item.series in ("RUT", BTC)}
    if not ends:
        raise FeedError("The data has neither the Russell 2000 nor bitcoin.")
    lead = ends.get("RUT") or ends[BTC]
    first: dt.date = lead.date.min().item()
    last: dt.date = max(item.date.max() for item in ends.values()).item()
    return first, last
