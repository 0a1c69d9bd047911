"""What is measured, and the goal of each: one row of the table of `make bench`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Better(Enum):
    """Which side of a goal is the good one."""

    LOWER = "≤"
    HIGHER = "≥"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of a module's ``measure()`` and what it is to be."""

    what: str
    module: str
    figure: str
    goal: float
    unit: str
    better: Better = Better.LOWER


@dataclass(frozen=True, slots=True)
class Row:
    """A goal with what was measured; None where the measurement itself failed."""

    goal: Goal
    value: float | None

    @property
    def ratio(self) -> float | None:
        """Measured ÷ goal; none where the goal is 0."""
        return None if self.value is None or not self.goal.goal else self.value / self.goal.goal

    @property
    def met(self) -> bool:
        if self.value is None:
            return False
        if self.goal.better is Better.LOWER:
            return self.value <= self.goal.goal
        return self.value >= self.goal.goal


H = Better.HIGHER

GOALS = (
    Goal("Telegram: CPU of a text answer ÷ echo bot", "echo", "telegram ratio", 1.3, "×"),
    Goal("Discord: CPU of a text answer ÷ echo bot", "echo", "discord ratio", 1.3, "×"),
    Goal("first picture, p95", "pictures", "first_p95_ms", 300, "ms"),
    Goal("event loop while drawing, p99", "pictures", "stall_p99_ms", 20, "ms"),
    Goal("mixed requests that draw nothing", "pictures", "drew_nothing_%", 99, "%", H),
    Goal("timeline, 1987 to today", "timeline", "whole_s", 0.5, "s"),
    Goal("timeline, one more day", "timeline", "one_more_day_s", 0.1, "s"),
    Goal("timeline, exponent over 10, 20, 40 years", "timeline", "exponent_of_years", 1.0, ""),
    Goal("evidence of all kinds", "timeline", "evidence_s", 5, "s"),
    Goal("placebo, 10,000 draws of 12", "timeline", "placebo_10000_of_12_s", 1, "s"),
    Goal("plain pandas loop ÷ the same study", "timeline", "plain_to_ours", 100, "×", H),
    Goal("replay", "timeline", "replay_days_a_second", 1_000, "days/s", H),
    Goal('`ask "/rotation"` ÷ importing pandas', "start", "ask_to_pandas", 2, "×"),
    Goal("`run`, start to first answer", "start", "run_first_answer_s", 3, "s"),
    Goal("memory, both platforms, idle", "start", "idle_mib", 220, "MiB"),
    Goal("more with 100,000 chats", "start", "more_mib_with_100000_chats", 50, "MiB"),
    Goal("1,000 people: errors", "crowd", "typing_errors", 0, ""),
    Goal("1,000 people: answer, p99", "crowd", "typing_p99_s", 1, "s"),
    Goal("1,000 people: longest stall", "crowd", "typing_stall_max_ms", 50, "ms"),
    Goal("1,000 people: Discord's 3 s missed", "crowd", "typing_late", 0, ""),
    Goal("fan-out at the platform's pace, of its limit", "outbox", "paced_of_limit_%", 95, "%", H),
    Goal("fan-out at that pace: refused as too many", "outbox", "paced_refused", 0, ""),
    Goal("fan-out, as fast as it goes", "outbox", "unpaced_a_second", 1_000, "/s", H),
    Goal("due digests, exponent to 100,000 chats", "outbox", "due_query_ms_exponent", 1.11, ""),
    Goal("claim, exponent to 100,000 chats", "outbox", "claim_ms_exponent", 1.11, ""),
    Goal("thresholds, exponent to 100,000 chats", "outbox", "evaluate_s_exponent", 1.11, ""),
    Goal("due digests at 1,000,000 chats", "outbox", "due_query_ms_1000000", 10, "ms"),
    Goal("vendor calls, 100,000 users ÷ 1", "vendors", "many_to_one", 1, "×"),
    Goal("import of the whole history", "store", "import_s", 60, "s"),
    Goal("reload to a timeline", "store", "reload_s", 3, "s"),
    Goal("longest stall during a refresh", "stall", "max_ms", 50, "ms"),
)
"""The exponents of growth: n log n between 1,000 and 100,000 chats is 1.11 in logarithms."""

MODULES = tuple(dict.fromkeys(goal.module for goal in GOALS))


def rows(found: Mapping[str, Mapping[str, float]]) -> Iterator[Row]:
    """The goals of the modules that were measured, with what they told."""
    for goal in GOALS:
        if goal.module in found:
            yield Row(goal, found[goal.module].get(goal.figure))


def table(found: list[Row]) -> str:
    """One line a row, in columns."""
    cells = [("what", "goal", "measured", "ratio", "")]
    for row in found:
        goal, value, ratio = row.goal, row.value, row.ratio
        cells.append(
            (
                goal.what,
                f"{goal.better.value} {_number(goal.goal)} {goal.unit}".strip(),
                "failed" if value is None else f"{_number(value)} {goal.unit}".strip(),
                "–" if ratio is None else f"{ratio:.2f}",
                "met" if row.met else "not met",
            )
        )
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    sides = (str.ljust, str.rjust, str.rjust, str.rjust, str.ljust)
    return "\n".join(
        "  ".join(side(cell, size) for side, cell, size in zip(sides, line, wide, strict=True))
        for line in cells
    )


def _number(value: float) -> str:
    """Three significant digits, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
