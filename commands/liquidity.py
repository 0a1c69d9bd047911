"""/liquidity: the two rungs that come first."""

from __future__ import annotations

from commands.dispatch import as_buttons
from commands.facts import LAMP, caveat_words, dated, freshness_line
from commands.kinds import DATE
from commands.pictures import liquidity_chart
from commands.registry import Call, Command, Option
from commands.reply import Reply, Tone
from commands.words import _, amount, reading
from rotation.inputs import N_
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
    return _("Liquidity {l} {l_lamp} · Credit {c} {c_lamp}: {words}.").format(
        l=amount(liquidity.score, "score", 0),
        l_lamp=LAMP[liquidity.lit],
        c=amount(credit.score, "score", 0),
        c_lamp=LAMP[credit.lit],
        words=_(_WORDS[liquidity.lit, credit.lit]),
    )


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
    text = _("Fed assets {fed} − Treasury account {tga} − reverse repo {rrp}").format(
        fed=reading(now.readings["fed_assets"]),
        tga=reading(now.readings["treasury_account"]),
        rrp=reading(now.readings["reverse_repo"]),
    )
    caveat = now.caveats.get("TGA")
    return f"{text} ({_('Treasury account')}: {caveat_words(caveat)})" if caveat else text


def _beside(now: RotationStatus) -> str:
    return _(
        "Beside, not scored: bills {bills} · mortgage bonds {mbs} · daily Treasury {tga}"
    ).format(
        bills=reading(now.readings["bill_holdings"]),
        mbs=reading(now.readings["mbs"]),
        tga=dated(now.readings["treasury_account_daily"], now.date),
    )


def _credit(now: RotationStatus) -> str:
    return _(
        "Baa spread {baa} · NFCI {nfci} · MOVE {move} · mortgage over 10-year {mortgage}"
    ).format(
        baa=dated(now.readings["baa10y"], now.date),
        nfci=dated(now.readings["nfci"], now.date),
        move=dated(now.readings["move"], now.date),
        mortgage=reading(now.readings["mortgage_spread"]),
    )


def _funding(now: RotationStatus) -> str:
    pressure = now.readings["sofr_iorb"]
    if pressure.value is None:
        return _("Funding (SOFR − IORB): n/a")
    words = _("pressure") if pressure.value > 0.10 else _("calm")
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
