"""All measurements of this folder, one after the other, and one table: `make bench`.

Each module is measured in a process of its own, so that neither memory nor warm libraries of one
help or harm another, and nothing else of ours runs meanwhile. The exit code is 0 whether or not
the goals are met.

    python -m benchmarks [--json FILE] [--only MODULE,MODULE]
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.goals import MODULES, rows, table
from benchmarks.warm import FILLED

LONGEST = 240


def main() -> None:
    asked = argparse.ArgumentParser(prog="benchmarks")
    asked.add_argument("--json", type=Path, help="write all figures to this file")
    asked.add_argument("--only", default=",".join(MODULES), help="modules, with commas between")
    asked.add_argument("--module", help=argparse.SUPPRESS)
    wanted = asked.parse_args()
    if wanted.module:
        measured = importlib.import_module(f"benchmarks.{wanted.module}").measure()
        print(json.dumps(measured))
        return
    begun = time.perf_counter()
    found, loads = _all(wanted.only.split(","))
    seconds = time.perf_counter() - begun
    told = list(rows(found))
    print(f"\n{table(told)}\n")
    cores = os.cpu_count()
    print(f"{seconds / 60:.1f} minutes, {cores} cores, Python {platform.python_version()}")
    if wanted.json:
        facts = {
            "date": str(dt.datetime.now(dt.UTC).date()),
            "cores": cores,
            "python": platform.python_version(),
            "seconds": round(seconds),
            "load_before": loads,
            "rows": [
                {"what": r.goal.what, "goal": r.goal.goal, "unit": r.goal.unit,
                 "measured": r.value, "ratio": r.ratio, "met": r.met}
                for r in told
            ],
            "figures": found,
        }  # fmt: skip
        wanted.json.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def _all(modules: list[str]) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Figures by module, and how busy the machine was when each began."""
    found: dict[str, dict[str, float]] = {}
    loads: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, FILLED: str(Path(folder) / "spillover.db")}
        _child(["-m", "benchmarks.store", "fill", env[FILLED]], env)
        for module in modules:
            loads[module] = round(os.getloadavg()[0], 2)
            begun = time.perf_counter()
            found[module] = _child(["-m", "benchmarks", "--module", module], env)
            spent = time.perf_counter() - begun
            print(f"{module}: {spent:.0f} s, load before {loads[module]}", file=sys.stderr)
            for name, value in found[module].items():
                print(f"    {name:34} {value:14,.3f}", file=sys.stderr)
    return found, loads


def _child(words: list[str], env: dict[str, str]) -> dict[str, float]:
    """What a process prints last; nothing, and the reason on stderr, where it fails."""
    try:
        done = subprocess.run(
            [sys.executable, *words], env=env, capture_output=True, text=True, timeout=LONGEST,
            check=True,
        )  # fmt: skip
        told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        print(f"{words}: {error}\n{getattr(error, 'stderr', '')}", file=sys.stderr)
        return {}
    return told


if __name__ == "__main__":
    main()
