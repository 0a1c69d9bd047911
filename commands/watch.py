"""/watch: the watch list of a chat."""

from __future__ import annotations

from functools import partial

from commands.assets import ASSET, label, moves, row_of
from commands.dispatch import as_buttons
from commands.facts import freshness_line
from commands.kinds import NameKind
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Reply
from commands.words import _, plural
from rotation.inputs import N_
from storage.watches import MOST, unwatch, watch, watched

ACTIONS = {"add": "add", "remove": "remove", "list": "list", "delete": "remove", "show": "list"}
A_PAGE = 6


def run(call: Call) -> Reply:
    action, asset = call.values.get("action", "list"), call.values.get("asset")
    if action == "list":
        return shown(call)
    if asset is None:
        raise CommandError(
            _("Which asset? A coin, an index or a fund."), "/watch add ETH", "/watch add IWM"
        )
    chat, name = call.chat.chat, label(asset, call.snapshot)
    if action == "add":
        if not call.write(partial(watch, chat=chat, asset=asset, now=call.now)):
            raise CommandError(
                _("The watch list is full: {n} assets. Remove one first.").format(n=MOST),
                "/watch list",
            )
        return shown(call, _("{asset} is on the watch list.").format(asset=name), asset)
    if not call.write(partial(unwatch, chat=chat, asset=asset)):
        raise CommandError(_("{asset} is not on the watch list.").format(asset=name), "/watch list")
    return shown(call, _("{asset} is off the watch list.").format(asset=name))


def shown(call: Call, headline: str = "", first: str = "") -> Reply:
    """The list with its moves; the asset just added comes first."""
    assets = call.read(partial(watched, chat=call.chat.chat))
    assets.sort(key=lambda asset: asset != first)
    count = plural("{n} asset on the watch list.", "{n} assets on the watch list.", len(assets))
    if not assets:
        count = _("The watch list is empty.")
    rows = [row_of(moves(asset, call.snapshot), call.snapshot) for asset in assets[:A_PAGE]]
    if len(assets) > A_PAGE:
        names = [label(asset, call.snapshot) for asset in assets[A_PAGE:]]
        rows.append(_("Also: {names}").format(names=", ".join(names)))
    buttons = [
        Button(
            _("Remove {asset}").format(asset=label(asset, call.snapshot)),
            f"/watch remove {asset.removeprefix('coin:')}",
        )
        for asset in assets[:3]
    ]
    if not assets:
        buttons = list(as_buttons(*((f"+ {a}", f"/watch add {a}") for a in ("BTC", "ETH", "IWM"))))
    return Reply(
        headline=headline or count.format(n=len(assets)),
        reason=_("In brackets: the month against BTC and the S&P 500, in pp.") if assets else "",
        lines=tuple(rows),
        footer=freshness_line(call.status()),
        buttons=tuple(buttons),
        sample=call.snapshot.timeline.sample,
    )


COMMAND = Command(
    name="watch",
    summary=N_("The watch list of this chat, shown in the digest with its moves"),
    run=run,
    options=(
        Option(
            "action", NameKind(lambda: ACTIONS, N_("“{text}” is nothing that /watch can do.")),
            N_("add, remove or list"),
        ),
        Option("asset", ASSET, N_("a coin, an index or a fund, such as ETH"), rest=True),
    ),
    access=Access.CHAT,
    reads=lambda values: values.get("action", "list") == "list",
    examples=("/watch list", "/watch add ETH", "/watch add IWM"),
)  # fmt: skip
