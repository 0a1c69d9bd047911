"""Pictures: what is on them can be read, nothing covers anything, and drawing is repeatable."""

from __future__ import annotations

import datetime as dt
import gc
import io
import itertools
import math
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from matplotlib.typing import ColorType
from PIL import Image

from bot.render.chart import Theme, draw, figure
from bot.render.look import PALETTES, SMALLEST
from commands.reply import Band, Bar, BarChart, Chart, Line, LineChart, Mark, Panel, Tone
from commands.words import language

Make = Callable[[], Chart]
DAY = dt.date(2025, 1, 1)
BOTH = tuple(Theme)


def days(count: int, first: dt.date = DAY) -> tuple[dt.date, ...]:
    return tuple(first + dt.timedelta(days=index) for index in range(count))


def chart(body: BarChart | LineChart, title: str = "A finding", *, sample: bool = False) -> Chart:
    return Chart(title, "unit and period", "Source · as of 14 Mar 2026", body, sample, "words")


def walk(count: int, start: float, seed: int) -> tuple[float, ...]:
    steps = np.random.default_rng(seed).normal(0.0004, 0.012, count)
    return tuple((start * np.exp(np.cumsum(steps))).tolist())


def ladder() -> Chart:
    return chart(
        BarChart(
            (
                Bar("Liquidity", "net liquidity, 13 weeks", 63, lit=True, change=4),
                Bar("Credit", "BAA10Y, NFCI, MOVE", 71, lit=True, change=-2),
                Bar("Stocks", "S&P 500, breadth", 97.6, lit=True, change=0.2),
                Bar("Small caps", "Russell 2000", 52, lit=True, change=12),
                Bar("Majors", "BTC, ETH/BTC", 41, lit=False, change=-6),
                Bar("Alts", "season index", None, lit=None, change=None),
            ),
            lit_from=60,
            unlit_below=50,
        ),
        "Small-cap lead, day 12: four of six rungs are lit",
        sample=True,
    )


def russell() -> Chart:
    closes, volume = walk(520, 2200, 1), walk(520, 30e6, 2)
    on = days(520, dt.date(2024, 8, 1))
    marks = (
        Mark(on[290], closes[290], "attempt", Tone.WARM),
        Mark(on[294], closes[294], "confirmed", Tone.GOOD),
        Mark(on[310], closes[310], "retest", Tone.CALM),
        Mark(on[340], closes[340], "broken", Tone.BAD),
    )
    price = Panel(
        (Line("Russell 2000", closes, leads=True),),
        "points",
        level=closes[290],
        level_label="old high 2,443",
        marks=marks,
        share=3,
    )
    traded = Panel((Line("IWM", volume),), "shares", title="IWM volume", columns=True)
    window = Band(on[324], on[384], "30–90 days", Tone.WARM)
    return chart(LineChart(on, (price, traded), (window,)), "Russell 2000 retests its old high")


def liquidity() -> Chart:
    on = tuple(dt.date(2021, 1, 6) + dt.timedelta(weeks=week) for week in range(260))
    assets, treasury, repo = (
        walk(260, start, seed) for start, seed in ((6.7e12, 3), (6e11, 4), (5e11, 5))
    )
    net = tuple(a - t - r for a, t, r in zip(assets, treasury, repo, strict=True))
    lines = (
        Line("Net liquidity", net, leads=True),
        Line("Fed assets", assets),
        Line("Treasury account", treasury),
        Line("Reverse repo", repo),
    )
    return chart(LineChart(on, (Panel(lines, "USD"),)), "Net liquidity has been flat for a year")


def crypto() -> Chart:
    index = tuple(48 + 45 * math.sin(day / 60) for day in range(900))
    panels = (
        Panel((Line("Index", index, leads=True),), "score", thresholds=(25, 75), title="Index"),
        Panel((Line("ETH/BTC", walk(900, 0.05, 6)),), "ratio", title="ETH/BTC"),
    )
    band = Band(DAY, DAY + dt.timedelta(days=40), "altcoin season", Tone.GOOD)
    return chart(LineChart(days(900), panels, (band,)), "Altcoin season index 22", sample=True)


def forty_years() -> Chart:
    count = 15_000
    gap = range(4_000, 5_000)
    values = tuple(None if day in gap else value for day, value in enumerate(walk(count, 150, 7)))
    on = days(count, dt.date(1985, 1, 1))
    panels = (
        Panel((Line("A very long name of a line", values),), "points"),
        Panel((Line("Volume", walk(count, 1e6, 8)),), "shares", columns=True),
    )
    bands = tuple(Band(on[at], on[at + 60], "window", Tone.WARM) for at in range(0, 14_000, 900))
    return chart(LineChart(on, panels, bands), "Since 1985")


