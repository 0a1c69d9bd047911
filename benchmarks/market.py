"""The market that the benchmarks use: the folder of real data, or a made one of the same size."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np

from feeds.feed import Harvest
from rotation.inputs import INPUTS, Listing, Observations, input_of

FIRST, LAST = np.datetime64("1986-01-01"), np.datetime64("2026-08-14")
COINS = 40


def folder() -> Path | None:
    """The folder of real data, where there is one."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "market-data"
    found = Path(os.environ.get("SPILLOVER_MARKET_DATA") or beside)
    return found if (found / "RUT.csv").is_file() else None


def harvest() -> Harvest:
    """Everything that the folder holds, else 40 years of every series."""
    found = folder()
    if found is None:
        return made()
    from feeds.files import read_folder

    return read_folder(found)


def made() -> Harvest:
    """40 years of daily values of every series and of some coins, over 400,000 observations."""
    rng = np.random.default_rng(7)
    ids = [*INPUTS, *(f"coin:c{n}" for n in range(COINS))]
    coins = tuple(id for id in ids if id.startswith("coin:c"))
    day = LAST.item()
    listing = Listing(day - dt.timedelta(days=200), coins, dt.datetime.combine(day, dt.time()))
    return Harvest(tuple(_walk(rng, id) for id in ids), (listing,))


def _walk(rng: np.random.Generator, series: str) -> Observations:
    known = input_of(series)
    date = np.arange(FIRST, LAST)
    walk = np.exp(np.cumsum(rng.normal(0, 0.01, len(date))))
    middle = np.sqrt(max(known.low, 1e-3) * max(known.high, 1e-2))
    value = np.clip(middle * walk, known.low, known.high)
    released = known.clock.released(date)
    return Observations(series, date, value, released, released, "made")


def moment(found: Harvest) -> dt.datetime:
    """Just after the newest value was released."""
    newest = max(item.released_at.max() for item in found.observations if len(item.date))
    told: dt.datetime = newest.item()
    return told + dt.timedelta(hours=1)
