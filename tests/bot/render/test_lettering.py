"""Words fit, and have no glyph that the fonts lack."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from bot.render.lettering import balance, clean, shorten, wrap
from bot.render.look import Face, Weight

FACES = [Face(20.0, weight) for weight in Weight]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("BTC -4 %", "BTC −4 %"),
        ("(-3) and -.5", "(−3) and −.5"),
        ("30-90 days, 2026-03-14, T-bill", "30-90 days, 2026-03-14, T-bill"),
        ("to the moon 🚀", "to the moon"),
        ("比特币 up", "??? up"),
        ("two\nlines\tand \u200bmore", "two lines and more"),
        ("● lit ○ unlit ▲▼", "● lit ○ unlit ▲▼"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(max_size=80), st.integers(1, 40))
def test_shorten_never_exceeds_its_width(text: str, width: int) -> None:
    found = shorten(text, width, len)
    assert len(found) <= width
    assert found == text or found.endswith("…")


@given(st.text(alphabet="ab ·", max_size=80), st.integers(1, 40), st.integers(1, 3))
def test_wrap_never_exceeds_width_or_lines(text: str, width: int, lines: int) -> None:
    found = wrap(text, width, lines, len)
    assert len(found) <= lines
    assert all(len(line) <= width for line in found)


def test_balance_prefers_a_pause() -> None:
    assert balance("Index 22 of 50: between the seasons", 30, len) == [
        "Index 22 of 50:",
        "between the seasons",
    ]
    assert balance("Equities Fri close · crypto 00:00", 30, len) == [
        "Equities Fri close",
        "crypto 00:00",
    ]


@pytest.mark.parametrize("face", FACES)
def test_the_fonts_are_small_tabular_and_have_the_signs(face: Face) -> None:
    file = Path(face.file)
    assert file.stat().st_size < 200_000
    assert "SIL OPEN FONT LICENSE" in (file.parent / "OFL.txt").read_text(encoding="utf-8")
    with TTFont(file) as cut:
        glyphs = cut.getBestCmap()
        assert {ord(char) for char in "▲▼●○−–…·÷×≥≤→ЖżΩ₿\u202f"} <= set(glyphs)
        assert len({cut["hmtx"][glyphs[ord(digit)]][0] for digit in "0123456789"}) == 1
