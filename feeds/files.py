"""A folder of CSV files as a source: which series is in which file, column and unit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from feeds.coin_lists import COLUMNS, LISTS, CoinLists, read_lists
from feeds.csv_series import ADJUSTED, VALUE, Source, Taken, take
from feeds.csv_table import TableError, read_table
from feeds.feed import FeedError, Harvest
from rotation.inputs import (
    BTC,
    BTC_VOLUME,
    ETH,
    LARGE_CAP_SECTORS,
    N_,
    SMALL_CAP_SECTORS,
    Listing,
    input_of,
)

SOURCES = (
    Source("RUT", "RUT.csv"),
    Source("SPX", "GSPC.csv"),  # SPX.csv is a coin
    Source("IWM", "IWM.csv"),
    Source("IWM.volume", "IWM.csv", ("volume",), "shares", floor=1e5),
    *(Source(id, f"{id}.csv") for id in ("SPY", "RSP", *LARGE_CAP_SECTORS)),
    *(Source(id, f"{id}.csv", ADJUSTED) for id in ("IWC", *SMALL_CAP_SECTORS)),
    Source("WALCL", "WALCL.csv", VALUE, "USD millions"),
    Source("TGA", "WDTGAL.csv", VALUE, "USD millions", 1e9),
    Source("TGA", "WTREGEN.csv", VALUE, "USD millions", 1e9, caveat=N_("week average")),
    Source("BILLS", "WSHOBL.csv", VALUE, "USD millions", 1e9, expected=False),
    Source("MBS", "WSHOMCB.csv", VALUE, "USD millions", 1e10),
    Source("RRP", "RRPONTSYD.csv", VALUE, "USD billions", 1e8),
    Source("TGA_DAILY", "DTS_TGA.csv", VALUE, "USD millions", 1e9),
    Source("BAA10Y", "BAA10Y.csv", VALUE, "%"),
    Source("HY_OAS", "BAMLH0A0HYM2.csv", VALUE, "%"),
    Source("SOFR", "SOFR.csv", VALUE, "%", 0.06),
    Source("DGS10", "DGS10.csv", VALUE, "%", 0.3),
    Source("IORB", "IORB.csv", VALUE, "%", 0.06, announced=14),
    Source("MORTGAGE30", "MORTGAGE30US.csv", VALUE, "%"),
    Source("NFCI", "NFCI.csv", VALUE),
    Source("MOVE", "MOVE.csv"),
    Source("HYG", "HYG.csv"),
    Source("IEF", "IEF.csv"),
    Source("IWM_SHARES", "IWM_SHARES.csv", VALUE, "shares", expected=False),
    Source("ETF_FLOW", "BTC_ETF_FLOW.csv", VALUE, "USD millions", 1e6),
    Source("DOMINANCE", "BTC_DOMINANCE.csv", VALUE, "%"),
    Source("STABLECOINS", "STABLECOIN_SUPPLY.csv", VALUE, "USD", 1e9),
    Source("FEAR_GREED", "CRYPTO_FNG.csv", VALUE, "points", 2),
    Source("FUNDING", "FUNDING.csv", VALUE, "%", 0.5, expected=False),
    Source("OPEN_INTEREST", "OPEN_INTEREST.csv", VALUE, "USD", expected=False),
    Source(BTC, "BTC.csv"),
    Source(BTC_VOLUME, "BTC.csv", ("volume",), "USD", 1e6),
    Source("BTC_CAP", "BTC.csv", ("market_cap",), "USD", 1e8),
    Source(ETH, "ETH.csv"),
)
"""The map. A series named twice is read from the first of its files that is there."""
NEEDED = ("RUT.csv", "BTC.csv")
NAMED = 5
"""So many missing coin files are named in full; the others are counted."""


def read_folder(folder: Path, *, until: date | None = None, now: datetime | None = None) -> Harvest:
    """Everything that the core reads, from a folder of CSV files.

    Files hold ``date,value``, ``date,open,high,low,close,adj_close,volume`` or
    ``date,close,volume,market_cap``; the units of the files are in ``SOURCES``, those of the
    result are base units (USD, %, shares, points). A blank field is a gap: no observation,
    nothing is filled in. Rows and lists after ``until`` are left out without a word, so are bars
    that are not over by ``now`` (by default the clock's, naive UTC); rows of later days with one.
    What is wrong with a file is one of the ``problems``, each with file, line and cure; a value
    that is not believed is ``withheld``. Raises FeedError where the whole folder is of no use.
    """
    names = _names(folder)
    if not any(name in names for name in NEEDED):
        raise FeedError(
            f"{folder}: neither {' nor '.join(NEEDED)} is in it. Cure: name the folder "
            "that holds the market data, one CSV file a series."
        )
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    day = moment.date()
    last = min(day, until or day)
    lists = _lists(folder, names, day)
    listings = tuple(listing for listing in lists.listings if listing.date <= last)
    files, missing = _files(names)
    coins, lost = _coins(lists, listings, names)
    taken = [
        part
        for file, sources in (files | coins).items()
        for part in _read(folder / file, sources, moment, last)
    ]
    problems = (*missing, *lists.faults, *lost, *(p for part in taken for p in part.problems))
    observations = tuple(part.observations for part in taken if part.observations)
    if not observations:
        raise FeedError(f"{folder}: no series could be read. {' '.join(problems[-2:])}")
    withheld = tuple(item for part in taken for item in part.withheld)
    return Harvest(observations, listings, problems, withheld)


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in folder.iterdir())
    except OSError as error:
        raise FeedError(
            f"{folder}: no folder that can be read ({error.strerror}). Cure: check the path."
        ) from None


def _lists(folder: Path, names: frozenset[str], today: date) -> CoinLists:
    if LISTS not in names:
        problem = (
            f"{LISTS} is not in the folder: no coins but bitcoin and ethereum, so no "
            f"altcoin season index. Cure: add it ({','.join(COLUMNS)})."
        )
        return CoinLists((), {}, (problem,))
    try:
        return read_lists(folder / LISTS, today=today)
    except TableError as error:
        return CoinLists((), {}, (str(error),))


Plan = dict[str, list[Source]]
"""The series to take out of each file."""


def _files(names: frozenset[str]) -> tuple[Plan, list[str]]:
    """The files of the map that are there, and a sentence for each that is missed."""
    here: Plan = {}
    missed: Plan = {}
    for series in dict.fromkeys(source.series for source in SOURCES):
        candidates = [source for source in SOURCES if source.series == series]
        source = next((item for item in candidates if item.file in names), None)
        if source:
            here.setdefault(source.file, []).append(source)
        elif candidates[0].expected:
            files = " or ".join(item.file for item in candidates)
            missed.setdefault(files, []).append(candidates[0])
    return here, [_missing(files, sources) for files, sources in missed.items()]


def _missing(files: str, sources: list[Source]) -> str:
    what = ", ".join(_title(source) for source in sources)
    columns = ",".join(("date", *(source.columns[0] for source in sources)))
    unit = f", in {sources[0].unit}" if sources[0].unit else ""
    cure = f"Cure: add it ({columns}{unit})."
    return f"{files} is not in the folder: no values of {what}. {cure}"


def _title(source: Source) -> str:
    known = input_of(source.series)
    return known.name if known.name.startswith(known.id) else f"{known.name} ({known.id})"


def _coins(
    lists: CoinLists, listings: Iterable[Listing], names: frozenset[str]
) -> tuple[Plan, list[str]]:
    """The price files of the listed coins, and what of them is missed."""
    listed = {coin for listing in listings for coin in listing.coins}
    owned = {source.file for source in SOURCES}
    here: Plan = {}
    lost: list[str] = []
    problems: list[str] = []
    for coin, symbol in lists.symbols.items():
        file = f"{symbol}.csv"
        if coin not in listed or coin == ETH:
            continue
        if file in owned:
            problems.append(
                f"{LISTS}: the symbol {symbol} of {coin} names a file of another series, "
                "so no prices of it. Cure: correct the symbol."
            )
        elif file in names:
            here[file] = [Source(coin, file)]
        else:
            lost.append(file)
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        problems.append(
            f"{', '.join(lost[:NAMED])}{more} not in the folder: no prices of these "
            f"coins, though {LISTS} promises them. Cure: add date,close files or set "
            "has_price_file to 0."
        )
    return here, problems


def _read(path: Path, sources: list[Source], now: datetime, until: date) -> list[Taken]:
    columns = tuple(dict.fromkeys(name for source in sources for name in source.columns))
    announced = max(source.announced for source in sources)
    try:
        table = read_table(path, columns, today=now.date(), announced=announced)
    except TableError as error:
        return [Taken(problems=(str(error),))]
    return [
        Taken(problems=table.faults),
        *(take(source, table, until, now) for source in sources),
    ]
