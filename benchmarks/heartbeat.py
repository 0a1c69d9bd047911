"""By how much an event loop is late: what wakes every few milliseconds and asks the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

import numpy as np

BEAT = 0.002


async def beating(work: Awaitable[object]) -> np.ndarray:
    """Runs the work; by how many milliseconds each beat was late."""
    late: list[float] = []
    task = asyncio.ensure_future(work)
    while not task.done():
        asked = time.perf_counter()
        await asyncio.sleep(BEAT)
        late.append(1000 * (time.perf_counter() - asked - BEAT))
    task.result()
    return np.array(late)
