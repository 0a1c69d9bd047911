"""The words of the product: what each means, how it is computed, and which record it has."""

from __future__ import annotations

from dataclasses import dataclass

from rotation.inputs import N_
from rotation.phase import Phase


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the product: what it means, how it is computed, and which record it has."""

    name: str
    meaning: str
    formula: str = ""
    record: str = ""
    more: str = "/russell"
    """Where to read on."""


PHASE_TERMS = {
    Phase.DATA_HOLD: N_("fewer than 4 of 6 rungs have a score"),
    Phase.EXHAUSTION: N_(
        "the index was 75 or more within 30 days and is below 65; or heat 80 and more while "
        "small caps fall below 50; or a breakout failed within 10 sessions while a crypto rung "
        "is lit"
    ),
    Phase.ALTSEASON: N_("the altcoin season index is at 75 or more for 3 days"),
    Phase.SPILLOVER: N_("the rungs of small caps and of majors are lit"),
    Phase.SMALL_CAP_LEAD: N_("the rung of small caps is lit, both crypto rungs are not"),
    Phase.RISK_ON: N_("credit and stocks are lit, small caps are not"),
    Phase.CREDIT_THAW: N_("credit is lit, stocks are not"),
    Phase.TIGHTENING: N_("neither liquidity nor credit is lit"),
    Phase.MIXED: N_("no other rule fits: the rungs disagree"),
}

ALIASES = {
    N_("any day"): "base rate",
    N_("day 30"): "window",
    N_("day 60"): "window",
    N_("day 90"): "window",
    N_("median"): "placebo",
    "p": "placebo",
    N_("hash"): "call",
    N_("fresh"): "freshness",
    N_("late"): "freshness",
    N_("stale"): "freshness",
    N_("missing"): "n/a",
    "na": "n/a",
    "k. a.": "n/a",
    "k.a.": "n/a",
    N_("sample"): "sample data",
}
"""Words of the answers that are explained with another one."""

TERMS = {
    "n/a": Term(
        N_("n/a"),
        N_("Not available: no value was known at that decision, or too few inputs were. It is left "
           "out of every score, never guessed; /status says what is missing."),
        more="/status",
    ),
    "sample data": Term(
        N_("Sample data"),
        N_("A market made up by the project to try the bot without a network. It passes through "
           "well-known turning points; its numbers are not real."),
        more="/status",
    ),
    "rung": Term(
        N_("Rung"),
        N_("A step on the way of money: liquidity, credit, stocks, small caps, majors, alts. Each "
           "has a score and a lamp."),
        N_("score 0–100 as the mean of its inputs; lit from 60, unlit below 50"),
    ),
    "phase": Term(
        N_("Phase"),
        N_("One name for where capital stands, from which rungs are lit. It lasts at least 5 "
           "sessions, unless a breakout fails or data is missing."),
        N_("the first that fits of data hold, exhaustion, altseason, spillover, small-cap lead, "
           "risk-on, credit thaw, tightening, mixed"),
    ),
    "score": Term(
        N_("Score"),
        N_("Where a rung stands between 0 and 100. Stale inputs are left out, and below half of "
           "the weight there is no score."),
        N_("weighted mean of the inputs that are not stale"),
    ),
    "in-sample": Term(
        N_("In-sample"),
        N_("The rules were written with these events in view, so they fit them better than those "
           "to come. Only events after the release of the rules test them."),
    ),
    "breakout": Term(
        N_("Breakout"),
        N_("The Russell 2000 closes above its highest close after a base of at least 63 sessions."),
        N_("confirmed by 3 closes above within 10 sessions; failed by 2 closes in a row more "
           "than 3 % below within 20 sessions, later broken by 2 more than 5 % below"),
        "breakout",
    ),
    "attempt": Term(
        N_("Breakout attempt"),
        N_("The first close above the old high after a long base. Session 1 of a breakout; it "
           "counts only once it is confirmed."),
        N_("close > highest close before, base ≥ 63 sessions"), "breakout",
    ),
    "retest": Term(
        N_("Retest"), N_("After a breakout the index comes back to within 1 % of the old high."),
        N_("ends with a close more than 1 % above, or with the end of the breakout"), "breakout",
    ),
    "near": Term(
        N_("Near"), N_("The Russell 2000 closes within 2 % of its highest close."),
        N_("close ≥ 0.98 × highest close before, no breakout open"),
    ),
    "confirmed": Term(
        N_("Confirmed"),
        N_("Three closes above the old high within 10 sessions, the first included. From here on "
           "the breakout counts, and its window begins."),
        N_("3 closes > old high within 10 sessions"), "breakout",
    ),
    "failed": Term(
        N_("Failed and broken"),
        N_("The index falls back through the old high: early it is called failed, later broken."),
        N_("failed: 2 closes in a row < 97 % of the old high within 20 sessions, or not confirmed "
           "within 10; broken: later 2 in a row < 95 %"), "breakout",
    ),
    "expired": Term(
        N_("Expired"), N_("The window of a breakout is over, and it neither failed nor broke."),
        N_("first session on or after day 91 since confirmation"), "breakout",
    ),
    "continuation": Term(
        N_("Continuation"),
        N_("A new high after a short base. It is listed, opens no window and is in no record."),
        N_("close > highest close before, base of 10 to 62 sessions"),
    ),
    "percentile": Term(
        N_("Percentile"),
        N_("Where a value stands among its own last 5 years: 100 is the highest, 50 the middle."),
        N_("100 × (less + ½ equal) ÷ count, itself included; at least 2 years"),
    ),
    "spacing": Term(
        N_("Spacing"),
        N_("Events less than 90 days apart share the same months of prices. The earliest counts, "
           "the others are listed and marked, so that one rally is not counted three times."),
        N_("the earliest event, then the next at least 90 days after the last counted"),
    ),
    "base": Term(
        N_("Base"), N_("How many sessions have passed since the highest close was set."),
        N_("major from 252, standard from 63, continuation from 10"), "breakout",
    ),
    "window": Term(
        N_("Window"),
        N_("Days since a breakout was confirmed. The popular story says that crypto follows "
           "between day 30 and day 90; the record says how often it did."),
        N_("calendar days (UTC) since confirmation; over on day 91"), "breakout",
    ),
    "early warning": Term(
        N_("Early warning"),
        N_("Small caps lead near their high while crypto has not moved: lead without lag."),
        N_("3 sessions in a row with Mansfield > 0, close within 2 % of the high, BTC 30 days "
           "< +10 %, ETH/BTC 30 days < +5 %, index < 50; ends converted, void or after 90 days"),
        "early-warning",
    ),
    "tail end": Term(
        N_("Tail end"),
        N_("Late in the move: altcoin season is on, or the window of a breakout ends hot."),
        N_("index ≥ 75, or heat ≥ 80 on the day on which a window expires"),
    ),
    "capitulation": Term(
        N_("Capitulation"),
        N_("A rout with noise, seen within 60 days. A deep drawdown alone is no capitulation: "
           "bitcoin has one on most days."),
        N_("7-day return in the lowest 5 % of 3 years, and volume ≥ 2 × its 90-day median, fear "
           "and greed ≤ 15, or volatility in the top 10 % of 3 years"),
    ),
    "exhaustion of sellers": Term(
        N_("Exhaustion of sellers"),
        N_("After a capitulation the selling has dried up."),
        N_("30 days without a new low, volatility below that of 30 days before, open interest "
           "≤ 80 % of its 90-day high"),
    ),
    "base rate": Term(
        N_("Base rate"),
        N_("How often bitcoin stood higher 90 days after any day. A signal is worth something "
           "only if it beats this."),
        N_("share of all days of the span whose 90 days have passed"),
    ),
    "interval": Term(
        N_("Interval"),
        N_("The range in which the true hit rate plausibly lies. Few cases make it wide."),
        N_("Wilson score interval, 95 %"),
    ),
    "lag": Term(
        N_("Lead and lag"),
        N_("Do small caps move before bitcoin? Their weekly returns side by side, shifted by up to "
           "13 weeks. Two levels in one chart prove nothing, two trends always fit."),
        N_("correlation of the weekly returns of Russell 2000 ÷ S&P 500 and of bitcoin, 95 % "
           "intervals by Newey–West errors"),
    ),
    "placebo": Term(
        N_("Placebo"),
        N_("What as many random dates would have shown. If they do as well, the signal is chance."),
        N_("10,000 draws of days at least the horizon apart; p = (1 + draws at least as good) ÷ "
           "(1 + draws)"),
    ),
    "basket": Term(
        N_("Alts basket"),
        N_("Equal parts of the members of the altcoin season index as known on the day, bought at "
           "the next close. Coins that lost their quotes before the end are left out, which "
           "flatters it."),
        N_("mean gain of the members with both closes, at least 30 of them"),
    ),
    "call": Term(
        N_("Call"),
        N_("A forecast that is frozen with its inputs when it is made, and scored when its time is "
           "over. The message that tells of it carries its hash; /record lists all."),
        N_("probability = (10 × base rate + hits) ÷ (10 + cases)"),
    ),
    "brier score": Term(
        N_("Brier score"),
        N_("How far probabilities were from what came: 0 is perfect, lower is better. It says "
           "something only beside that of always saying the base rate."),
        N_("mean of (probability − outcome)², with the outcome 1 or 0"),
    ),
    "off script": Term(
        N_("Off script"),
        N_("A rung is lit while two below it are dark. That speaks against the idea of a ladder."),
    ),
    "lit": Term(
        N_("Lit"),
        N_("A rung is lit from a score of 60 and unlit below 50; in between it keeps its state."),
        N_("after 3 new observations in a row beyond the line (liquidity: 2)"),
    ),
    "freshness": Term(
        N_("Freshness"),
        N_("Fresh: no release has been missed. Late: marked, still scored. Stale: shown, not "
           "scored. Missing: n/a. Nothing is interpolated."),
    ),
}  # fmt: skip