def crowded() -> Chart:
    waves = tuple(
        Line(
            f"An extremely long label, number {k}",
            tuple(100 * math.sin(day / 50 + k / 9) for day in range(400)),
        )
        for k in range(12)
    )
    marks = tuple(
        Mark(DAY + dt.timedelta(days=day), 100 * math.sin(day / 50), f"mark on day {day}", tone)
        for day, tone in zip(range(0, 400, 12), itertools.cycle(Tone), strict=False)
    )
    body = LineChart(days(400), (Panel(waves, "%", marks=marks, level=20),))
    long = "A very long title that goes on about everything the Russell 2000 has done " * 4
    return replace(
        chart(body, long, sample=True), subtitle="and so on " * 40, source="Yahoo · " * 40
    )


REALISTIC = (ladder, russell, liquidity, crypto, forty_years, crowded)


def texts(drawn: Figure, *roles: str) -> list[Text]:
    found = [artist for artist in drawn.findobj(Text) if artist.get_text()]
    return [text for text in found if not roles or text.get_gid() in roles]


def words(drawn: Figure, *roles: str) -> list[str]:
    return [text.get_text() for text in texts(drawn, *roles)]


def boxes(drawn: Figure) -> list[tuple[str, Bbox]]:
    assert isinstance(drawn.canvas, FigureCanvasAgg)
    renderer = drawn.canvas.get_renderer()  # type: ignore[no-untyped-call]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts(drawn)]


def lines(drawn: Figure, role: str) -> list[Line2D]:
    return [line for line in drawn.findobj(Line2D) if line.get_gid() == role]


def roles(drawn: Figure) -> list[str | None]:
    return [artist.get_gid() for artist in drawn.findobj(Artist)]


def assert_legible(drawn: Figure) -> None:
    """Nothing too small, nothing off the page, no words on other words."""
    assert min(float(text.get_fontsize()) for text in texts(drawn)) >= SMALLEST
    placed = boxes(drawn)
    for text, box in placed:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= 1440, text
        assert box.y1 <= 1080, text
    for (one, first), (other, second) in itertools.combinations(placed, 2):
        # Boxes of text reach a little beyond the ink.
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert width <= 1 or height <= 4, f"{one!r} covers {other!r}"


@pytest.mark.parametrize("make", REALISTIC)
@pytest.mark.parametrize("theme", BOTH)
def test_a_realistic_picture_is_legible(make: Make, theme: Theme) -> None:
    assert_legible(figure(make(), theme))


@pytest.mark.parametrize("make", REALISTIC)
def test_the_png_has_the_promised_size_and_no_alpha(make: Make) -> None:
    with Image.open(io.BytesIO(draw(make()))) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (1440, 1080), "RGB")
        assert image.info == {}, "metadata would change with the version of a library"


def test_the_smallest_text_is_nine_pixels_on_a_phone() -> None:
    assert SMALLEST * 360 / 720 >= 9


def test_themes_have_the_same_words_and_other_colours() -> None:
    for make in REALISTIC:
        dark, light = figure(make(), Theme.DARK), figure(make(), Theme.LIGHT)
        assert words(dark) == words(light)
    assert draw(ladder(), Theme.DARK) != draw(ladder(), Theme.LIGHT)
    assert np.asarray(Image.open(io.BytesIO(draw(ladder(), Theme.DARK)))).mean() < 60
    assert np.asarray(Image.open(io.BytesIO(draw(ladder(), Theme.LIGHT)))).mean() > 200


def luminance(color: ColorType) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("make", REALISTIC)
@pytest.mark.parametrize("theme", BOTH)
def test_every_text_stands_out_from_its_page(make: Make, theme: Theme) -> None:
    page = luminance(PALETTES[theme].page)
    for text in texts(figure(make(), theme)):
        low, high = sorted((page, luminance(text.get_color())))
        assert (high + 0.05) / (low + 0.05) >= 4.5, text.get_text()


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
BLINDNESS = {
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def lab(color: str, matrix: Sequence[Sequence[float]]) -> np.ndarray:
    srgb = np.array(to_rgb(color))
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.maximum(np.array(to_xyz) @ seen / [0.9505, 1.0, 1.089], 1e-6))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", BOTH)
@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_stay_apart_for_the_colour_blind(theme: Theme, kind: str) -> None:
    colors = PALETTES[theme]
    seen = [lab(color, BLINDNESS[kind]) for color in (colors.leader, *colors.others[:3])]
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) > 12
    good, bad = lab(colors.good, BLINDNESS[kind]), lab(colors.bad, BLINDNESS[kind])
    assert np.linalg.norm(good - bad) > 20


