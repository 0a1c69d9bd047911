"""/liquidity: the two rungs that come first."""

from __future__ import annotations

import numpy as np

from commands.dispatch import as_buttons
from commands.facts import LAMP, caveat_words, dated, freshness_line
from commands.kinds import DATE
from commands.pictures import liquidity_chart
from commands.registry import Call, Command, Option
from commands.reply import Reply, Tone
from commands.words import _, amount, number, reading
from rotation.inputs import N_
from rotation.ladder import FUNDING_CAP, LIT_FROM, UNLIT_BELOW, tight
from rotation.status import RotationStatus, RungStatus


def run(call: Call) -> Reply:
    timeline, now = call.snapshot.timeline, call.status()
    liquidity, credit = now.rungs[0], now.rungs[1]
    return Reply(
        headline=_headline(liquidity, credit),
        reason=_reason(now),
        lines=(_parts(now), _beside(now), _credit(now), _funding(now)),
        footer=freshness_line(now),
        buttons=as_buttons(
            (_("Rotation"), f"/rotation {now.date}"),
            (_("Net liquidity, 5 years"), "/chart net_liquidity 5y"),
            (_("What is this?"), "/explain net_liquidity"),
        ),
        chart=liquidity_chart(timeline, now),
        tone=Tone.GOOD if liquidity.lit else Tone.MUTED,
        sample=now.sample,
    )


def _headline(liquidity: RungStatus, credit: RungStatus) -> str:
    """Words follow the scores; a lamp that lags behind its score is named."""
    words = _(_WORDS[_good(liquidity), _good(credit)])
    lags = "".join(f"; {_lag(rung)}" for rung in (liquidity, credit) if _good(rung) != rung.lit)
    return _("Liquidity {l} {l_lamp} · Credit {c} {c_lamp}: {words}.").format(
        l=amount(liquidity.score, "score", 0),
        l_lamp=LAMP[liquidity.lit],
        c=amount(credit.score, "score", 0),
        c_lamp=LAMP[credit.lit],
        words=words + lags,
    )


def _good(rung: RungStatus) -> bool | None:
    """Beyond the line of its score; between the two lines as its lamp says."""
    if rung.score is None:
        return None
    return rung.score >= LIT_FROM or (rung.score >= UNLIT_BELOW and rung.lit is True)


def _lag(rung: RungStatus) -> str:
    words = _("rung {rung} not lit yet") if _good(rung) else _("rung {rung} still lit")
    return words.format(rung=_(rung.name))


_WORDS = {
    (True, True): N_("dollars flow and lenders are calm"),
    (True, False): N_("dollars flow, lenders are wary"),
    (True, None): N_("dollars flow, credit unknown"),
    (False, True): N_("dollars are short, lenders are calm"),
    (False, False): N_("dollars are short and lenders are wary"),
    (False, None): N_("dollars are short, credit unknown"),
    (None, True): N_("liquidity unknown, lenders are calm"),
    (None, False): N_("liquidity unknown, lenders are wary"),
    (None, None): N_("not enough data"),
}


def _reason(now: RotationStatus) -> str:
    net = now.readings["net_liquidity"]
    if net.value is None:
        return _("Net liquidity n/a: it is known from 23 September 2013 on.")
    return _("Net liquidity {net}: {slow} in 13 weeks, {fast} in 4.").format(
        net=dated(net, now.date),
        slow=reading(now.readings["net_liquidity_13w"], sign=True),
        fast=reading(now.readings["net_liquidity_4w"], sign=True),
    )


def _parts(now: RotationStatus) -> str:
    """Those of one Wednesday, so that the sum is net liquidity."""
    parts = [now.readings[id] for id in ("fed_assets", "treasury_account", "reverse_repo_weekly")]
    same = len({part.date for part in parts}) == 1
    fed, tga = (reading(part) if same else dated(part, now.date) for part in parts[:2])
    text = _("Fed assets {fed} − Treasury account {tga} − reverse repo {rrp}").format(
        fed=fed, tga=tga, rrp=dated(parts[2], now.date)
    )
    caveat = now.caveats.get("TGA")
    return f"{text} ({_('Treasury account')}: {caveat_words(caveat)})" if caveat else text


def _beside(now: RotationStatus) -> str:
    return _(
        "Beside, not scored: bills {bills} · mortgage bonds {mbs} · daily Treasury {tga} · reverse "
        "repo {rrp}"
    ).format(
        bills=dated(now.readings["bill_holdings"], now.date),
        mbs=dated(now.readings["mbs"], now.date),
        tga=dated(now.readings["treasury_account_daily"], now.date),
        rrp=dated(now.readings["reverse_repo"], now.date),
    )


def _credit(now: RotationStatus) -> str:
    return _(
        "Baa spread {baa} · NFCI {nfci} · MOVE {move} · mortgage over 10-year {mortgage}"
    ).format(
        baa=dated(now.readings["baa10y"], now.date),
        nfci=dated(now.readings["nfci"], now.date),
        move=dated(now.readings["move"], now.date),
        mortgage=dated(now.readings["mortgage_spread"], now.date),
    )


def _funding(now: RotationStatus) -> str:
    pressure = now.readings["sofr_iorb"]
    if pressure.value is None:
        return _("Funding (SOFR − IORB): n/a")
    words = _("pressure") if tight(np.array([pressure.value]))[0] else _("calm")
    if now.rungs[1].capped:
        words += ", " + _("credit capped at {cap}").format(cap=number(FUNDING_CAP))
    return _("Funding (SOFR − IORB): {value}, {words}").format(
        value=dated(pressure, now.date), words=words
    )


COMMAND = Command(
    name="liquidity",
    summary=N_("Net liquidity and its parts, credit and funding"),
    run=run,
    options=(Option("date", DATE, N_("a day, such as 2025-09-26"), rest=True),),
    examples=("/liquidity", "/liquidity 2025-09-26"),
)
