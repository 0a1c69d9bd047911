"""`spillover run` with a heartbeat on its loop: python -m benchmarks.served.

Each line on stdin is answered with one of JSON on stdout: by how many milliseconds the beats since
the last line were late, and how much memory the process has. Everything else is the real thing.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.heartbeat import BEAT
from bot import serve as served
from bot.__main__ import main


def resident() -> float:
    """Memory of this process now, MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


_COLLECTED = [0.0, 0.0]
"""When the collection of garbage that is under way began, and the longest, in ms."""


def _watch_garbage(phase: str, _facts: dict) -> None:
    if phase == "start":
        _COLLECTED[0] = time.perf_counter()
    else:
        _COLLECTED[1] = max(_COLLECTED[1], 1000 * (time.perf_counter() - _COLLECTED[0]))


async def _beats(late: list[float]) -> None:
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(BEAT)
        late.append(1000 * (time.perf_counter() - asked - BEAT))


async def _reports(late: list[float]) -> None:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        beats = np.array(late or [0.0])
        late.clear()
        found = {
            "beats": len(beats),
            "p99_ms": float(np.percentile(beats, 99)),
            "max_ms": float(beats.max()),
            "over_50": int((beats > 50).sum()),
            "resident_mib": resident(),
            "garbage_max_ms": _COLLECTED[1],
        }
        _COLLECTED[1] = 0.0
        print(json.dumps(found), flush=True)


async def _with_heartbeat(settings) -> None:
    late: list[float] = []
    more = [asyncio.create_task(_beats(late)), asyncio.create_task(_reports(late))]
    try:
        await _serve(settings)
    finally:
        for task in more:
            task.cancel()


_serve, served.serve = served.serve, _with_heartbeat

if __name__ == "__main__":
    gc.callbacks.append(_watch_garbage)
    main(["run"])