@pytest.mark.parametrize("make", REALISTIC)
def test_sample_data_is_called_so_twice_and_only_then(make: Make) -> None:
    sample = figure(replace(make(), sample=True))
    assert words(sample, "sample") == ["SAMPLE DATA"]
    assert words(sample, "sample-tag") == ["sample"]
    real = figure(replace(make(), sample=False))
    assert not [text for text in words(real) if "sample" in text.lower()]


def test_minus_signs_are_proper() -> None:
    on = days(30)
    values = tuple(float(day - 20) for day in range(30))
    body = LineChart(on, (Panel((Line("BTC -4 %", values),), "%", level=-5),))
    found = words(figure(replace(chart(body, "BTC -4 % over 30-90 days"), subtitle="(-3)")))
    assert "BTC −4 % over 30-90 days" in found
    assert "(−3)" in found
    assert any(text.startswith("−") for text in found)
    assert not [text for text in found if re.search(r"(?<!\d)-\d", text)]


def test_a_ladder_says_by_sign_and_word_what_it_says_by_colour() -> None:
    drawn = figure(ladder())
    assert words(drawn, "sign") == ["●", "●", "●", "●", "○", "–"]
    assert words(drawn, "value") == ["63", "71", "98", "52", "41", "n/a"]
    assert words(drawn, "change") == ["▲ 4", "▼ 2", "0", "▲ 12", "▼ 6"]
    assert words(drawn, "axis")[:2] == ["lit from 60", "unlit below 50"]
    assert len(lines(drawn, "threshold")) == 2


def test_values_of_a_ladder_stand_outside_their_bars() -> None:
    drawn = figure(ladder())
    found = {text.get_text(): text.get_position()[0] for text in texts(drawn, "value")}
    assert found["41"] < found["52"] < found["63"] < found["71"] < found["98"]
    left = next(t for t in texts(drawn, "axis") if t.get_text() == "0").get_position()[0]
    lit = float(np.asarray(lines(drawn, "threshold")[0].get_xdata())[0])
    scale = (lit - left) / 60
    assert found["71"] > left + 71 * scale


def test_bars_without_room_are_counted() -> None:
    bars = tuple(Bar(f"R{row}", "", row, lit=None, change=None) for row in range(40))
    drawn = figure(chart(BarChart(bars, 60, 50)))
    shown = len(words(drawn, "label"))
    assert words(drawn, "more") == [f"{40 - shown} more"]
    assert_legible(drawn)


def test_a_long_title_is_wrapped_before_it_is_cut() -> None:
    title = "Small caps lead for the twelfth day while the crypto rungs have not moved at all"
    found = texts(figure(chart(ladder().body, title)), "title")
    assert len(found) == 2
    assert " ".join(text.get_text() for text in found) == title
    endless = words(figure(chart(ladder().body, title * 5)), "title")
    assert len(endless) == 2
    assert endless[1].endswith("…")


def test_text_is_never_read_as_a_formula() -> None:
    (title,) = texts(figure(chart(ladder().body, "From $5 to $6")), "title")
    assert title.get_text() == "From $5 to $6"
    assert not title.get_parse_math()


def test_lines_are_labelled_at_their_ends_with_their_last_value() -> None:
    found = " ".join(words(figure(liquidity()), "end-label"))
    for name in ("Net liquidity", "Fed assets", "Treasury account", "Reverse repo"):
        assert name in found
    assert len(re.findall(r"[\d.]+(?:tn|bn)", found)) == 4


def test_what_leads_is_thicker_glows_and_ends_in_a_dot() -> None:
    drawn = figure(liquidity())
    (leader,) = lines(drawn, "leader")
    others = lines(drawn, "line")
    assert len(others) == 3
    assert all(leader.get_linewidth() > other.get_linewidth() for other in others)
    assert leader.get_solid_capstyle() == "round"
    assert lines(drawn, "glow")
    ends = lines(drawn, "end")
    assert len(ends) == 4
    page = PALETTES[Theme.DARK].page
    assert all(end.get_markeredgecolor() == page for end in ends)


