"""/history: every past event of a kind, and what came of it."""

from __future__ import annotations

import datetime as dt

from commands.dispatch import as_buttons
from commands.evidence_pictures import fan_chart, ribbon_chart
from commands.facts import ENDS, TICK, TIERS, freshness_line
from commands.history_day import one_day
from commands.history_kinds import ASSET_NAMES, LIST, NUMBERS, Asked, EventKind, counted, slug
from commands.kinds import no_page
from commands.registry import Call, Command, Option
from commands.reply import Button, Chart, Reply, Table, Tone
from commands.words import _, amount, day, month, number, percent, plural
from rotation.breakout import Breakout
from rotation.day import status
from rotation.events import BREAKOUT, PHASE, RUNG, WARNING, Cycle
from rotation.evidence import TESTS, Evidence
from rotation.history import ASSETS, BASKET, ETH_BTC, HORIZONS, MAIN_HORIZON, Record
from rotation.inputs import BTC, ETH, N_
from rotation.phase import Phase
from rotation.placebo import DRAWS, Placebo
from rotation.status import RotationStatus
from rotation.timeline import RULES_RELEASED

PAGE = 6
NOT_COUNTED = "°"
HELD = dt.timedelta(days=1 + MAIN_HORIZON)
_COLUMNS = (BTC, ETH_BTC, BASKET)


def run(call: Call) -> Reply:
    asked: Asked = call.values.get("event", Asked())
    evidence, now = call.snapshot.known(), call.status()
    if asked.date is not None:
        return one_day(evidence, asked.date, now)
    if asked.kind == LIST:
        return _list(evidence, asked.page, now)
    if asked.numbers:
        return _numbers(evidence, asked.kind, asked.page, now)
    return _study(evidence, asked, now)


def _numbers(evidence: Evidence, kind: str, page: int, now: RotationStatus) -> Reply:
    """Every asset at every horizon, two assets a page: hits with interval, median, base rate,
    placebo.
    """
    pages = [ASSETS[:2], ASSETS[2:]]
    if page > len(pages):
        raise no_page(len(pages), f"/history {slug(kind)} {NUMBERS}")
    cells = [_cell(evidence, kind, asset, h) for asset in pages[page - 1] for h in HORIZONS]
    rows = tuple(cell for cell in cells if cell)
    header = (_("Days"), _("higher (95 %)"), _("median"), _("any day"), "p", _("p of hits"))
    other = (_("BTC and ETH"), 1) if page == 2 else (_("ETH/BTC and alts"), 2)
    more = as_buttons((other[0], f"/history {slug(kind)} {NUMBERS} {other[1]}"))
    return Reply(
        headline=_headline(kind, evidence.record(kind)),
        reason=_("In %; p: share of random dates at least as good."),
        table=Table(header, rows) if rows else None,
        footer=freshness_line(now),
        buttons=(*more, *as_buttons((_("Events"), f"/history {slug(kind)}"))),
        sample=now.sample,
    )


def _cell(evidence: Evidence, kind: str, asset: str, horizon: int) -> tuple[str, ...]:
    found, chance = evidence.record(kind, asset, horizon), evidence.placebo(kind, asset, horizon)
    if found.interval is None or chance is None:
        return ()
    low, high = found.interval
    hits = _("{k} of {n} ({low}–{high})")
    return (
        f"{_(ASSET_NAMES[asset])} {horizon}",
        hits.format(k=found.hits, n=found.n, low=number(low), high=number(high)),
        _plain(found.median, sign=True),
        _plain(found.base_rate),
        _p(chance.p_median),
        _p(chance.p_hits),
    )


def _p(share: float) -> str:
    return number(share, 2 if share >= 0.1 else 3)


def _study(evidence: Evidence, asked: Asked, now: RotationStatus) -> Reply:
    kind = asked.kind
    found, chance = evidence.record(kind), evidence.placebo(kind)
    lines = [
        _uncounted(found),
        _horizons(evidence, kind),
        _others(evidence, kind),
        _story(evidence.cycles) if kind == BREAKOUT else "",
        _variants(evidence, kind),
        _tests(evidence, kind) if found.n else "",
    ]
    rows, pages = _rows(evidence, kind, asked.page)
    return Reply(
        headline=_headline(kind, found),
        reason=_reason(found, chance),
        lines=tuple(line for line in lines if line)
        if asked.page == 1 else (_uncounted(found),) if found.uncounted else (),
        table=Table((_("90 d, %"), *(_(ASSET_NAMES[asset]) for asset in _COLUMNS)), rows)
        if rows else None,
        footer=freshness_line(now),
        buttons=_buttons(kind, asked.page, pages),
        chart=_picture(evidence, kind, found),
        tone=Tone.MUTED,
        sample=now.sample,
    )  # fmt: skip


