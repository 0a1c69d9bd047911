"""The first backfill as the operator sees it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from bot import progress
from bot.progress import Backfill

ROOT = Path(__file__).resolve().parents[2]
STEPS = """
from bot.progress import Backfill
bar = Backfill()
for done in range(41):
    bar(done, 40)
bar.end()
bar(41, 40)
"""


def test_a_bar_in_a_terminal():
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", STEPS], cwd=ROOT, stderr=theirs, stdout=subprocess.PIPE, check=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "Filling in the history" in shown
    assert "40/40" in shown
    assert not done.stdout


def test_a_line_now_and_then_in_a_log(caplog, monkeypatch):
    caplog.set_level("INFO")
    told = Backfill()
    for done in range(40):
        told(done, 40)
    assert caplog.messages == ["filling in the history: 0 of 40 steps"]
    monkeypatch.setattr(progress, "EVERY", 0.0)
    told(39, 40)
    told(40, 40)
    assert caplog.messages[-1] == "filling in the history: 40 of 40 steps"
    told.end()
    told(40, 40)
    assert len(caplog.messages) == 3
