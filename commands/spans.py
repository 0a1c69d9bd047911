"""What /chart shows: one number, and the stretch up to now that people mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from commands.dates import begin_of
from commands.kinds import MetricKind, Period, PeriodKind, closest, longest, normal
from commands.metric_list import LINE, LIST, asked, names
from commands.registry import CommandError
from commands.snapshot import Snapshot
from commands.words import _, day
from rotation.inputs import N_

_BESIDE = {"vs", "vs.", "versus", "against", "gegen", "and", "und", "&", "+"}
_AGAINST = {
    frozenset({"btc_close", "eth_close"}): "eth_btc",
    frozenset({"rut_close", "spx_close"}): "mrs",
}
"""Two numbers that a third one compares."""
_SINCE = ("since", "from")
_STARTS = re.compile(r"\d{4}$|\d{1,4}[-./]\d")
_WHOLE = ("max", "all", "ytd")
_ALIKE = 0.85


class ChartMetric(MetricKind):
    """A number of the catalogue, or the list of them; of two it says kindly that it is one."""

    def parse(self, text: str, snapshot: Snapshot) -> str:
        if asked(text) is not None:
            return LIST
        try:
            return super().parse(text, snapshot)
        except CommandError as error:
            lines = [button.command for button in error.buttons]
            if any(line.startswith("/") for line in lines):
                raise
            if pair := self._pair(text.split()):
                raise CommandError(
                    _("A picture shows one number. Which one?"), *self._of(pair)
                ) from None
            raise CommandError(error.message, *lines, LINE) from None

    def leading(self, words: Sequence[str]) -> int:
        """How many of the first words are one number, or two with a word between them."""
        known, every = super().leading(words), self.names()
        rest = list(words[known:])
        if not known or not rest:
            return known
        beside = normal(rest[0]) in _BESIDE
        second = longest(rest[beside:], every)
        if second:
            return known + beside + second
        ends = rest[0][0].isdigit() or _since(rest[0]) or normal(rest[0]) in _WHOLE
        mistyped = not ends and closest(" ".join(words), every, 1, _ALIKE)
        return len(words) if beside or mistyped else known

    def _pair(self, words: list[str]) -> tuple[str, str] | None:
        every = self.names()
        known = longest(words, every)
        rest = words[known:]
        rest = rest[1:] if rest and normal(rest[0]) in _BESIDE else rest
        if not known or not rest or longest(rest, every) != len(rest):
            return None
        return every[normal(" ".join(words[:known]))], every[normal(" ".join(rest))]

    def _of(self, pair: tuple[str, str]) -> list[str]:
        compared = _AGAINST.get(frozenset(pair), "")
        return [f"/chart {id}" for id in dict.fromkeys((compared, *pair)) if id]


class SpanKind(PeriodKind):
    """'30d', '6 months', '2y', 'max'; 'ytd', 'since 2020' and 'since March 2020'."""

    def leading(self, words: Sequence[str]) -> int:
        if _since(words[0]) or _STARTS.match(words[0]):
            return len(words)
        return 2 if _this_year(" ".join(words[:2])) else super().leading(words)

    def parse(self, text: str, snapshot: Snapshot) -> Period:
        last, words = snapshot.timeline.last, text.split()
        begin = None
        if normal(text) == "ytd" or _this_year(text):
            begin = last.replace(month=1, day=1)
        elif _since(words[0]):
            begin = begin_of(" ".join(words[1:]), last)
            if begin is None:
                raise CommandError(
                    _("“{text}” is no time to begin at.").format(text=text[:40]),
                    f"since {last.year - 1}", "ytd",
                )  # fmt: skip
        elif _STARTS.match(words[0]) and begin_of(words[0], last):
            raise CommandError(
                _("A picture ends with the newest day; it can begin on any."),
                f"since {words[0]}", "max",
            )  # fmt: skip
        if begin is None:
            return super().parse(text, snapshot)
        return Period(_("since {day}").format(day=day(begin)), max((last - begin).days, 1))

    def suggest(self, text: str, snapshot: Snapshot) -> list[str]:
        year = snapshot.timeline.last.year
        more = ["ytd", *(f"since {year - n}" for n in range(1, 6))]
        fits = [value for value in more if value.startswith(normal(text))]
        return [*super().suggest(text, snapshot), *fits]


def _since(word: str) -> bool:
    return normal(word) in {*_SINCE, normal(_("since"))}


def _this_year(words: str) -> bool:
    return normal(words) in {"this year", normal(_("this year"))}


CHART_METRIC = ChartMetric(
    names, N_("“{text}” is no metric."), ("mrs", "altseason", "net_liquidity")
)
SPAN = SpanKind()
