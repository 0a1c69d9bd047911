"""What is typed without a slash and is no command: a question or a greeting of a newcomer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from commands.kinds import normal
from commands.registry import CommandError
from commands.words import _
from rotation.inputs import N_

_SUBJECTS = {
    "/crypto": (
        "bitcoin", "btc", "ether", "ethereum", "eth", N_("crypto"), "altcoin", "altcoins", "alts",
        "coin", "coins",
    ),
    "/russell": ("russell", "rut", "iwm", "small cap", "small caps", "smallcaps"),
    "/liquidity": ("fed", "treasury", "repo", N_("liquidity")),
    "/history": ("history", "past", "breakout", "breakouts"),
    "/help": ("help", "hilfe", N_("Help")),
}  # fmt: skip


def about(text: str, near: Iterable[str] = ()) -> CommandError:
    """What to say to it: lines that are near, else those about what it mentions, else where to
    begin.
    """
    words = " ".join(re.findall(r"\w+", normal(text)))
    found = [
        line
        for line, subjects in _SUBJECTS.items()
        if any(f" {form} " in f" {words} " for name in subjects for form in _forms(name))
    ]
    lines = dict.fromkeys((*near, *found, "/rotation", "/help"))
    return CommandError(_("I answer commands, such as /rotation."), *tuple(lines)[:3])


def _forms(name: str) -> set[str]:
    """A word, and the same in the language of the request."""
    return {normal(name), normal(_(name))}
