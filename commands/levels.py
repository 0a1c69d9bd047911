"""Numbers as people type them, in the language of the chat."""

from __future__ import annotations

import re
from collections.abc import Iterable

from commands.registry import CommandError
from commands.words import _, language, symbols

SCALE = (
    r"(?:k|m|bn?|tn?|thousand|(?:m|b|tr)illions?|tsd\.?|mio\.?|mrd\.?|bio\.?|tausend|"
    r"millionen|milliarden?|billionen)"
)
_NUMBER = re.compile(rf"([+\-−]?)\s*\$?(\d[\d,._']*)\s*({SCALE})?\s*%?", re.IGNORECASE)
_PLAIN = re.compile(r"(?:\d+|[1-9]\d{0,2}(?:[,_']\d{3})+)(?:\.\d+)?")
_LARGEST = 1e15
"""No number here comes near it, and it can still be written out."""
_SCALES = {
    "": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12, "tn": 1e12,
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "tsd": 1e3, "mio": 1e6, "mrd": 1e9, "bio": 1e12,
    "tausend": 1e3, "millionen": 1e6, "milliarde": 1e9, "milliarden": 1e9, "billionen": 1e12,
}  # fmt: skip
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_THREE = re.compile(r"[1-9]\d{0,2},\d{3}")
_COMMA = re.compile(r"(\d+),(\d+)")


class LevelKind:
    """A number, with or without thousands separators, sign, 'k', 'bn' or '%'.

    In English a comma stands between groups of three; '0,5' could be a decimal comma, so it is
    asked back. Where the language writes one, '1.234,5' and '0,5' are read so, dots between
    groups of three are thousands ('50.000', as the bot writes it there too), any other single
    dot is a decimal point ('1.5'), and '50,000' alone could be both, so it is asked back.
    """

    def parse(self, text: str, snapshot: object) -> float:
        match = _NUMBER.fullmatch(text.strip())
        english = match and _english(match)
        scale = match and _scale((match[3] or "").lower())
        if match is None or not english or not scale or not _PLAIN.fullmatch(english):
            raise CommandError(_("“{text}” is no number.").format(text=text[:40]))
        value = float(re.sub(r"[,_']", "", english)) * scale
        if value >= _LARGEST:
            raise CommandError(_("“{text}” is larger than any number here.").format(text=text[:40]))
        return -value if match[1] in ("-", "−") else value

    def suggest(self, text: str, snapshot: object) -> list[str]:
        return []


def _scale(word: str) -> float | None:
    """What a word after a number stands for, None if it is none; where a comma is the decimal sign
    a billion has twelve zeros.
    """
    name = word.rstrip(".").removesuffix("s")
    if name == "billion" and symbols(language.get())[1] != ".":
        return _SCALES["trillion"]
    return _SCALES.get(name)


def typed(value: float) -> str:
    """A number as ``LevelKind`` reads it in the language of the request."""
    if symbols(language.get())[1] == ".":
        return f"{value:.15g}"
    text = f"{value:.15g}".replace(".", ",")
    return text + "0" if _THREE.fullmatch(text.lstrip("-")) else text


def _english(match: re.Match[str]) -> str:
    """Digits with a decimal point, from those of the language of the request."""
    digits = match[2]
    if symbols(language.get())[1] == ".":
        if (comma := _COMMA.fullmatch(digits)) and not _THREE.fullmatch(digits):
            whole, decimals = comma.groups()
            names = (f"{whole}.{decimals}", (whole + decimals).lstrip("0") or "0")
            raise _unclear(match, names, names)
        return digits
    if _THREE.fullmatch(digits):
        whole, decimals = digits.split(",")
        names = (f"{whole}.{decimals}", f"{whole},{decimals}0")
        raise _unclear(match, names, (whole + decimals, names[1]))
    if _GROUPS.fullmatch(digits.partition(",")[0]):
        digits = digits.replace(".", "")
    if "," in digits and "." in digits:
        return ""
    return digits.replace(",", ".")


def _unclear(match: re.Match[str], names: Iterable[str], digits: Iterable[str]) -> CommandError:
    """Asks which reading is meant, by their names; a tap on its digits keeps sign and unit."""
    return CommandError(
        _("“{text}” could be {names}. Which one?").format(
            text=match[2][:40], names=" / ".join(name[:40] for name in names)
        ),
        *(f"{match[1]}{reading}{match[3] or ''}" for reading in digits),
    )


LEVEL = LevelKind()
