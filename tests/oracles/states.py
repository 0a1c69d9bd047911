"""Lit and unlit, early warning, tail end, capitulation, exhaustion and phases, day by day."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date

NAN = math.nan
Floats = Sequence[float]


def known(value: float) -> bool:
    return not math.isnan(value)


def weighted(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean of (score, weight) that are there, and the share of the weight that was there."""
    there = [(score, weight) for score, weight in parts if known(score)]
    total = sum(weight for _, weight in there)
    share = total / sum(weight for _, weight in parts)
    if not there or share < 0.5 - 1e-12:
        return NAN, share
    return sum(score * weight for score, weight in there) / total, share


def lit(scores: Floats, news: Sequence[bool], patience: int) -> list[float]:
    """Lit from 60, unlit below 50, after so many new observations in a row beyond the line."""
    out: list[float] = []
    burning, row = False, 0
    for score, new in zip(scores, news, strict=True):
        if not known(score):
            out.append(NAN)
            continue
        if new and burning:
            row = row + 1 if score < 50 else 0
        elif new:
            row = row + 1 if score >= 60 else 0
        if row == patience:
            burning, row = not burning, 0
        out.append(1.0 if burning else 0.0)
    return out


def warnings(
    days: Sequence[date],
    session: Sequence[bool],
    met: Callable[[int], bool],
    converted: Callable[[int], bool],
    void: Callable[[int], bool],
) -> list[tuple[date, date | None, str | None]]:
    """(on, off, how it ended) of each early warning."""
    out: list[tuple[date, date | None, str | None]] = []
    armed, streak, on = True, 0, False
    for i, day in enumerate(days):
        if on:
            begun = out[-1][0]
            how = "converted" if converted(i) else "void" if void(i) else None
            if how is None and day.toordinal() - begun.toordinal() >= 90:
                how = "expired"
            if how:
                out[-1] = (begun, day, how)
                on, armed, streak = False, False, 0
            continue
        if not session[i]:
            continue
        if not met(i):
            armed, streak = True, 0
        elif armed:
            streak += 1
        if streak == 3:
            out.append((day, None, None))
            on, streak = True, 0
    return out


def since(flags: Sequence[bool]) -> list[float]:
    """Days since the last true one."""
    out, last = [], None
    for i, flag in enumerate(flags):
        last = i if flag else last
        out.append(NAN if last is None else float(i - last))
    return out


def exhaustion(i: int, since_flag: Floats, close: Floats, rv30: Floats, leverage: Floats) -> float:
    """1 yes, 0 no, NaN unknown, 30 days and more after a capitulation day."""
    start = i - int(since_flag[i])
    lows = [(close[j], j) for j in range(start, i + 1) if known(close[j])]
    if not lows:
        return NAN
    parts = [float(i - min(lows)[1] >= 30), NAN, NAN]
    if known(rv30[i]) and known(rv30[i - 30]):
        parts[1] = float(rv30[i] < rv30[i - 30])
    if known(leverage[i]):
        recent = [v for v in leverage[max(i - 89, 0) : i + 1] if known(v)]
        parts[2] = float(leverage[i] <= 0.8 * max(recent))
    if 0.0 in parts:
        return 0.0
    return 1.0 if all(known(part) for part in parts) else NAN


def phase(
    i: int,
    scores: Sequence[Floats],
    flags: Sequence[Floats],
    index: Floats,
    heat: Floats,
    undone: Sequence[bool],
    session: Sequence[bool],
) -> str:
    """The first row of the table that matches on day i. ``scores`` and ``flags`` by rung."""
    on = [row[i] == 1 for row in flags]
    off = [row[i] == 0 for row in flags]
    if sum(known(row[i]) for row in scores) < 4:
        return "data hold"
    season = any(index[j] >= 75 for j in range(max(i - 29, 0), i + 1)) and index[i] < 65
    recent = last_sessions(i, session, 10)
    falling = heat[i] >= 80 and scores[3][i] < 50 and any(_crossed(scores[3], j) for j in recent)
    if season or falling or (any(undone[j] for j in recent) and (on[4] or on[5])):
        return "exhaustion"
    if i >= 2 and all(index[j] >= 75 for j in (i, i - 1, i - 2)):
        return "altseason"
    if on[3] and on[4]:
        return "spillover"
    if on[3] and off[4] and off[5]:
        return "small-cap lead"
    if on[1] and on[2] and off[3]:
        return "risk-on"
    if on[1] and off[2]:
        return "credit thaw"
    return "tightening" if off[0] and off[1] else "mixed"


def _crossed(scores: Floats, j: int) -> bool:
    return j > 0 and scores[j] < 50 <= scores[j - 1]


def last_sessions(i: int, session: Sequence[bool], n: int) -> list[int]:
    """The days from the n-th last session on (all days if there are fewer)."""
    out, seen = [], 0
    for j in range(i, -1, -1):
        out.append(j)
        seen += session[j]
        if seen == n:
            break
    return out


def patient(found: Sequence[str], undone: Sequence[bool], session: Sequence[bool]) -> list[str]:
    """At least 5 sessions in a phase, except on FAILED or BROKEN; a hold comes and goes."""
    out: list[str] = []
    sessions = 0
    for i, name in enumerate(found):
        current = out[-1] if out else name
        free = sessions >= 5 or undone[i] or "data hold" in (name, current)
        if name != current and free:
            current, sessions = name, 0
        sessions += session[i]
        out.append(current)
    return out
