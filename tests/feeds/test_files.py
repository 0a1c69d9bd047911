"""A folder of CSV files: the map, the units, and every fault named with file, line and cure."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import csv_table
from feeds.csv_table import Faults, TableError, read_table, read_text
from feeds.feed import FeedError, Harvest
from feeds.files import SOURCES, read_folder
from rotation.inputs import Observations, input_of

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 23, 59)
FIRST = date(2026, 5, 1)
DAYS = 40
OHLC = "date,open,high,low,close,adj_close,volume"
COIN = "date,close,volume,market_cap"
LISTS = "date,rank,symbol,coingecko_id,kind,market_cap,has_price_file,source_key\n"

LEVELS = {
    "RUT": 2400, "SPX": 6500, "IWM": 240, "SPY": 650, "WALCL": 6.7e12, "TGA": 8e11,
    "TGA_DAILY": 8e11, "BILLS": 3e11, "MBS": 2e12, "RRP": 5e9, "BAA10Y": 1.7, "HY_OAS": 3,
    "SOFR": 3.6, "DGS10": 4.2, "IORB": 3.65, "MORTGAGE30": 6.4, "NFCI": -0.5, "MOVE": 75,
    "IWM_SHARES": 3e8, "ETF_FLOW": 2e8, "DOMINANCE": 58, "STABLECOINS": 3e11,
    "FEAR_GREED": 50, "FUNDING": 8, "OPEN_INTEREST": 3e10, "coin:bitcoin": 90_000,
    "coin:ethereum": 3_000,
}  # fmt: skip


def level(series: str, row: int) -> float:
    """A plausible value in base units; another one every day, never a round one."""
    return LEVELS.get(series, 80) * (1 + 0.001 * row)


def day(row: int) -> str:
    return str(FIRST + timedelta(row))


def text(series: str, scale: float = 1, rows: int = DAYS) -> str:
    lines = [f"{day(i)},{level(series, i) / scale:.10g}" for i in range(rows)]
    return "\n".join(["date,value", *lines]) + "\n"


def bars(series: str, volume: float = 0, adjusted: bool = False) -> str:
    rows = [OHLC]
    for i in range(DAYS):
        price = f"{level(series, i):.10g}"
        four = ",,,," if adjusted else ",".join([price] * 4) + ","
        rows.append(f"{day(i)},{four}{price},{volume:.0f}")
    return "\n".join(rows) + "\n"


def coin(series: str) -> str:
    rows = [
        f"{day(i)},{level(series, i):.10g},5e10,{2e7 * level(series, i):.10g}" for i in range(DAYS)
    ]
    return "\n".join([COIN, *rows]) + "\n"


def lists(*rows: str) -> str:
    return LISTS + "".join(f"{row}\n" for row in rows)


ROWS = (
    "2026-05-01,1,BTC,bitcoin,coin,9,1,x",
    "2026-05-01,2,SOL,solana,coin,8,1,x",
    "2026-05-01,3,USDT,tether,stable_or_rwa,7,1,x",
    "2026-05-01,4,SOL,wrapped-solana,wrapped_or_staked,6,1,x",
    "2026-05-01,5,,nameless,coin,5,0,x",
    "2026-05-01,,ETH,ethereum,coin,,1,added_by_builder",
    "2026-05-01,,DOGE,dogecoin,coin,,1,added_by_builder",
)


@cache
def clean_files() -> dict[str, str]:
    """Every file of the map, without a fault."""
    files = {item.file: text(item.series, item.family[item.unit]) for item in SOURCES}
    for series in ("RUT", "IWM"):
        files[f"{series}.csv"] = bars(series, volume=3e7)
    for series, name in (("coin:bitcoin", "BTC"), ("coin:ethereum", "ETH")):
        files[f"{name}.csv"] = coin(series)
    for name in ("SOL", "DOGE", "SPX"):
        files[f"{name}.csv"] = coin(name)
    files["PSCT.csv"] = bars("PSCT", adjusted=True)
    files["CRYPTO_UNIVERSE.csv"] = lists(*ROWS)
    return files


def write(folder: Path, files: Iterable[str]) -> Path:
    for name in files:
        (folder / name).write_text(clean_files()[name])
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds everything."""
    return write(tmp_path, clean_files())


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder that holds a file of each form; see ``faults``."""
    return write(tmp_path, (f"{name}.csv" for name in FEW))


FEW = ("RUT", "IWM", "WALCL", "IORB", "BTC", "ETH", "SOL", "DOGE", "CRYPTO_UNIVERSE")


def faults(harvest: Harvest) -> tuple[str, ...]:
    """The problems of the files that are there."""
    return tuple(item for item in harvest.problems if "is not in the folder" not in item)


def read(folder: Path) -> Harvest:
    return read_folder(folder, now=NOW)


def by_series(harvest: Harvest) -> dict[str, Observations]:
    found = {item.series: item for item in harvest.observations}
    assert len(found) == len(harvest.observations), "a series came twice"
    return found


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


# --- the map -----------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [12, 23])
def test_a_bar_that_is_not_over_is_no_value(folder: Path, hour: int) -> None:
    """Of the day that runs crypto has no close, and an index has one only in the evening."""
    rows = (folder / "BTC.csv").read_text().splitlines()
    running = date.fromisoformat(rows[-1].partition(",")[0])
    moment = datetime(running.year, running.month, running.day, hour)
    found = by_series(read_folder(folder, now=moment))
    assert str(found["coin:bitcoin"].date[-1]) == rows[-2].partition(",")[0]
    for item in found.values():
        assert (item.released_at <= np.datetime64(moment)).all(), item.series


def test_a_clean_folder_gives_every_series_without_a_word(folder: Path) -> None:
    harvest = read(folder)
    assert harvest.problems == ()
    assert harvest.withheld == ()
    assert not harvest.sample
    series = by_series(harvest)
    assert set(series) == {source.series for source in SOURCES} | {
        "coin:solana",
        "coin:dogecoin",
    }
    for item in series.values():
        assert item.date.dtype == "datetime64[D]"
        assert item.released_at.dtype == "datetime64[us]"
        assert item.value.dtype == np.float64
        assert len(item.date) == len(item.value) == len(item.released_at) == DAYS
        known = input_of(item.series)
        assert (item.released_at == known.clock.released(item.date)).all()
        assert (item.fetched_at == item.released_at).all()
        assert ((item.value >= known.low) & (item.value <= known.high)).all()


@pytest.mark.parametrize(
    "series",
    [s.series for s in SOURCES if s.series in LEVELS and s.file != "BTC.csv"],
)
def test_values_come_in_base_units(folder: Path, series: str) -> None:
    item = by_series(read(folder))[series]
    assert item.value == pytest.approx([level(series, i) for i in range(DAYS)], rel=1e-9)


def test_the_sp500_is_not_the_coin_of_that_symbol(folder: Path) -> None:
    item = by_series(read(folder))["SPX"]
    assert item.source == "GSPC.csv"
    assert item.value[0] == LEVELS["SPX"]


def test_volume_and_cap_of_bitcoin(folder: Path) -> None:
    series = by_series(read(folder))
    assert (series["coin:bitcoin.volume"].value == 5e10).all()
    assert series["BTC_CAP"].value[1] == pytest.approx(2e7 * level("coin:bitcoin", 1))
    assert (series["IWM.volume"].value == 3e7).all()


@pytest.mark.parametrize("series", ["RUT", "SPX", "IWM", "SPY"])
def test_adjusted_closes_never_stand_in_for_the_core(folder: Path, series: str) -> None:
    file = "GSPC.csv" if series == "SPX" else f"{series}.csv"
    (folder / file).write_text(bars(series, volume=3e7, adjusted=True))
    harvest = read(folder)
    assert series not in by_series(harvest)
    (problem,) = harvest.problems
    assert problem.startswith(f"{file}, line 2: the column close holds no number")
    assert "adj_close is not used" in problem


def test_caveats(folder: Path) -> None:
    series = by_series(read(folder))
    assert series["PSCT"].caveat == "dividend-adjusted, fit for breadth only"
    assert series["IWC"].caveat == ""  # date,value: nobody adjusted it
    assert series["NFCI"].caveat == "revised data"
    assert series["TGA"].caveat == ""
    assert series["TGA"].source == "WDTGAL.csv"
    (folder / "WDTGAL.csv").unlink()
    series = by_series(read(folder))
    assert series["TGA"].caveat == "week average"
    assert series["TGA"].source == "WTREGEN.csv"


def test_each_form_by_header_name(folder: Path) -> None:
    (folder / "WALCL.csv").write_text("Date, Close \n2026-06-24,6700000\n")
    (folder / "RUT.csv").write_text("DATE,Value\n2026-06-24,2400.5\n")
    (folder / "PSCT.csv").write_text("date,Adj Close,close\n2026-06-24,70,90\n")
    (folder / "SPY.csv").write_text("date,Adj Close,close\n2026-06-24,70,90\n")
    harvest = read(folder)
    series = by_series(harvest)
    assert harvest.problems == ()
    assert series["WALCL"].value.tolist() == [6.7e12]
    assert series["RUT"].value.tolist() == [2400.5]
    assert series["PSCT"].value.tolist() == [70]
    assert series["SPY"].value.tolist() == [90]


@pytest.mark.parametrize(
    "variant",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"\n", b"\r"),
        lambda raw: raw.replace(b"\n", b",\n"),
        lambda raw: raw.replace(b"\n", b",,\n").replace(b",,\n", b"\n", 1),
        lambda raw: raw.replace(b"\n", b"\n\n"),
        lambda raw: b"\n \n" + raw + b"\n\n ,\n",
        lambda raw: raw.rstrip(b"\n"),
        lambda raw: raw.replace(b"date", b" Date "),
        lambda raw: raw.replace(b",", b" , "),
        lambda raw: b"\n".join(b'"' + x.replace(b",", b'","') + b'"' for x in raw.split()),
    ],
    ids=[
        "BOM", "CRLF", "CR", "trailing commas", "trailing commas below the header",
        "blank lines", "blank ends", "no end of line", "header case", "spaces", "quotes",
    ],
)  # fmt: skip
def test_harmless_variants_read_the_same(few: Path, variant: object) -> None:
    path = few / "WALCL.csv"
    expected = by_series(read(few))["WALCL"]
    path.write_bytes(variant(path.read_bytes()))  # type: ignore[operator]
    harvest = read(few)
    assert faults(harvest) == ()
    item = by_series(harvest)["WALCL"]
    assert (item.date == expected.date).all()
    assert (item.value == expected.value).all()


# --- faults ------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted({source.file for source in SOURCES}))
def test_a_missing_file_costs_its_own_series_only(folder: Path, file: str) -> None:
    before = by_series(read(folder))
    (folder / file).unlink()
    harvest = read(folder)
    sources = [source for source in SOURCES if source.file == file]
    lost = set(before) - set(by_series(harvest))
    if sources[0].series == "TGA":
        assert not lost
        assert not harvest.problems
        return
    assert lost == {source.series for source in sources}
    if not sources[0].expected:
        assert harvest.problems == ()
        return
    (problem,) = harvest.problems
    assert problem.startswith(f"{file} is not in the folder")
    assert all(source.series in problem for source in sources)
    assert "Cure: add it" in problem


def test_both_files_of_the_treasury_account_missing(folder: Path) -> None:
    (folder / "WDTGAL.csv").unlink()
    (folder / "WTREGEN.csv").unlink()
    (problem,) = read(folder).problems
    assert problem.startswith("WDTGAL.csv or WTREGEN.csv is not in the folder")


HEAD = "date,value\n"
UNUSABLE = {
    "empty": ("", 1, "empty"),
    "blank": ("\n\n  \n", 1, "empty"),
    "only a header": (HEAD, 1, "no rows"),
    "wrong header": ("day,price\n2026-06-24,1\n", 1, "price; needed are date and value or close"),
    "no header": ("2026-06-24,6700000\n", 1, "found the columns 2026-06-24, 6700000"),
    "semicolons": ("date;value\n2026-06-24;6700000\n", 1, "separated by commas"),
    "a column twice": ("date,value,value\n2026-06-24,1,2\n", 1, "column 'value' occurs twice"),
    "no readable date": (HEAD + "24/06/2026,6700000\n25/06/2026,1\n", 2, "'24/06/2026' is no date"),
    "decimal commas": (HEAD + "2026-06-24,6,5\n2026-06-25,6,5\n", 2, "3 fields where the header"),
    "no number": (HEAD + "2026-06-24,n/a\n2026-06-25,.\n", 2, "'n/a' is no number"),
    "blank column": (HEAD + "2026-06-24,\n2026-06-25,\n", 2, "holds no number at all"),
    "all in the future": (HEAD + "2027-01-06,6700000\n", 2, "lies after today (2026-06-30)"),
    "all too old": (HEAD + "1906-01-03,6700000\n", 2, "lies outside 1960-01-01"),
    "HTML": ("<!DOCTYPE html>\n<html>429</html>\n", 1, "found the columns <!DOCTYPE html>"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNUSABLE)
def test_an_unusable_file_is_a_problem_and_the_others_survive(few: Path, case: str) -> None:
    content, line, fragment = UNUSABLE[case]
    before = set(by_series(read(few)))
    (few / "WALCL.csv").write_text(content)
    harvest = read(few)
    assert before - set(by_series(harvest)) == {"WALCL"}
    told = " ".join(faults(harvest))
    assert fragment in told
    assert f"WALCL.csv, line {line}: " in told
    assert all(p.startswith("WALCL.csv, line ") and ". Cure: " in p for p in faults(harvest))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\xff" * 300,
        HEAD.encode("utf-16"),
        (HEAD + "2026-06-24,1\n").encode("utf-16-le"),
        b"\x1f\x8b\x08" + random.Random(1).randbytes(4000),
        b"PK\x03\x04" + bytes(range(1, 256)) * 9,
        b"date,value\n" + bytes(range(128, 256)) * 20,
    ],
    ids=["zeros", "UTF-16", "UTF-16 without BOM", "gzip", "zip", "high bytes"],
)
def test_binary_garbage(few: Path, raw: bytes) -> None:
    (few / "WALCL.csv").write_bytes(raw)
    harvest = read(few)
    assert "WALCL" not in by_series(harvest)
    assert "RUT" in by_series(harvest)
    assert faults(harvest)
    assert all(p.startswith("WALCL.csv, line ") and ". Cure: " in p for p in faults(harvest))


def test_latin_1_in_a_number(few: Path) -> None:
    (few / "WALCL.csv").write_bytes(b"date,value\n2026-06-17,67\xa0000\n2026-06-24,6700000\n")
    harvest = read(few)
    assert by_series(harvest)["WALCL"].value.tolist() == [6.7e12]
    (problem,) = faults(harvest)
    assert problem.startswith("WALCL.csv, line 2: ")
    assert problem.endswith("Cure: save the file as CSV UTF-8.")


def test_a_folder_in_place_of_a_file(few: Path) -> None:
    (few / "WALCL.csv").unlink()
    (few / "WALCL.csv").mkdir()
    harvest = read(few)
    assert "WALCL" not in by_series(harvest)
    assert faults(harvest)[0].startswith("WALCL.csv: cannot be read")


@pytest.mark.parametrize(
    ("bad", "fragment"),
    [
        ("abc", "'abc' is no number"),
        ("NaN", "'NaN' is no number"),
        ("inf", "'inf' is no number"),
        ("-inf", "'-inf' is no number"),
        ("1e999", "'1e999' is no number"),
        ("1_000", "'1_000' is no number"),
        ("0x10", "'0x10' is no number"),
        ('"6,700,000"', "'6,700,000' is no number"),
        ("٦٧٠٠٠٠٠", "is no number"),
        ("x" * 500, "'" + "x" * 40 + "' is no number"),
    ],
)
def test_text_in_a_number_is_a_gap(few: Path, bad: str, fragment: str) -> None:
    rows = lines_of(few / "WALCL.csv")
    rows[5] = f"{day(4)},{bad}"
    rows[9] = f"{day(8)},{bad}"
    (few / "WALCL.csv").write_text("\n".join(rows))
    harvest = read(few)
    (problem,) = faults(harvest)
    assert problem.startswith("WALCL.csv, line 6: ")
    assert fragment in problem
    assert "(2 times in this file)" in problem
    assert "Cure: write plain numbers" in problem
    item = by_series(harvest)["WALCL"]
    assert len(item.date) == DAYS - 2
    assert np.isfinite(item.value).all()
    assert np.datetime64(day(4)) not in item.date


def test_blank_cells_are_quiet_gaps(few: Path) -> None:
    (few / "WALCL.csv").write_text(HEAD + "2026-06-17,\n2026-06-24,6700000\n2026-06-25, \n")
    harvest = read(few)
    assert faults(harvest) == ()
    assert by_series(harvest)["WALCL"].date.astype(str).tolist() == ["2026-06-24"]


@pytest.mark.parametrize(
    ("row", "fragment"),
    [
        ("2026-02-30,6700000", "'2026-02-30' is no date"),
        ("06/24/2026,6700000", "'06/24/2026' is no date"),
        ("20260624,6700000", "'20260624' is no date"),
        ("2026-6-24,6700000", "'2026-6-24' is no date"),
        ("2026-06-24 16:00,6700000", "is no date"),
        ("NaT,6700000", "'NaT' is no date"),
        ("   2026-06,6700000", "'2026-06' is no date"),
        ("      2026,6700000", "'2026' is no date"),
        ('2026-06-24,"67"00000', "1 fields where the header has 2"),
        (",6700000", "'' is no date"),
        ("0026-06-24,6700000", "lies outside 1960-01-01"),
        ("1959-12-31,6700000", "lies outside 1960-01-01"),
        ("2026-07-01,6700000", "lies after today (2026-06-30)"),
        ("2049-12-31,6700000", "lies after today (2026-06-30)"),
        ("2226-07-01,6700000", "lies outside 1960-01-01 to 2050-01-01"),
        ("2026-06-24", "1 fields where the header has 2"),
        ("2026-06-24,6,700,000", "4 fields where the header has 2"),
        ('"2026-06-24,6700000', "1 fields where the header has 2"),
    ],
)
def test_a_bad_row_is_left_out(few: Path, row: str, fragment: str) -> None:
    rows = lines_of(few / "WALCL.csv")
    (few / "WALCL.csv").write_text("\n".join([*rows, row]))
    harvest = read(few)
    (problem,) = faults(harvest)
    assert problem.startswith(f"WALCL.csv, line {DAYS + 2}: ")
    assert fragment in problem
    assert ". Cure: " in problem
    assert len(by_series(harvest)["WALCL"].date) == DAYS


def test_rates_that_are_set_in_advance_are_cut_quietly(few: Path) -> None:
    ahead = "2026-07-02,3.65\n"
    (few / "IORB.csv").write_text(HEAD + "2026-06-30,3.65\n" + ahead)
    harvest = read(few)
    assert faults(harvest) == ()
    assert by_series(harvest)["IORB"].date.astype(str).tolist() == ["2026-06-30"]
    (few / "IORB.csv").write_text(HEAD + "2026-06-30,3.65\n" + ahead + "2027-06-30,3.65\n")
    (problem,) = faults(read(few))
    assert problem.startswith("IORB.csv, line 4: 2027-06-30 lies after today")


def test_a_table_ends_today(few: Path) -> None:
    (few / "IORB.csv").write_text(HEAD + "2026-06-30,3.65\n2026-07-02,3.65\n")
    for announced in (0, 14):
        table = read_table(few / "IORB.csv", ("value",), today=TODAY, announced=announced)
        assert table.date.astype(str).tolist() == ["2026-06-30"]
        assert len(table.faults) == (0 if announced else 1)


def test_unsorted_dates_are_sorted_and_said(few: Path) -> None:
    expected = by_series(read(few))["WALCL"]
    head, *rows = lines_of(few / "WALCL.csv")
    rows[3], rows[7] = rows[7], rows[3]
    (few / "WALCL.csv").write_text("\n".join([head, *rows]))
    harvest = read(few)
    (problem,) = faults(harvest)
    assert problem.startswith(f"WALCL.csv, line 6: {day(4)} comes after {day(7)}")
    assert "Cure: sort the file by date" in problem
    item = by_series(harvest)["WALCL"]
    assert (item.date == expected.date).all()
    assert (item.value == expected.value).all()


def test_equal_duplicates_are_one(few: Path) -> None:
    rows = lines_of(few / "WALCL.csv")
    rows.insert(6, rows[5])
    (few / "WALCL.csv").write_text("\n".join(rows))
    harvest = read(few)
    assert faults(harvest) == ()
    assert harvest.withheld == ()
    assert len(by_series(harvest)["WALCL"].date) == DAYS


def test_a_blank_beside_a_value_is_no_contradiction(few: Path) -> None:
    rows = lines_of(few / "WALCL.csv")
    rows.insert(6, f"{day(4)},")
    (few / "WALCL.csv").write_text("\n".join(rows))
    assert len(by_series(read(few))["WALCL"].date) == DAYS


def test_unequal_duplicates_are_withheld_with_both_lines(few: Path) -> None:
    rows = lines_of(few / "WALCL.csv")
    rows[11:11] = [f"{day(8)},6750001", rows[8]]
    (few / "WALCL.csv").write_text("\n".join(rows))
    harvest = read(few)
    item = by_series(harvest)["WALCL"]
    assert np.datetime64(day(8)) not in item.date
    assert len(item.date) == DAYS - 1
    duplicate, order = sorted(faults(harvest), key=lambda p: "comes after" in p)
    assert "on line 10 and" in duplicate
    assert "6.750001e+12 on line 12" in duplicate
    assert "Cure: keep the right line" in duplicate
    assert "Cure: sort" in order
    (withheld,) = harvest.withheld
    assert (withheld.series, str(withheld.date)) == ("WALCL", day(8))


def test_one_row_of_two_columns_can_contradict_in_one_of_them(few: Path) -> None:
    rows = lines_of(few / "BTC.csv")
    price, _, cap = rows[5].split(",")[1:]
    rows.insert(6, f"{day(4)},{price},4e10,{cap}")
    (few / "BTC.csv").write_text("\n".join(rows))
    series = by_series(read(few))
    assert len(series["coin:bitcoin"].date) == DAYS
    assert len(series["coin:bitcoin.volume"].date) == DAYS - 1
    assert len(series["BTC_CAP"].date) == DAYS


@pytest.mark.parametrize(
    ("series", "value"),
    [("RUT", 0), ("RUT", -2400), ("RUT", 5e6), ("coin:solana", 0), ("coin:solana", -1)],
)
def test_a_single_implausible_price_is_withheld(few: Path, series: str, value: float) -> None:
    file = "RUT.csv" if series == "RUT" else "SOL.csv"
    rows = lines_of(few / file)
    cells = rows[7].split(",")
    at = rows[0].split(",").index("close")
    cells[at] = f"{value:g}"
    rows[7] = ",".join(cells)
    (few / file).write_text("\n".join(rows))
    harvest = read(few)
    assert faults(harvest) == ()
    (withheld,) = harvest.withheld
    assert (withheld.series, str(withheld.date), withheld.value) == (series, day(6), value)
    assert withheld.reason.startswith(f"{file}, line 8: ")
    assert len(withheld.reason) <= 160
    assert len(by_series(harvest)[series].date) == DAYS - 1


@pytest.mark.parametrize(
    ("file", "scale", "looks", "cure"),
    [
        (
            "WALCL.csv",
            1e9,
            "looks like USD billions; USD millions expected",
            "multiply by 1,000 ",
        ),
        ("WALCL.csv", 1, "looks like USD; USD millions expected", "divide by 1,000,000 "),
        ("WALCL.csv", 1e12, "looks like USD trillions", "multiply by 1,000,000 "),
        ("WDTGAL.csv", 1e9, "looks like USD billions", "multiply by 1,000 "),
        ("DTS_TGA.csv", 1e9, "looks like USD billions", "multiply by 1,000 "),
        ("WSHOMCB.csv", 1e9, "looks like USD billions", "multiply by 1,000 "),
        ("RRPONTSYD.csv", 1e3, "looks like USD thousands", "divide by 1,000,000 "),
        ("BTC_ETF_FLOW.csv", 1, "looks like USD;", "divide by 1,000,000 "),
        ("BTC_ETF_FLOW.csv", 1e9, "looks like USD billions", "multiply by 1,000 "),
        (
            "STABLECOIN_SUPPLY.csv",
            1e9,
            "looks like USD billions",
            "multiply by 1,000,000,000 ",
        ),
        ("BAA10Y.csv", 0.01, "looks like basis points; % expected", "divide by 100 "),
        ("SOFR.csv", 100, "looks like fractions of 1; % expected", "multiply by 100 "),
        ("IORB.csv", 100, "looks like fractions of 1", "multiply by 100 "),
        ("DGS10.csv", 100, "looks like fractions of 1", "multiply by 100 "),
        ("MORTGAGE30US.csv", 100, "looks like fractions of 1", "multiply by 100 "),
        ("BTC_DOMINANCE.csv", 100, "looks like fractions of 1", "multiply by 100 "),
        (
            "CRYPTO_FNG.csv",
            100,
            "looks like fractions of 1; points expected",
            "multiply by 100 ",
        ),
    ],
)
def test_a_file_in_a_wrong_unit_is_refused(
    folder: Path, file: str, scale: float, looks: str, cure: str
) -> None:
    (series,) = (source.series for source in SOURCES if source.file == file)
    (folder / file).write_text(text(series, scale))
    harvest = read(folder)
    (problem,) = harvest.problems
    assert problem.startswith(f"{file}, line 2: {looks}")
    assert f"Cure: {cure}the column value" in problem
    assert series not in by_series(harvest)
    assert harvest.withheld == ()


def test_reverse_repo_in_millions(folder: Path) -> None:
    rows = "".join(f"{day(i)},{2_000_000 + i}\n" for i in range(DAYS))
    (folder / "RRPONTSYD.csv").write_text(HEAD + rows)
    (problem,) = read(folder).problems
    assert "looks like USD thousands or USD millions; USD billions expected" in problem
    assert "Cure: write the column value in USD billions" in problem


def test_too_many_implausible_values_refuse_the_file(few: Path) -> None:
    rows = lines_of(few / "RUT.csv")
    for i in (3, 9, 21):
        rows[i] = f"{day(i - 1)},0,0,0,0,0,0"
    (few / "RUT.csv").write_text("\n".join(rows))
    harvest = read(few)
    assert "RUT" not in by_series(harvest)
    (problem,) = faults(harvest)
    assert problem.startswith("RUT.csv, line 4: 3 of 40 values lie outside 50 to 50000 points")


def test_one_slip_does_not_refuse_a_short_file(few: Path) -> None:
    (few / "WALCL.csv").write_text(HEAD + "2026-06-10,6700000\n2026-06-17,0\n2026-06-24,6710000\n")
    harvest = read(few)
    assert faults(harvest) == ()
    assert [str(item.date) for item in harvest.withheld] == ["2026-06-17"]
    assert by_series(harvest)["WALCL"].value.tolist() == [6.7e12, 6.71e12]
    (few / "WALCL.csv").write_text(HEAD + "2026-06-10,0\n")
    harvest = read(few)
    assert "WALCL" not in by_series(harvest)
    assert faults(harvest)[0].startswith("WALCL.csv, line 2: 1 of 1 values lie outside")


def test_a_column_that_lacks(few: Path) -> None:
    (few / "IWM.csv").write_text(text("IWM"))
    harvest = read(few)
    assert "IWM" in by_series(harvest)
    assert "IWM.volume" not in by_series(harvest)
    (problem,) = faults(harvest)
    assert problem.startswith("IWM.csv, line 1: no column volume, so no values of volume of IWM")


def test_a_folder_without_a_market(tmp_path: Path) -> None:
    (tmp_path / "WALCL.csv").write_text(text("WALCL", 1e6))
    with pytest.raises(FeedError, match=r"neither RUT\.csv nor BTC\.csv .* Cure: "):
        read(tmp_path)
    with pytest.raises(FeedError, match=r"no folder that can be read .* Cure: "):
        read(tmp_path / "nowhere")
    with pytest.raises(FeedError, match=r"no folder that can be read .* Cure: "):
        read(tmp_path / "WALCL.csv")


def test_a_folder_in_which_nothing_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "RUT.csv").write_text("")
    with pytest.raises(FeedError, match=r"no series could be read\. .*RUT\.csv, line 1"):
        read(tmp_path)


def test_one_of_the_two_markets_is_enough(tmp_path: Path) -> None:
    (tmp_path / "BTC.csv").write_text(coin("coin:bitcoin"))
    harvest = read(tmp_path)
    assert set(by_series(harvest)) == {"coin:bitcoin", "coin:bitcoin.volume", "BTC_CAP"}
    assert any(problem.startswith("RUT.csv is not in the folder") for problem in harvest.problems)


# --- coins -------------------------------------------------------------------------------


def test_lists_keep_coins_only_in_order(few: Path) -> None:
    (listing,) = read(few).listings
    assert listing.date == date(2026, 5, 1)
    assert listing.known == datetime(2026, 5, 2)
    assert listing.coins == (
        "coin:ethereum", "coin:dogecoin", "coin:solana", "coin:nameless"
    )  # fmt: skip


def test_a_wrapped_coin_does_not_get_the_file_of_the_coin(folder: Path) -> None:
    series = by_series(read(folder))
    assert series["coin:solana"].source == "SOL.csv"
    assert "coin:wrapped-solana" not in series
    assert "coin:tether" not in series
    assert "coin:spx6900" not in series  # SPX.csv is there, but no list names its coin


def test_ranks_are_numbers_not_text(few: Path) -> None:
    rows = [f"2026-05-01,{rank},,c{rank},coin,1,0,x" for rank in (10, 9, 2, 1)]
    (few / "CRYPTO_UNIVERSE.csv").write_text(lists(*rows))
    (listing,) = read(few).listings
    assert listing.coins == ("coin:c1", "coin:c2", "coin:c9", "coin:c10")


@pytest.mark.parametrize(
    ("row", "fragment", "lost"),
    [
        ("2026-05-01,8,SOL,other,coin,1,1,x", "solana and other share the file SOL.csv", True),
        (
            "2026-05-01,8,BTC,other,coin,1,1,x",
            "share the file BTC.csv, so no prices of the others",
            False,
        ),
        ("2026-05-01,8,RUT,other,coin,1,1,x", "the symbol RUT of coin:other names a file", False),
        ("2026-05-01,8,../RUT,other,coin,1,1,x", "the symbol '../RUT' is no file name", False),
        ("2026-05-01,8,XYZ,other,coin,1,1,x", "XYZ.csv not in the folder", False),
        ("2026-06-01,8,SOLA,solana,coin,1,1,x", "solana was SOL further up", False),
        ("2026-05-01,8,SOL,solana,coin,1,1,x", "solana is in the list of 2026-05-01 twice", False),
        ("2026-05-01,x,SOL,other,coin,1,0,x", "the rank 'x' is no whole number", False),
        ("2026-05-01,-1,SOL,other,coin,1,0,x", "the rank '-1' is no whole number", False),
        ("2026-05-32,8,SOL,other,coin,1,0,x", "'2026-05-32' is no date", False),
        ("2026-07-01,8,SOL,other,coin,1,0,x", "2026-07-01 lies after today", False),
        ("2026-05-01,8,SOL,,coin,1,0,x", "no coingecko_id", False),
        ("2026-05-01,8,SOL,other,Coin,1,0,x", "the kind 'Coin' is unknown", False),
        ("2026-05-01,8,SOL,other,coin,1,yes,x", "has_price_file is 'yes'", False),
        ("2026-05-01,8,SOL,other,coin", "5 fields where the header has 8", False),
    ],
)
def test_a_bad_row_of_a_list(few: Path, row: str, fragment: str, lost: bool) -> None:
    before = set(by_series(read(few)))
    (few / "CRYPTO_UNIVERSE.csv").write_text(lists(*ROWS, row))
    harvest = read(few)
    (problem,) = faults(harvest)
    assert fragment in problem
    assert "CRYPTO_UNIVERSE.csv" in problem
    assert "line 9: " in problem or fragment.startswith(("the symbol RUT", "XYZ.csv"))
    assert "Cure: " in problem
    assert before - set(by_series(harvest)) == ({"coin:solana"} if lost else set())
    assert not set(by_series(harvest)) - before
    assert "coin:solana" in harvest.listings[0].coins


def test_a_symbol_may_read_like_a_missing_number(few: Path) -> None:
    (few / "NaN.csv").write_text(coin("NaN"))
    (few / "CRYPTO_UNIVERSE.csv").write_text(lists("2026-05-01,1,NaN,nano-n,coin,1,1,x"))
    assert by_series(read(few))["coin:nano-n"].source == "NaN.csv"


def test_many_missing_coin_files_are_one_sentence(folder: Path) -> None:
    rows = [f"2026-05-01,{i},C{i},c{i},coin,1,1,x" for i in range(1, 31)]
    (folder / "CRYPTO_UNIVERSE.csv").write_text(lists(*rows))
    (problem,) = read(folder).problems
    assert problem.startswith("C1.csv, C2.csv, C3.csv, C4.csv, C5.csv and 25 more not in")


@pytest.mark.parametrize("content", [None, "", "a,b\n1,2\n", LISTS, "\x00"])
def test_without_lists_there_are_no_alts(few: Path, content: str | None) -> None:
    path = few / "CRYPTO_UNIVERSE.csv"
    path.unlink()
    if content is not None:
        path.write_text(content)
    harvest = read(few)
    assert harvest.listings == ()
    coins = {series for series in by_series(harvest) if series.startswith("coin:")}
    assert coins == {"coin:bitcoin", "coin:bitcoin.volume", "coin:ethereum"}
    (problem,) = (item for item in harvest.problems if item.startswith("CRYPTO_UNIVERSE"))
    assert "Cure: " in problem


# --- properties --------------------------------------------------------------------------


def test_until_cuts_and_changes_nothing_else(few: Path) -> None:
    (few / "CRYPTO_UNIVERSE.csv").write_text(lists(*ROWS, "2026-05-20,1,DOGE,dogecoin,coin,1,1,x"))
    rows = lines_of(few / "RUT.csv")
    rows[5], rows[30] = f"{day(4)},0,0,0,0,0,0", f"{day(29)},0,0,0,0,0,0"
    (few / "RUT.csv").write_text("\n".join(rows))
    full = read(few)
    assert (len(full.withheld), len(full.listings)) == (2, 2)
    for last in (date(2026, 5, 1), date(2026, 5, 10), date(2026, 5, 20), TODAY):
        cut = read_folder(few, until=last, now=NOW)
        assert faults(cut) == faults(full)
        assert cut.listings == tuple(item for item in full.listings if item.date <= last)
        assert cut.withheld == tuple(item for item in full.withheld if item.date <= last)
        series = by_series(cut)
        for item in full.observations:
            keep = item.date <= np.datetime64(last)
            assert (series[item.series].date == item.date[keep]).all()
            assert (series[item.series].value == item.value[keep]).all()


def test_nothing_before_until_is_no_market(few: Path) -> None:
    with pytest.raises(FeedError, match="no series could be read"):
        read_folder(few, until=date(1999, 1, 1), now=NOW)


numbers = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1e-12, 1e9),
    st.integers(-(10**15), 10**15),
)
tables = st.lists(
    st.tuples(st.dates(date(1960, 1, 1), date(2049, 12, 31)), numbers, numbers),
    min_size=1,
    max_size=30,
)


def written(rows: list[tuple[date, float | None, float | None]]) -> bytes:
    cells = (f"{d},{'' if a is None else a},{'' if b is None else b}" for d, a, b in rows)
    return ("date,close,volume\n" + "\n".join(cells) + "\n").encode()


@settings(deadline=None)
@given(rows=tables)
def test_the_fast_way_reads_what_the_slow_way_reads(
    rows: list[tuple[date, float | None, float | None]],
) -> None:
    body = written(rows).partition(b"\n")[2]
    found = csv_table.Text("x.csv", ("date", "close", "volume"), 1, body)
    columns = {"volume": 2, "close": 1}
    fast = csv_table._clean(found, 0, columns)
    faults = Faults("x.csv")
    slow = csv_table._with_faults(found, 0, columns, faults)
    assert fast is not None, "a clean file went the slow way"
    assert faults.sentences() == ()
    assert (fast[0] == slow[0]).all()
    assert (fast[1] == slow[1]).all()
    for name, i in columns.items():
        expected = [math.nan if row[i] is None else float(row[i]) for row in rows]  # type: ignore[arg-type]
        assert np.array_equal(fast[2][name], expected, equal_nan=True)
        assert np.array_equal(slow[2][name], expected, equal_nan=True)


@settings(deadline=None)
@given(
    rows=tables,
    damage=st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3)), max_size=4),
)
def test_damage_is_told_or_harmless(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[date, float | None, float | None]],
    damage: list[tuple[int, bytes]],
) -> None:
    raw = written(rows)
    for at, new in damage:
        raw = raw[: at % len(raw)] + new + raw[at % len(raw) + 1 :]
    path = tmp_path_factory.mktemp("damage") / "x.csv"
    path.write_bytes(raw)
    try:
        table = read_table(path, ("close", "volume"), today=TODAY)
    except TableError as error:
        told = str(error)
        assert told.startswith("x.csv") and "Cure: " in told  # noqa: PT018
        return
    assert (table.date[1:] >= table.date[:-1]).all()
    assert all(not np.isinf(value).any() for value in table.columns.values())
    assert all(len(value) == len(table.date) == len(table.line) for value in table.columns.values())
    assert all(s.startswith("x.csv, line ") and ". Cure: " in s for s in table.faults)


@settings(deadline=None)
@given(
    values=st.lists(
        st.sampled_from(["6.7e6", "6700000", "0", "-1", "1e308", "-1e308", "1e-300", "", "x"])
        | st.floats(allow_nan=False, allow_infinity=False).map(str),
        max_size=60,
    ),
    days=st.lists(st.integers(-3, 80), min_size=60, max_size=60),
)
def test_what_is_believed_is_plausible(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], days: list[int]
) -> None:
    path = write(tmp_path_factory.mktemp("numbers"), ["RUT.csv"])
    rows = "".join(f"{day(d)},{v}\n" for d, v in zip(days, values, strict=False))
    (path / "WALCL.csv").write_text(HEAD + rows)
    harvest = read(path)
    found = by_series(harvest)
    told = {item.date for item in harvest.withheld}
    if "WALCL" not in found:
        said = any(item.startswith("WALCL.csv, line ") for item in harvest.problems)
        dates = np.array([day(d) for d in days[: len(values)]], "datetime64[D]")
        assert told or said or (input_of("WALCL").clock.released(dates) > NOW).any()
        return
    item = found["WALCL"]
    assert (np.diff(item.date).astype(int) > 0).all()
    assert item.date[-1] <= np.datetime64(TODAY)
    assert ((item.value >= 1e11) & (item.value <= 20e12)).all()
    written_down = {(day(d), v) for d, v in zip(days, values, strict=False)}
    for when, value in zip(item.date.astype(str), item.value, strict=True):
        assert value in {
            float(v) * 1e6 for d, v in written_down if d == when and v not in ("", "x")
        }
    assert not told & set(item.date.tolist())


@settings(deadline=None)
@given(raw=st.binary(max_size=400))
def test_any_bytes_at_all(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x.csv"
    path.write_bytes(raw)
    with pytest.raises(TableError, match=r"(?s)x\.csv.*Cure: "):
        read_table(path, ("value",), today=TODAY)


def test_a_clean_file_takes_the_fast_way(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the slow way")

    monkeypatch.setattr(csv_table, "_with_faults", never)
    assert faults(read(few)) == ()


# --- the real folder ---------------------------------------------------------------------

REAL_TODAY = date(2026, 8, 22)
REAL_NOW = datetime(2026, 8, 22, 23, 59)
"""The day on which the folder was made."""


@pytest.fixture(scope="module")
def real(market_data: Path) -> Harvest:
    return read_folder(market_data, now=REAL_NOW)


def independent(path: Path, column: str) -> dict[str, float]:
    with path.open(newline="") as file:
        return {row["date"]: float(row[column]) for row in csv.DictReader(file) if row[column]}


@pytest.mark.parametrize(
    ("series", "file", "column", "scale"),
    [
        ("RUT", "RUT.csv", "close", 1),
        ("SPX", "GSPC.csv", "close", 1),
        ("IWM", "IWM.csv", "close", 1),
        ("IWM.volume", "IWM.csv", "volume", 1),
        ("PSCU", "PSCU.csv", "adj_close", 1),
        ("XLC", "XLC.csv", "close", 1),
        ("WALCL", "WALCL.csv", "value", 1e6),
        ("TGA", "WTREGEN.csv", "value", 1e6),
        ("TGA_DAILY", "DTS_TGA.csv", "value", 1e6),
        ("RRP", "RRPONTSYD.csv", "value", 1e9),
        ("ETF_FLOW", "BTC_ETF_FLOW.csv", "value", 1e6),
        ("HY_OAS", "BAMLH0A0HYM2.csv", "value", 1),
        ("STABLECOINS", "STABLECOIN_SUPPLY.csv", "value", 1),
        ("coin:bitcoin", "BTC.csv", "close", 1),
        ("BTC_CAP", "BTC.csv", "market_cap", 1),
        ("coin:bitcoin.volume", "BTC.csv", "volume", 1),
        ("coin:solana", "SOL.csv", "close", 1),
        ("coin:shiba-inu", "SHIB.csv", "close", 1),
    ],
)
def test_an_independent_reading_agrees(
    real: Harvest, market_data: Path, series: str, file: str, column: str, scale: float
) -> None:
    item = by_series(real)[series]
    expected = independent(market_data / file, column)
    known = input_of(series).clock.released(np.array(list(expected), "datetime64[D]"))
    expected = {d: expected[d] for d, at in zip(expected, known, strict=True) if at <= REAL_NOW}
    assert item.source == file
    assert item.date.astype(str).tolist() == list(expected)
    assert item.value.tolist() == [value * scale for value in expected.values()]


def test_the_real_folder_has_no_fault(real: Harvest) -> None:
    assert real.problems == ()
    assert real.withheld == ()
    series = by_series(real)
    assert len(series) == 299
    assert {"BILLS", "FUNDING", "OPEN_INTEREST", "IWM_SHARES"}.isdisjoint(series)
    assert series["TGA"].caveat == "week average"
    assert str(series["IORB"].date[-1]) == str(REAL_TODAY)


def test_the_facts_of_the_real_folder(real: Harvest) -> None:
    def at(name: str, when: str) -> float:
        item = by_series(real)[name]
        return float(item.value[item.date == np.datetime64(when)][0])

    assert at("RUT", "2026-01-08") == 2603.91
    assert at("SPX", "2020-03-23") == pytest.approx(2237.40, abs=0.01)
    assert at("IWM.volume", "2026-01-08") == 37_957_000
    when = "2026-01-07"
    liquidity = at("WALCL", when) - at("TGA", when) - at("RRP", when)
    assert liquidity / 1e9 == pytest.approx(5772.9, abs=0.05)


def test_the_lists_of_the_real_folder(real: Harvest) -> None:
    assert len(real.listings) == 130
    by_date = {str(item.date): item.coins for item in real.listings}
    assert by_date["2014-01-01"][:3] == ("coin:litecoin", "coin:ripple", "coin:peercoin")
    assert by_date["2024-03-01"][:4] == (
        "coin:ethereum", "coin:solana", "coin:dogecoin", "coin:tron"
    )  # fmt: skip
    for coins in by_date.values():
        assert "coin:bitcoin" not in coins
        assert len(coins) == len(set(coins))
    priced = {item.series for item in real.observations}
    assert len({c for coins in by_date.values() for c in coins} & priced) == 250
    sources = [item.source for item in real.observations if item.series.startswith("coin:")]
    assert len(sources) - 1 == len(set(sources))  # bitcoin's file holds its volume too


def test_read_text_knows_lines(few: Path) -> None:
    (few / "x.csv").write_bytes(b"\r\n\r\ndate,value\r\n\r\n2026-06-24,1\r\n")
    found = read_text(few / "x.csv")
    assert found.header_line == 3
    assert list(found.rows()) == [(5, ["2026-06-24", "1"])]
