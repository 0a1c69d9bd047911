"""Fund flows that an admin imports."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from feeds.feed import FeedError
from feeds.flows import read_flows
from tests.feeds.test_live_feeds import values

NOW = dt.datetime(2026, 6, 30, 12)


def written(folder: Path, text: str) -> Path:
    path = folder / "flows.csv"
    path.write_text(text)
    return path


def test_both_columns(tmp_path: Path) -> None:
    text = "date,shares,flow_usd_millions\n2026-06-25,285150000,-120.5\n2026-06-26,286000000,\n"
    harvest = read_flows(written(tmp_path, text), NOW)
    assert values(harvest) == {
        "IWM_SHARES": {dt.date(2026, 6, 25): 285_150_000, dt.date(2026, 6, 26): 286_000_000},
        "ETF_FLOW": {dt.date(2026, 6, 25): -120.5e6},
    }
    for item in harvest.observations:
        assert (item.fetched_at == np.datetime64(NOW, "us")).all()
        assert (item.released_at < item.fetched_at).all()
        assert item.source == "flows.csv"


def test_one_column(tmp_path: Path) -> None:
    harvest = read_flows(written(tmp_path, "Date,Shares\n2026-06-25,285150000\n"), NOW)
    assert set(values(harvest)) == {"IWM_SHARES"}


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    text = "date,shares\n2026-06-25,285150000\n2026-06-26,about 3\n2027-01-01,285150000\n"
    harvest = read_flows(written(tmp_path, text), NOW)
    assert len(values(harvest)["IWM_SHARES"]) == 1
    assert len(harvest.problems) == 2
    assert "flows.csv, line 3: 'about 3' is no number" in harvest.problems[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,holdings\n2026-06-25,1\n", "shares"),
        ("date,shares\n", "a header and no rows"),
        ("date,flow_usd_millions\n2026-06-25,120500000\n", "looks like USD"),
    ],
)
def test_files_of_no_use(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        read_flows(written(tmp_path, text), NOW)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        read_flows(tmp_path / "none.csv", NOW)
