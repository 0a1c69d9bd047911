"""What is typed without a slash and is no command: a question or a greeting of a newcomer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from commands.kinds import normal
from commands.registry import CommandError
from commands.words import _
from rotation.inputs import N_

_DOING = {"/stop", "/forget"}
_SUBJECTS = {
    "/stop": (
        "stop", "unsubscribe", "quit", "mute", "silence", "cancel", "stopp", "abmelden",
    ),
    "/forget": ("erase", "delete", "forget", "löschen", "lösche", "vergiss"),
    "/crypto": (
        "bitcoin", "btc", "ether", "ethereum", "eth", N_("crypto"), "altcoin", "altcoins", "alts",
        "coin", "coins", "alt season", "altseason", "altcoin season",
    ),
    "/russell": ("russell", "rut", "iwm", "small cap", "small caps", "smallcaps"),
    "/liquidity": ("fed", "treasury", "repo", N_("liquidity")),
    "/history": ("history", "past", "breakout", "breakouts"),
    "/help": ("help", "hilfe", N_("Help")),
}  # fmt: skip


_QUESTION = re.compile(
    r"(?:what(?:'s| is| are| does)|explain|was (?:ist|sind|heißt|bedeutet)|erkläre?)\s+"
    r"(?:(?:an?|the|eine?|der|die|das)\s+)?(.+?)(?:\s+mean)?"
)


def meant(text: str) -> list[tuple[str, str]]:
    """What it may ask for, as names and words of commands that read; the first that works is
    answered. 'what is a rung', 'yesterday', and what mentions one subject alone.
    """
    words = normal(text).strip(" ?!.")
    if not words:
        return [("help", "")] if "?" in text else []
    found = [("rotation", text.strip(" ?!."))]
    if question := _QUESTION.fullmatch(words):
        found.insert(0, ("explain", question[1]))
    lines = subjects(text)
    if len(lines) == 1 and lines[0] not in _DOING:
        found.append((lines[0].removeprefix("/"), ""))
    return found


def about(text: str, near: Iterable[str] = ()) -> CommandError:
    """What to say to it: lines that are near, else those about what it mentions, else where to
    begin.
    """
    lines = dict.fromkeys((*near, *subjects(text), "/rotation", "/help"))
    return CommandError(_("I answer commands, such as /rotation."), *tuple(lines)[:3])


def subjects(text: str) -> list[str]:
    """Lines of commands about what it mentions."""
    words = " ".join(re.findall(r"\w+", normal(text)))
    return [
        line
        for line, names in _SUBJECTS.items()
        if any(f" {form} " in f" {words} " for name in names for form in _forms(name))
    ]


def _forms(name: str) -> set[str]:
    """A word, and the same in the language of the request."""
    return {normal(name), normal(_(name))}
