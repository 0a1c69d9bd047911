"""The altcoin season index: the share of the coins that were large 90 days ago and have
beaten bitcoin since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rotation.calendars import freshness
from rotation.inputs import BTC, Days, Flags, Floats, Freshness, Listing, first_decision, input_of
from rotation.market import Daily, Epoch, Market

LOOKBACK = 90
MEMBERS = 50
LEAST_COINS = 30
LONGEST_HOLE = 3
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class AltSeason:
    """The index by day: ``index`` in % of the ``counted`` coins, with ``beating`` of them ahead
    of bitcoin; ``listing`` is the date of the list used, ``borrowed`` where that list was not
    yet 90 days old. A day that cannot be computed carries the last one with its date.
    """

    index: Daily
    beating: Floats
    counted: Floats
    listing: Days
    borrowed: Flags


def altseason(market: Market) -> AltSeason:
    """The index over all days of the market.

    Of the 50 largest coins by the newest list dated at or before D − 90, the share whose close
    on D against D − 90 beats bitcoin's, strictly. A coin counts with both closes and no hole
    longer than 3 days between; n/a with fewer than 30. Unlike public indices it never takes
    today's members, which selects winners.
    """
    days = market.days
    listing, borrowed = choose_listings(market.listings, days)
    columns = {coin: i for i, coin in enumerate(market.coins)}
    members = [_members(item, columns) for item in market.listings]
    beating, counted = np.full(len(days), np.nan), np.full(len(days), np.nan)
    for rows, closes, in_time in _stretches(market, listing):
        gain, usable = _gains(closes, in_time)
        usable &= usable[:, -1:]
        ahead = usable & (gain > gain[:, -1:])
        for number in np.unique(listing[rows]):
            if number < 0:
                continue
            at = rows.start + np.flatnonzero(listing[rows] == number)
            block = np.ix_(at - rows.start, members[number])
            counted[at] = usable[block].sum(axis=1)
            beating[at] = ahead[block].sum(axis=1)
    return _carried(market, beating, counted, listing, borrowed)


def choose_listings(
    listings: tuple[Listing, ...], days: Days
) -> tuple[npt.NDArray[np.int64], Flags]:
    """The list of each day as its number, −1 for none, and whether it is borrowed: the newest one
    dated at or before D − 90, until there is one the oldest that was known.
    """
    chosen = np.full(len(days), -1)
    borrowed = np.zeros(len(days), dtype=bool)
    for number, item in enumerate(listings):
        known = first_decision(np.array([item.known], dtype="datetime64[us]"))[0]
        dated = np.datetime64(item.date)
        young = (days >= max(known, dated)) & (chosen < 0)
        chosen[young], borrowed[young] = number, True
        old_enough = days >= max(known, dated + LOOKBACK)
        chosen[old_enough], borrowed[old_enough] = number, False
    return chosen, borrowed


def _members(listing: Listing, columns: dict[str, int]) -> npt.NDArray[np.int64]:
    """Columns of the 50 largest coins that have prices at all."""
    largest = listing.coins[:MEMBERS]
    return np.array([columns[coin] for coin in largest if coin in columns], dtype=np.int64)


def _stretches(
    market: Market, listing: npt.NDArray[np.int64]
) -> Iterable[tuple[slice, Floats, Flags]]:
    """Rows of days between two revisions of any coin, with the closes as they were known then
    (rows + LOOKBACK × coins, bitcoin last, NaN where there was none), and whether a close was
    known by its own day's decision.
    """
    tracks = [market.track(coin) for coin in (*market.coins, BTC)]
    begin = int(np.argmax(listing >= 0)) if (listing >= 0).any() else len(market.days)
    starts = {e.start for track in tracks for e in track.epochs}
    cuts = np.searchsorted(market.days, np.array(sorted(starts), dtype="datetime64[D]"))
    edges = np.unique(np.concatenate([[begin], cuts[cuts > begin], [len(market.days)]]))
    wanted = np.arange(market.days[0] + int(edges[0]) - LOOKBACK, market.days[-1] + 1)
    closes = np.full((len(wanted), len(tracks)), np.nan)
    in_time = np.zeros(closes.shape, dtype=bool)
    shown: list[Epoch | None] = [None] * len(tracks)
    for first, stop in pairwise(edges.tolist()):
        for column, track in enumerate(tracks):
            epoch = track.as_known(market.days[first])
            if epoch is not shown[column]:
                shown[column] = epoch
                _show(epoch, wanted, closes[:, column], in_time[:, column])
        rows = slice(first - int(edges[0]), stop - int(edges[0]) + LOOKBACK)
        yield slice(first, stop), closes[rows], in_time[rows]


def _show(epoch: Epoch, wanted: Days, closes: Floats, in_time: Flags) -> None:
    """Put what an epoch says of the wanted days into a column."""
    closes[:], in_time[:] = np.nan, False
    low, high = np.searchsorted(epoch.date, [wanted[0], wanted[-1] + 1])
    row = (epoch.date[low:high] - wanted[0]).astype(np.int64)
    closes[row] = epoch.value[low:high]
    in_time[row] = epoch.known[low:high] <= epoch.date[low:high]


def _gains(closes: Floats, in_time: Flags) -> tuple[Floats, Flags]:
    """Ratio of each row from LOOKBACK on to the row LOOKBACK before, and where it counts.

    Within a stretch closes become known in date order, so where the last one was in time, all
    before it were known too. A few coins at a time: one step over all of them would keep every
    other thread waiting for tens of milliseconds.
    """
    parts = [
        _gains_of(closes[:, i : i + AT_ONCE], in_time[:, i : i + AT_ONCE])
        for i in range(0, closes.shape[1], AT_ONCE)
    ]
    gain, counts = zip(*parts, strict=True)
    return np.hstack(gain), np.hstack(counts)


def _gains_of(closes: Floats, in_time: Flags) -> tuple[Floats, Flags]:
    missing = np.isnan(closes)
    position = np.arange(1, len(closes) + 1)[:, None]
    run = position - np.maximum.accumulate(np.where(missing, 0, position), axis=0)
    holes = np.cumsum(run == LONGEST_HOLE + 1, axis=0)
    gain = closes[LOOKBACK:] / closes[:-LOOKBACK]
    whole = holes[LOOKBACK:] == holes[:-LOOKBACK]
    return gain, ~np.isnan(gain) & whole & in_time[LOOKBACK:]


def _carried(
    market: Market,
    beating: Floats,
    counted: Floats,
    listing: npt.NDArray[np.int64],
    borrowed: Flags,
) -> AltSeason:
    usable = np.nan_to_num(counted) >= LEAST_COINS
    last = np.maximum.accumulate(np.where(usable, np.arange(len(usable)), -1))
    source, row, days = input_of(BTC), np.maximum(last, 0), market.days
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(last >= 0, (100 * beating / counted)[row], np.nan)
    date = np.where(last >= 0, days[row], np.datetime64("NaT", "D"))
    released = source.clock.released(np.where(last >= 0, date, days[0]))
    released[last < 0] = np.datetime64("NaT")
    fresh = freshness(source, days, date, released)
    fresh[np.isnan(value)] = Freshness.MISSING
    dates = np.full(max(len(market.listings), 1), "NaT", dtype="datetime64[D]")
    dates[: len(market.listings)] = [item.date for item in market.listings]
    used = listing[row]
    return AltSeason(
        Daily(value, date, released, fresh),
        np.where(last >= 0, beating[row], np.nan),
        np.where(last >= 0, counted[row], np.nan),
        np.where((last >= 0) & (used >= 0), dates[used], np.datetime64("NaT", "D")),
        borrowed[row] & (last >= 0),
    )