def _headline(kind: str, found: Record) -> str:
    many = counted(kind, len(found.events))
    base = amount(found.base_rate, "%", 0)
    if found.rate is None or found.interval is None:
        text = (
            _("{events} since {year}, none 90 days old yet; BTC higher after any day: {base}.")
            if found.events
            else _("{events} since {year}; BTC higher after any day: {base}.")
        )
        return text.format(events=many, year=found.since.year, base=base)
    low, high = found.interval
    every = found.n == len(found.events)
    hits = str(found.hits) if every else _("{k} of {n}").format(k=found.hits, n=found.n)
    text = _(
        "{events} since {year}; BTC higher after 90 days in {hits} ({rate}, {low}–{high}); "
        "any day {base}."
    )
    return text.format(
        events=many, year=found.since.year, hits=hits, rate=percent(found.rate, 0),
        low=number(low), high=percent(high, 0), base=base,
    )  # fmt: skip


def _uncounted(found: Record) -> str:
    """What is in the table and not in the rates, so that overlapping months count once."""
    if not found.uncounted:
        return ""
    return _("{n} counted, at least 90 days apart; {mark} not counted: {rest}.").format(
        n=len(found.outcomes), mark=NOT_COUNTED, rest=found.uncounted
    )


def _reason(found: Record, chance: Placebo | None) -> str:
    if chance is None or found.median is None:
        return _("Nothing to compare with chance yet.")
    text = _("Median {median}. Random dates do as well in {p} of {draws} draws (by hits {hits}).")
    return text.format(
        median=percent(found.median, 0, sign=True), p=_share(chance.p_median),
        hits=_share(chance.p_hits), draws=number(DRAWS),
    )  # fmt: skip


def _share(p: float) -> str:
    """A p as a share of draws, finer where it is small."""
    return percent(100 * p, 0 if p >= 0.1 else 1)


def _horizons(evidence: Evidence, kind: str) -> str:
    """'BTC after 30/60/90 days: higher in 2/2/2 of 6/6/6, median −10/−15/−21 %, …'"""
    records = [evidence.record(kind, BTC, horizon) for horizon in HORIZONS]
    if not records[0].n:
        return ""
    text = _("BTC after {days} days: higher in {hits}, median {medians} %, any day {bases} %.")
    same = len({record.n for record in records}) == 1
    of = records[0].n if same else "/".join(str(record.n) for record in records)
    return text.format(
        days="/".join(str(horizon) for horizon in HORIZONS),
        hits=_("{k} of {n}").format(k="/".join(str(record.hits) for record in records), n=of),
        medians="/".join(_plain(record.median, sign=True) for record in records),
        bases="/".join(_plain(record.base_rate) for record in records),
    )


def _plain(value: float | None, *, sign: bool = False) -> str:
    return "–" if value is None else number(value, sign=sign)


def _others(evidence: Evidence, kind: str) -> str:
    """'After 90 days higher: ETH 2 of 5 (any day 55 %), …'"""
    parts = []
    for asset in (ETH, ETH_BTC, BASKET):
        found = evidence.record(kind, asset)
        if found.n:
            parts.append(
                _("{asset} {k} of {n} ({base})").format(
                    asset=_(ASSET_NAMES[asset]), k=found.hits, n=found.n,
                    base=amount(found.base_rate, "%", 0),
                )
            )  # fmt: skip
    text = _("Higher after 90 days (any day): {parts}.")
    return text.format(parts=", ".join(parts)) if parts else ""


def _story(cycles: tuple[Cycle, ...]) -> str:
    """The cycles that the popular story names, found or not."""
    parts = []
    for cycle in cycles:
        if cycle.found:
            text = _("{cycle} found")
        elif cycle.short is not None:
            text = _("{cycle} not (base of {base} sessions)")
        else:
            text = _("{cycle} not")
        base = 0 if cycle.short is None else cycle.short.base
        parts.append(text.format(cycle=_(cycle.name), base=base))
    return _("Cycles of the story: {parts}.").format(parts=", ".join(parts)) if parts else ""


def _variants(evidence: Evidence, kind: str) -> str:
    """What the earliest start of the evidence would say."""
    found = evidence.variants(kind)
    if not found:
        return ""
    first = found[0]
    return _("With data from {year} on: {k} of {n} (any day {base}).").format(
        year=first.since.year, k=first.record.hits, n=first.record.n,
        base=amount(first.record.base_rate, "%", 0),
    )  # fmt: skip


def _tests(evidence: Evidence, kind: str) -> str:
    after = evidence.out_of_sample(kind)
    where = (
        plural("{n} event since the rules of {day}", "{n} events since the rules of {day}", after)
        if after
        else _("In-sample")
    ).format(n=after, day=day(RULES_RELEASED))
    text = _("{where}; {n} tests shown, none called significant.")
    return text.format(where=where, n=TESTS)


