"""Pictures: how long the first of each takes, what the loop feels of it, how many are reused.

A desk with the newest decision of 40 years draws every picture that the examples of the commands
ask for, each for the first time, in both themes, while a heartbeat looks at the loop; the
drawing library has been loaded before, as in a bot that runs. Then 1,000 mixed requests, the
examples at random, half of them in a chat with the light theme: how many draw nothing.

    python -m benchmarks.pictures
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace

import numpy as np

from benchmarks.heartbeat import beating
from benchmarks.warm import snapshot
from bot.desk import Desk
from commands import COMMANDS
from commands.dispatch import request_of
from commands.reply import Chart

LINES = [line for command in COMMANDS for line in command.examples]
THEMES = ("dark", "light")
REQUESTS, ROUNDS = 1_000, 3


class Counting(Desk):
    """A desk that counts what it draws."""

    drawn = 0

    async def _drawn(self, key, chart):
        self.drawn += 1
        return await super()._drawn(key, chart)


def measure() -> dict[str, float]:
    """Milliseconds, and the share of requests that draw nothing, in %."""
    return asyncio.run(_measured())


async def _measured() -> dict[str, float]:
    current = snapshot()
    desk = Counting(current)
    charts = await _charts(desk)
    begun = time.perf_counter()
    await desk.draw(replace(charts[0], title="Loading"))
    loaded = time.perf_counter() - begun
    desk.close()
    first, late = [], []
    for _round in range(ROUNDS):
        desk = Counting(current)
        for chart in charts:
            begun = time.perf_counter()
            late.append(await beating(desk.draw(chart)))
            first.append(1000 * (time.perf_counter() - begun))
        desk.close()
    beats = np.concatenate(late)
    fresh, again = await _mixed(current)
    return {
        "pictures": len(charts),
        "library_first_ms": 1000 * loaded,
        "first_p50_ms": float(np.percentile(first, 50)),
        "first_p95_ms": float(np.percentile(first, 95)),
        "stall_p99_ms": float(np.percentile(beats, 99)),
        "stall_max_ms": float(beats.max()),
        "new_decision_drew_nothing_%": fresh,
        "drew_nothing_%": again,
    }


async def _charts(desk: Desk) -> list[Chart]:
    """Every picture of the examples, in both themes."""
    found: dict[str, Chart] = {}
    for line in LINES:
        reply = await desk.answer(request_of(line))
        for theme in THEMES if reply.chart else ():
            chart = replace(reply.chart, theme=theme)
            found[repr(chart)] = chart
    return list(found.values())


async def _mixed(current) -> tuple[float, float]:
    """Shares of mixed requests that draw nothing, in %: of those that come first after a new
    decision, which draw each picture once, and of those after them.
    """
    desk, dice = Counting(current), random.Random(7)
    shares = []
    for _half in range(2):
        before = desk.drawn
        for _number in range(REQUESTS):
            reply = await desk.answer(request_of(dice.choice(LINES)))
            if reply.chart is not None:
                await desk.draw(replace(reply.chart, theme=dice.choice(THEMES)))
        shares.append(100 * (1 - (desk.drawn - before) / REQUESTS))
    desk.close()
    return shares[0], shares[1]


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32} {value:10.2f}")
