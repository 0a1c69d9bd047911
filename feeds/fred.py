"""FRED of the St. Louis Fed: balance sheets, rates, spreads, financial conditions.

Without a key ``fred.stlouisfed.org/graph/fredgraph.csv?id=CODE`` (a date column whose name has
changed over the years, then one column a code; a missing value is empty or '.'). With one the
documented ``api.stlouisfed.org/fred/series/observations``. Both send a whole series, so that
its unit is judged on all of it: the same code has been served in millions and in billions.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import numpy as np

from feeds.feed import Harvest, Task
from feeds.http import READ, Now, Params, Vendor, expected, odd, utc_now
from feeds.readings import BASE, Points, Unit, number
from feeds.web import WebFeed
from rotation.inputs import Days, Floats, ReleaseClock, input_of

API = "https://api.stlouisfed.org"
PLAIN_CLIENT = {"User-Agent": f"python-httpx/{version('httpx')}", "Connection": "close"}
"""The file server lets browsers' and unknown clients' questions hang; plain libraries it serves."""


@dataclass(frozen=True, slots=True)
class _Code:
    series: str
    code: str
    unit: Unit = BASE


CODES = (
    _Code("WALCL", "WALCL", Unit("USD millions", 1e11)),
    _Code("TGA", "WDTGAL", Unit("USD millions", 1e9)),
    _Code("BILLS", "WSHOBL", Unit("USD millions", 1e9)),
    _Code("MBS", "WSHOMCB", Unit("USD millions", 1e10)),
    _Code("RRP", "RRPONTSYD", Unit("USD billions", 1e10)),
    _Code("BAA10Y", "BAA10Y", Unit(floor=0.3)),
    _Code("HY_OAS", "BAMLH0A0HYM2", Unit(floor=1.0)),
    _Code("SOFR", "SOFR", Unit(floor=0.06)),
    _Code("IORB", "IORB", Unit(floor=0.06)),
    _Code("DGS10", "DGS10", Unit(floor=0.3)),
    _Code("MORTGAGE30", "MORTGAGE30US", Unit(floor=0.5)),
    _Code("NFCI", "NFCI"),
)
"""Series, FRED's code, and the unit in which FRED serves it; per cent where none is named."""
FIRST_RELEASES: Params = {
    "realtime_start": "1776-07-04",
    "realtime_end": "9999-12-31",
    "output_type": 4,
}
"""ALFRED: each date with the value that was published first, and the day on which it was."""


class Fred(WebFeed):
    """One task a series. With a key, series that are re-estimated come as first released."""

    source = "fred"
    name = "FRED (St. Louis Fed)"
    base = "https://fred.stlouisfed.org"

    def __init__(
        self,
        *,
        base: str = "",
        api: str = "",
        key: str = "",
        now: Now = utc_now,
        timeout: float = READ,
    ) -> None:
        self._key = key
        self.verified = not key  # only the file's shape was recorded
        setting = "FRED_API_KEY" if key else ""
        self._vendor = Vendor(
            self.name,
            (api or API) if key else (base or self.base),
            now=now,
            timeout=timeout,
            headers=None if key else PLAIN_CLIENT,
            key=setting,
        )

    def tasks(self) -> tuple[Task, ...]:
        """One a series, one call each, history or not."""
        return tuple(Task(f"fred/{item.series}", "fred", (item.series,)) for item in CODES)

    def fetch(self, task: Task, since: date | None) -> Harvest:
        """The series from ``since`` on; a series that is re-estimated always from its start."""
        item = next(item for item in CODES if item.series == task.series[0])
        points = self._from_api(item) if self._key else self._from_file(item)
        if input_of(item.series).revised and points.released is None:
            since = None
        return self._harvest(since, points)

    def _from_file(self, item: _Code) -> Points:
        what = f"the series {item.code}"
        text = self._vendor.text("/graph/fredgraph.csv", {"id": item.code}, what)
        with expected(self.name):
            day, value = parse_file(text, item.code, self.name)
        return Points(item.series, day, value, item.unit)

    def _from_api(self, item: _Code) -> Points:
        params: Params = {"series_id": item.code, "api_key": self._key, "file_type": "json"}
        first: Params = FIRST_RELEASES if input_of(item.series).revised else {}
        what = f"the series {item.code}"
        answer = self._vendor.json("/fred/series/observations", {**params, **first}, what)
        with expected(self.name):
            rows = answer["observations"]
            day = np.array([date.fromisoformat(row["date"]) for row in rows], "datetime64[D]")
            value = np.array([number(row["value"]) for row in rows])
            if not first:
                return Points(item.series, day, value, item.unit)
            told = [date.fromisoformat(row["realtime_start"]) for row in rows]
        clock = input_of(item.series).clock
        released = ReleaseClock(clock.at, clock.zone).released(np.array(told, "datetime64[D]"))
        return Points(item.series, day, value, item.unit, "as first released", released)


def parse_file(text: str, code: str, name: str) -> tuple[Days, Floats]:
    """Dates by position, values by their code; NaN where a cell is empty or '.'. A text that does
    not end with its line was cut off, and with it perhaps its last number.
    """
    if not text.endswith("\n"):
        raise odd(name, "a table that breaks off")
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if len(rows) < 2 or code not in rows[0][1:]:
        raise odd(name, f"columns {', '.join(rows[0]) if rows else 'missing'}")
    at = rows[0].index(code)
    day = np.array([date.fromisoformat(row[0]) for row in rows[1:]], "datetime64[D]")
    return day, np.array([number(row[at].strip()) for row in rows[1:]])
