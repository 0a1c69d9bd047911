"""/watch: the watch list of a chat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlite_utils import Database as Tables

from commands.assets import ASSET, label, moves, resolve, row_of
from commands.dispatch import as_buttons, turns
from commands.facts import freshness_line
from commands.kinds import NameKind, longest, no_page, normal, spoken
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Reply
from commands.snapshot import Snapshot
from commands.words import _, listed, plural
from rotation.inputs import N_
from storage.watches import MOST, unwatch, watch, watched

ADD, REMOVE, LIST, CLEAR = "add", "remove", "list", "clear"
ACTIONS = {
    "add": ADD, "remove": REMOVE, "list": LIST, "delete": REMOVE, "show": LIST, "clear": CLEAR,
}  # fmt: skip
_SPOKEN = (N_("add"), N_("remove"), N_("delete"), N_("list"), N_("clear"))
A_PAGE = 6


def run(call: Call) -> Reply:
    action, text = call.values.get("action", LIST), call.values.get("asset", "")
    if action == LIST:
        return shown(call, page=int(text[:4]) if text.isdecimal() else 1)
    if action == CLEAR or (action == REMOVE and normal(text) in ("all", normal(_("all")))):
        return _cleared(normal(text) in ("yes", normal(_("yes"))), call)
    if action == REMOVE:
        return _removed(text, call)
    assets, chat = resolve(text, call.snapshot), call.chat.chat

    def add(db: Tables) -> None:
        """All of them or none."""
        if not all(watch(db, chat=chat, asset=asset, now=call.now) for asset in assets):
            raise CommandError(
                _("The watch list is full: {n} assets. Remove one first.").format(n=MOST),
                "/watch list",
            )

    call.write(add)
    names = listed([label(asset, call.snapshot) for asset in assets])
    headline = plural(
        "{asset} is on the watch list.", "{asset} are on the watch list.", len(assets)
    )
    return shown(call, headline.format(asset=names), assets)


def _check(values: Mapping[str, Any], snapshot: Snapshot) -> None:
    """An asset has to be named, and what is added to be known."""
    action = values.get("action", LIST)
    if action in (ADD, REMOVE) and "asset" not in values:
        raise CommandError(
            _("Which asset? A coin, an index or a fund."),
            *(("/watch add ETH", "/watch add IWM") if action == ADD else ("/watch list",)),
        )
    if action != ADD:
        return
    try:
        resolve(values["asset"], snapshot)
    except CommandError as error:
        lines = (f"/watch add {button.command}" for button in error.buttons)
        raise CommandError(error.message, *lines) from None


def _cleared(sure: bool, call: Call) -> Reply:
    """Asks first."""
    mine = call.read(partial(watched, chat=call.chat.chat))
    if not mine:
        return shown(call)
    if not sure:
        asked = plural("Take {n} asset off the watch list?", "Take all {n} assets off?", len(mine))
        yes, no = (_("Yes, all of them"), "/watch clear yes"), (_("No"), "/watch list")
        return Reply(asked.format(n=len(mine)), buttons=as_buttons(yes, no), private=True)

    def clear(db: Tables) -> None:
        for asset in mine:
            unwatch(db, chat=call.chat.chat, asset=asset)

    call.write(clear)
    return shown(call)


def _removed(text: str, call: Call) -> Reply:
    """What is on the list can go by any of its names, whether or not it has a price now; several
    at once, all or none.
    """
    chat, words, gone = call.chat.chat, re.sub(r"[,;+$]", " ", text).split(), dict[str, None]()
    mine = call.read(partial(watched, chat=chat))
    names = {form: item for item in mine[::-1] for form in _forms(item, call.snapshot)}
    while words:
        count = longest(words, names)
        if count:
            gone[names[normal(" ".join(words[:count]))]] = None
        elif not gone or normal(words[0]) not in {"and", normal(_("and"))}:
            raise CommandError(
                _("{asset} is not on the watch list.").format(asset=" ".join(words)[:40]),
                *(f"/watch remove {item.removeprefix('coin:')}" for item in mine[:3]),
                "/watch list",
            )
        words = words[count or 1 :]

    def remove(db: Tables) -> None:
        for asset in gone:
            unwatch(db, chat=chat, asset=asset)

    call.write(remove)
    told = plural(
        "{asset} is off the watch list.", "{asset} are off the watch list.", len(gone)
    ).format(asset=listed([label(asset, call.snapshot) for asset in gone]))
    return shown(call, told)


def _forms(asset: str, snapshot: Snapshot) -> set[str]:
    quote = snapshot.quotes.get(asset)
    name = quote.name if quote else ""
    forms = (asset, asset.removeprefix("coin:"), label(asset, snapshot), name)
    return {normal(form) for form in forms if form}


def shown(call: Call, headline: str = "", first: Sequence[str] = (), page: int = 1) -> Reply:
    """A page of the list with its moves; what was just added comes first."""
    assets = call.read(partial(watched, chat=call.chat.chat))
    assets.sort(key=lambda asset: asset not in first)
    pages = max(-(-len(assets) // A_PAGE), 1)
    if not 1 <= page <= pages:
        raise no_page(pages, "/watch list")
    here = assets[(page - 1) * A_PAGE : page * A_PAGE]
    count = plural("{n} asset on the watch list.", "{n} assets on the watch list.", len(assets))
    if not assets:
        count = _("The watch list is empty.")
    return Reply(
        headline=headline or count.format(n=len(assets)),
        reason=_("In brackets: the month against BTC and the S&P 500, in pp.") if assets else "",
        lines=tuple(row_of(moves(asset, call.snapshot), call.snapshot) for asset in here),
        footer=freshness_line(call.status()),
        buttons=(*_removing(here, call.snapshot), *_turns(page, pages, mixed=bool(first))),
        sample=call.snapshot.timeline.sample,
    )


def _removing(assets: Sequence[str], snapshot: Snapshot) -> Sequence[Button]:
    """To take one off; where there is none, what to begin with."""
    if not assets:
        return as_buttons(*((f"+ {a}", f"/watch add {a}") for a in ("BTC", "ETH", "IWM")))
    return [
        Button(
            _("Remove {asset}").format(asset=label(asset, snapshot)),
            f"/watch remove {asset.removeprefix('coin:')}",
        )
        for asset in assets
    ]


def _turns(page: int, pages: int, *, mixed: bool) -> Sequence[Button]:
    """To the pages around; to the list as it stands where this one is in an order of its own."""
    if mixed:
        return as_buttons((_("The whole list"), "/watch list")) if pages > 1 else ()
    return turns("/watch list", page, pages)


def tidy(text: str) -> str:
    """A number alone is a page."""
    return f"list {text}" if text.strip().isdecimal() else text


COMMAND = Command(
    name="watch",
    summary=N_("The watch list of this chat, shown in the digest with its moves"),
    run=run,
    options=(
        Option(
            "action",
            NameKind(
                lambda: spoken(ACTIONS, *_SPOKEN),
                N_("“{text}” is nothing that /watch can do."), (ADD,),
            ),
            N_("add, remove, list or clear"),
        ),
        Option("asset", ASSET, N_("a coin, an index or a fund, such as ETH"), rest=True),
    ),
    access=Access.CHAT,
    reads=lambda values: values.get("action", LIST) == LIST,
    tidy=tidy,
    check=_check,
    examples=("/watch list", "/watch add ETH", "/watch add IWM"),
)  # fmt: skip
