"""Pictures of the evidence: what is on them can be read, and says what the numbers say."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from bot.render.chart import Theme, draw, figure
from bot.render.look import PALETTES
from commands.evidence_pictures import fan_chart, lag_chart, ribbon_chart
from commands.reply import (
    Body,
    Chart,
    Estimate,
    FanChart,
    FanPath,
    Lane,
    Profile,
    RibbonChart,
    Shade,
    Tone,
)
from rotation.lead_lag import lead_lag
from rotation.phase import Phase
from tests.bot.render.test_chart import assert_legible, lines, luminance, roles, texts, words

DAY = dt.date(2015, 1, 1)
BOTH = tuple(Theme)


def chart(body: Body, title: str = "A finding", *, sample: bool = False) -> Chart:
    return Chart(title, "unit and period", "Source · as of 14 Mar 2026", body, sample, "words")


def path(seed: int, end: int = 121) -> tuple[float | None, ...]:
    steps = np.random.default_rng(seed).normal(0, 0.03, 121).cumsum()
    gains = 100 * np.expm1(steps - steps[30])
    return tuple(value if at < end else None for at, value in enumerate(gains.tolist()))


def fan(count: int = 6) -> Chart:
    offsets = tuple(range(-30, 91))
    wide = [3 * abs(offset) ** 0.5 for offset in offsets]
    body = FanChart(
        offsets,
        tuple(
            FanPath(f"Nov 20{seed + 10}", path(seed, 70 if seed == 2 else 121),
                    Tone.MUTED if seed == 2 else (Tone.GOOD, Tone.BAD)[seed % 2])
            for seed in range(count)
        ),
        path(77), "median",
        tuple(
            Shade(share, tuple(-w * k / 2 for w in wide), tuple(w * k for w in wide))
            for share, k in ((50, 0.5), (80, 1.0), (95, 1.5))
        ),
        "entry",
    )  # fmt: skip
    return chart(body, "6 breakouts of the rule: BTC higher in 2 of 6", sample=count == 6)


def crowd() -> Chart:
    return fan(22)


def lag() -> Chart:
    values = [0.05 * math.sin(week * 2.1) + (0.16 if not week else 0) for week in range(-13, 14)]
    body = Profile(
        tuple(
            Estimate(week, value, value - 0.1, value + 0.1, clear=abs(value) > 0.1)
            for week, value in zip(range(-13, 14), values, strict=True)
        ),
        -13, 13, ((-13, "−13"), (-4, "−4"), (0, "same week"), (4, "+4"), (13, "+13")),
        "correlation", "← bitcoin moves first", "small caps move first, weeks →",
    )  # fmt: skip
    return chart(body, "Small caps do not lead bitcoin: they move in the same week (0.16)")


def reliability() -> Chart:
    body = Profile(
        (Estimate(10, 0, 0, 65, clear=True, label="0 of 2"),
         Estimate(50, 36, 15, 65, clear=True, label="4 of 11"),
         Estimate(98, 100, 60, 100, clear=True, label="5 of 5")),
        0, 100, ((0, "0 %"), (50, "50 %"), (100, "100 %")), "%", "↑ came true",
        "probability said →", diagonal=True,
    )  # fmt: skip
    return chart(body, "Replay: 11 scored events, too few to judge", sample=True)


def ribbon() -> Chart:
    days = tuple(DAY + dt.timedelta(days=7 * n) for n in range(600))
    lanes = tuple(
        Lane(name, "12 %", ((days[40 * n], days[40 * n + 30]), (days[-20 * n - 5], days[-1])),
             tone, leads=n == 1)
        for n, (name, tone) in enumerate(
            [("Exhaustion", Tone.BAD), ("Small-cap lead", Tone.GOOD), ("Risk-on", Tone.CALM),
             ("Altseason", Tone.WARM), ("Mixed", Tone.MUTED)] * 2
        )
    )  # fmt: skip
    values = tuple(50 + 45 * math.sin(n / 9) if n > 50 else None for n in range(600))
    return chart(RibbonChart(days, values, "Altcoin season index", (25, 75), lanes[:9]))


REALISTIC = (fan, crowd, lag, reliability, ribbon)


@pytest.mark.parametrize("make", REALISTIC)
@pytest.mark.parametrize("theme", BOTH)
def test_a_realistic_picture_is_legible(make, theme):
    drawn = figure(make(), theme)
    assert_legible(drawn)
    page = luminance(PALETTES[theme].page)
    for text in texts(drawn):
        low, high = sorted((page, luminance(text.get_color())))
        assert (high + 0.05) / (low + 0.05) >= 4.5, text.get_text()


@pytest.mark.parametrize("make", REALISTIC)
def test_the_same_chart_gives_the_same_bytes_and_themes_the_same_words(make):
    assert draw(make()) == draw(make())
    assert words(figure(make(), Theme.DARK)) == words(figure(make(), Theme.LIGHT))


def test_a_fan_names_its_paths_and_their_gains_with_a_sign():
    drawn = figure(fan())
    labels = words(drawn, "end-label")
    assert len(labels) == 7
    assert all("+" in label or "−" in label for label in labels)
    assert any(label.startswith("median ") for label in labels)
    assert words(drawn, "event-label") == ["entry"]
    assert {"−30", "day 0", "+30", "+60", "+90"} == set(words(drawn, "day"))
    assert roles(drawn).count("area") == 3


def test_of_many_paths_only_the_median_has_words():
    drawn = figure(crowd())
    assert [label.split()[0] for label in words(drawn, "end-label")] == ["median"]
    assert len(lines(drawn, "line")) == 22


def test_halving_and_doubling_are_the_same_step_in_a_fan():
    up = (0.0, 50.0, 100.0)
    down = (0.0, -100 / 3, -50.0)
    body = FanChart((0, 1, 2), (FanPath("down", down, Tone.BAD),), up, "up", (), "entry")
    drawn = figure(chart(body))
    (leader,), (other,) = lines(drawn, "leader"), lines(drawn, "line")
    (zero,) = lines(drawn, "zero")
    middle = zero.get_ydata()[0]
    above, below = middle - np.array(leader.get_ydata()), np.array(other.get_ydata()) - middle
    assert above == pytest.approx(below)


def test_an_open_path_ends_where_its_days_end():
    drawn = figure(fan())
    xs = [
        float(np.array(line.get_xdata())[np.isfinite(line.get_ydata())][-1])
        for line in lines(drawn, "line")
    ]
    assert sum(x < max(xs) - 50 for x in xs) == 1


def test_clear_estimates_stand_out_by_size_and_colour():
    dots = lines(figure(lag()), "estimate")
    sizes = sorted(dot.get_markersize() for dot in dots)
    assert sizes[-1] > sizes[0]
    big = [dot for dot in dots if dot.get_markersize() == sizes[-1]]
    assert len(big) == 1
    assert to_rgb(big[0].get_markerfacecolor()) == to_rgb(PALETTES[Theme.DARK].leader)


def test_reliability_is_held_against_the_diagonal():
    drawn = figure(reliability())
    assert roles(drawn).count("diagonal") == 1
    assert words(drawn, "estimate-label") == ["0 of 2", "4 of 11", "5 of 5"]


def test_a_ribbon_has_a_lane_for_each_state_with_its_words():
    drawn = figure(ribbon())
    assert len(words(drawn, "lane")) == 9
    assert "Small-cap lead" in words(drawn, "lane"), "not cut"
    assert roles(drawn).count("columns") == 9


NOTHING = (
    FanChart((), (), (), "", (), ""),
    FanChart((0, 1), (FanPath("x", (None, None), Tone.BAD),), (None, None), "m", (), "e"),
    Profile((), 0, 1, (), "%"),
    Profile((Estimate(0, math.nan, 0, 0, clear=False),), -1, 1, (), "%"),
    RibbonChart((), (), "", (), ()),
)


@pytest.mark.parametrize("body", NOTHING, ids=lambda body: type(body).__name__)
def test_what_is_unknown_says_so(body):
    assert "n/a" in words(figure(chart(body)))


def test_pictures_of_the_sample_are_legible(sample):
    evidence, timeline = sample.known(), sample.timeline
    made = [
        fan_chart(evidence, kind, "A title") for kind in ("breakout", "early-warning", "rung:alts")
    ]
    made.append(lag_chart(lead_lag(timeline, timeline.last), timeline, "A title"))
    made += [
        ribbon_chart(timeline, day, "A title", Phase.SPILLOVER)
        for day in (timeline.last, dt.date(2014, 9, 30))
    ]
    for item in made:
        assert item is not None
        assert item.sample
        for theme in BOTH:
            assert_legible(figure(item, theme))


label = st.text(alphabet="abc AÄüЖ−$-%·0123456789🚀", max_size=40)
gain = st.one_of(st.none(), st.floats(-100, 1e6), st.floats(allow_nan=True, allow_infinity=True))
tone = st.sampled_from(Tone)


@st.composite
def fans(draw_from: st.DrawFn) -> FanChart:
    before, after = draw_from(st.integers(0, 40)), draw_from(st.integers(0, 90))
    count = before + after + 1
    row = st.lists(gain, min_size=count, max_size=count).map(tuple)
    return FanChart(
        tuple(range(-before, after + 1)),
        draw_from(st.lists(st.builds(FanPath, label, row, tone), max_size=9).map(tuple)),
        draw_from(row), draw_from(label),
        draw_from(st.lists(st.builds(Shade, st.integers(1, 99), row, row), max_size=3).map(tuple)),
        draw_from(label),
    )  # fmt: skip


number = st.floats(-1e4, 1e4)
profiles = st.builds(
    Profile,
    st.lists(
        st.builds(Estimate, number, number, number, number, st.booleans(), label), max_size=12
    ).map(tuple),
    st.floats(-1e4, 0), st.floats(0, 1e4),
    st.lists(st.tuples(number, label), max_size=8).map(tuple), st.sampled_from(["%", "x"]), label,
    label, st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.one_of(fans(), profiles), title=label.map(lambda text: text * 3), flag=st.booleans())
def test_any_chart_is_legible(body, title, flag):
    assert_legible(figure(replace(chart(body, title, sample=flag), subtitle=title)))