def test_the_first_line_leads_where_none_is_said_to() -> None:
    body = LineChart(days(9), (Panel((Line("a", (1.0,) * 9), Line("b", (2.0,) * 9)), "ratio"),))
    assert len(lines(figure(chart(body)), "leader")) == 1


def test_gaps_are_drawn_as_gaps() -> None:
    values = (*walk(40, 10, 1), *[None] * 20, *walk(40, 12, 2))
    drawn = figure(chart(LineChart(days(100), (Panel((Line("x", values),), "ratio"),))))
    ys = np.asarray(lines(drawn, "leader")[0].get_ydata(), dtype=float)
    assert np.isnan(ys).sum() == 20
    (long,) = lines(figure(forty_years()), "leader")
    assert np.isnan(np.asarray(long.get_ydata(), dtype=float)).any()


def test_many_points_are_thinned() -> None:
    (line,) = lines(figure(forty_years()), "leader")
    assert np.size(line.get_xdata()) < 4_000


def test_a_value_between_two_gaps_is_a_dot() -> None:
    values = tuple(float(day) if day % 7 == 0 else None for day in range(70))
    drawn = figure(chart(LineChart(days(70), (Panel((Line("weekly", values),), "pp"),))))
    (dots,) = lines(drawn, "dots")
    assert np.size(dots.get_xdata()) == 10


def test_marks_level_band_and_columns_are_drawn_and_named() -> None:
    drawn = figure(russell())
    assert set(words(drawn, "mark-label")) == {"attempt", "confirmed", "retest", "broken"}
    assert words(drawn, "level-label") == ["old high 2,443"]
    assert words(drawn, "band-label") == ["30–90 days"]
    assert sorted(str(mark.get_marker()) for mark in lines(drawn, "mark")) == ["^", "o", "o", "v"]
    (level,) = lines(drawn, "level")
    assert level.get_linestyle() == "--"
    assert roles(drawn).count("columns") == 1


def test_days_without_room_for_their_label_go_without() -> None:
    on = days(200, dt.date(2025, 2, 20))
    lines_ = (Line("A rather long label", walk(200, -1e-3, 1)), Line("Another one", (1e-3,) * 200))
    drawn = figure(chart(LineChart(on, (Panel(lines_, "ratio"),))))
    assert words(drawn, "day")[0] == "Mar 2025"
    assert "Apr" not in words(drawn, "day")
    assert_legible(drawn)


def test_thresholds_are_labelled_on_the_axis() -> None:
    drawn = figure(crypto())
    assert {"25", "75"} <= set(words(drawn, "tick"))
    assert len(lines(drawn, "threshold")) == 2


def test_no_spines_no_boxes_no_axes() -> None:
    assert figure(russell()).axes == []
    assert figure(russell()).legends == []


def test_two_threads_draw_what_one_draws() -> None:
    jobs = [(make(), theme) for make in REALISTIC for theme in BOTH]
    alone = [draw(*job) for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda job: draw(*job), jobs + jobs))
    assert together == alone + alone


def test_drawing_leaves_global_settings_alone() -> None:
    before = dict(mpl.rcParams)
    draw(russell())
    assert dict(mpl.rcParams) == before


def test_the_pixels_of_a_picture_go_at_once() -> None:
    def renderers() -> int:
        return sum(isinstance(thing, RendererAgg) for thing in gc.get_objects())

    draw(ladder())
    gc.collect()
    before = renderers()
    gc.disable()
    try:
        for make in (ladder, russell, crypto):
            draw(make())
        assert renderers() == before
    finally:
        gc.enable()


def test_the_words_of_the_picture_itself_come_in_the_language_of_the_request() -> None:
    token = language.set("de")
    try:
        assert "Okt" in " ".join(words(figure(month_by_month()), "day"))
    finally:
        language.reset(token)
    assert "Oct" in words(figure(month_by_month()), "day")


def month_by_month() -> Chart:
    on = days(150, dt.date(2025, 8, 15))
    return chart(LineChart(on, (Panel((Line("x", walk(150, 10, 3)),), "ratio"),)))