def _rows(evidence: Evidence, kind: str, page: int) -> tuple[tuple[tuple[str, ...], ...], int]:
    """Newest first: the event, and each asset 90 days on; and the number of pages."""
    found = evidence.record(kind)
    events, kept = found.events[::-1], {outcome.event for outcome in found.outcomes}
    pages = max(-(-len(events) // PAGE), 1)
    if page > pages:
        raise no_page(pages, f"/history {slug(kind)}")
    shown = events[PAGE * (page - 1) : PAGE * page]
    return tuple(
        (
            month(event) + ("" if event in kept else NOT_COUNTED),
            *(_figure(evidence, kind, asset, event) for asset in _COLUMNS),
        )
        for event in shown
    ), pages


def _figure(evidence: Evidence, kind: str, asset: str, event: dt.date) -> str:
    """'+36', 'open', 'n/a' for a close that never came, a dash before an asset's evidence."""
    if event not in evidence.record(kind, asset).events:
        return "–"
    gain = evidence.gain(event, asset, MAIN_HORIZON)
    if gain is not None:
        return number(gain, sign=True)
    return _("open") if event + HELD > evidence.day else _("n/a")


def _buttons(kind: str, page: int, pages: int) -> tuple[Button, ...]:
    found = []
    if page > 1:
        found.append((_("Newer"), f"/history {slug(kind)} {page - 1}"))
    if page < pages:
        found.append((_("Older"), f"/history {slug(kind)} {page + 1}"))
    if kind != LIST:
        found.append((_("All numbers"), f"/history {slug(kind)} {NUMBERS}"))
    others = [
        (_("Breakouts"), BREAKOUT), (_("All attempts"), LIST), (_("Early warnings"), WARNING),
        (_("Small caps lit"), RUNG + "small_caps"),
        (_("Small-cap lead"), PHASE + Phase.SMALL_CAP_LEAD.value),
    ]  # fmt: skip
    found += [(label, f"/history {slug(other)}") for label, other in others if other != kind]
    return as_buttons(*found, (_("Lead and lag"), "/explain lag"))


def _picture(evidence: Evidence, kind: str, found: Record) -> Chart | None:
    """Phases as a ribbon over the years, all else as a fan."""
    title = counted(kind, len(found.events))
    if found.n:
        text = (
            _("{events}, {n} counted: BTC higher in {k}")
            if found.uncounted
            else _("{events}: BTC higher in {k} of {n}")
        )
        title = text.format(events=title, k=found.hits, n=found.n)
    if kind.startswith(PHASE):
        phase = Phase(kind.removeprefix(PHASE))
        return ribbon_chart(evidence.timeline, evidence.day, title, phase)
    return fan_chart(evidence, kind, title)


def _list(evidence: Evidence, page: int, now: RotationStatus) -> Reply:
    """Every attempt with base, ticks, confirmation and end."""
    events = evidence.attempts[::-1]
    pages = max(-(-len(events) // PAGE), 1)
    if page > pages:
        raise no_page(pages, f"/history {LIST}")
    confirmed = sum(event.confirmed is not None for event in events)
    rows = tuple(_attempt(evidence, event) for event in events[PAGE * (page - 1) : PAGE * page])
    return Reply(
        headline=plural(
            "{n} attempt of a breakout since {year}; confirmed: {k}.",
            "{n} attempts of a breakout since {year}; confirmed: {k}.", len(events),
        ).format(n=len(events), k=confirmed, year=evidence.since(BTC).year),
        reason=_("Those not confirmed are listed, not counted. Ticks: volume, strength, breadth, "
                 "credit, inflow."),
        table=Table((_("Attempt"), _("base"), _("ticks"), _("end"), _("BTC 90 d, %")), rows)
        if rows else None,
        footer=freshness_line(now),
        buttons=_buttons(LIST, page, pages),
        sample=now.sample,
    )  # fmt: skip


def _attempt(evidence: Evidence, event: Breakout) -> tuple[str, ...]:
    timeline = evidence.timeline
    ticks = status(timeline, timeline.breakout.known_on[event.attempt]).breakout.ticks
    end = _("open")
    if event.end is not None and event.ended is not None:
        end = f"{_(ENDS[event.end])} {day(event.ended)}"
    result = _("not confirmed")
    if event.confirmed is not None:
        known = timeline.breakout.known_on[event.confirmed]
        result = _figure(evidence, BREAKOUT, BTC, known)
    return (
        day(event.attempt), _("{tier}, base {base}").format(tier=_(TIERS[event.tier]),
                                                            base=number(event.base)),
        "".join(TICK[tick.answer] for tick in ticks), end, result,
    )  # fmt: skip


COMMAND = Command(
    name="history",
    summary=N_("Every past event, hits and misses, against any day and against chance"),
    run=run,
    options=(
        Option(
            "event", EventKind(), N_("a kind of event such as early-warning, or a day"), rest=True
        ),
    ),
    examples=(
        "/history",
        "/history early-warning",
        "/history rung-small-caps",
        "/history list",
        "/history breakout numbers",
        "/history 2025-09-22",
    ),
)