def test_pyplot_is_never_imported() -> None:
    code = (
        "import sys; from bot.render.chart import draw; from commands.reply import *;"
        "draw(Chart('t', 's', 'f', BarChart((Bar('a', 'b', 5, None, 1),), 60, 50), True, 'x'));"
        "print([name for name in sys.modules if 'pyplot' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


DEGENERATE: Mapping[str, BarChart | LineChart] = {
    "no days": LineChart((), (Panel((Line("x", ()),), "USD"),)),
    "no panels": LineChart(days(5), ()),
    "no lines": LineChart(days(5), (Panel((), "USD"),)),
    "no bars": BarChart((), 60, 50),
    "all unknown": LineChart(days(5), (Panel((Line("x", (None,) * 5),), "%"),)),
    "one day": LineChart(days(1), (Panel((Line("x", (5.0,)),), "%"),)),
    "one value": LineChart(days(5), (Panel((Line("x", (None, None, 5.0, None, None)),), "%"),)),
    "constant": LineChart(days(5), (Panel((Line("x", (7.0,) * 5),), "points"),)),
    "zero": LineChart(days(5), (Panel((Line("x", (0.0,) * 5),), "USD", columns=True),)),
    "too few values": LineChart(days(5), (Panel((Line("x", (1.0, 2.0)),), "USD"),)),
    "too many values": LineChart(days(2), (Panel((Line("x", (1.0,) * 9),), "USD"),)),
    "not numbers": LineChart(days(3), (Panel((Line("x", (math.nan, math.inf, -math.inf)),), ""),)),
    "huge": LineChart(days(3), (Panel((Line("x", (1e300, -1e99, 1e99)),), "USD"),)),
    "tiny": LineChart(days(3), (Panel((Line("x", (1e-300, 2e-9, 3e-9)),), "ratio"),)),
    "same day twice": LineChart((DAY, DAY), (Panel((Line("x", (1.0, 2.0)),), "USD"),)),
    "no shares": LineChart(days(3), (Panel((Line("x", (1.0,) * 3),), "%", share=0),)),
}


@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.filterwarnings("error")
def test_odd_input_gives_a_picture(name: str) -> None:
    drawn = chart(DEGENERATE[name])
    assert_legible(figure(drawn))
    assert draw(drawn)


def test_what_is_unknown_says_so() -> None:
    for name in ("no days", "no panels", "no lines", "no bars", "all unknown", "not numbers"):
        assert words(figure(chart(DEGENERATE[name])), "empty") == ["n/a"], name


label = st.text(alphabet="abc AÄüЖ−$-%·0123456789🚀", max_size=60)
value = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
score = st.one_of(st.none(), st.floats(-50, 400))
bar = st.builds(Bar, label, label, score, st.one_of(st.none(), st.booleans()), score)
bar_chart = st.builds(
    BarChart, st.lists(bar, max_size=20).map(tuple), st.floats(-10, 120), st.floats(-10, 120)
)


@st.composite
def line_charts(draw_from: st.DrawFn) -> LineChart:
    count = draw_from(st.integers(1, 12))
    first = draw_from(st.dates(dt.date(1960, 1, 1), dt.date(2040, 1, 1)))
    step = draw_from(st.sampled_from([1, 2, 7, 30, 200]))
    on = tuple(first + dt.timedelta(days=step * index) for index in range(count))
    near = st.dates(on[0] - dt.timedelta(days=30), on[-1] + dt.timedelta(days=30))
    scale = draw_from(st.sampled_from([1e-8, 1.0, 1e3, 1e12, 1e200]))
    values = st.one_of(st.none(), st.floats(-1, 1).map(lambda x: x * scale), value)
    line = st.builds(
        Line, label, st.lists(values, min_size=count, max_size=count).map(tuple), st.booleans()
    )
    tone = st.sampled_from(Tone)
    mark = st.builds(Mark, near, st.floats(-1, 1).map(lambda x: x * scale), label, tone)
    panel = st.builds(
        Panel,
        st.lists(line, max_size=6).map(tuple),
        st.sampled_from(["USD", "%", "pp", "points", "ratio", "score", "shares", "days"]),
        level=st.one_of(st.none(), value),
        level_label=label,
        marks=st.lists(mark, max_size=8).map(tuple),
        title=label,
        share=st.floats(0, 10),
        columns=st.booleans(),
        thresholds=st.lists(st.floats(-100, 100), max_size=3).map(tuple),
    )
    band = st.builds(Band, near, near, label, tone)
    panels = draw_from(st.lists(panel, min_size=1, max_size=3).map(tuple))
    return LineChart(on, panels, draw_from(st.lists(band, max_size=6).map(tuple)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    body=st.one_of(bar_chart, line_charts()),
    title=label.map(lambda text: text * 3),
    sample=st.booleans(),
)
def test_any_chart_is_legible(body: BarChart | LineChart, title: str, *, sample: bool) -> None:
    assert_legible(figure(Chart(title, title, title, body, sample, "")))
