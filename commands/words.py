"""Words, numbers and dates as a reader sees them, in the language of the request."""

from __future__ import annotations

import datetime as dt
import gettext as gettext_module
from contextvars import ContextVar, Token
from functools import cache, lru_cache
from pathlib import Path

from babel.dates import format_date

from rotation.inputs import N_
from rotation.status import Reading

language: ContextVar[str] = ContextVar("language", default="en")

MINUS = "−"
SPACE = "\N{NO-BREAK SPACE}"
_LOCALES = Path(__file__).parent / "locale"
_SCALES = ((1e12, N_("tn")), (1e9, N_("bn")), (1e6, N_("m")))
UNITS = (N_("pp"), N_("points"), N_("coins"), N_("shares"), N_("% a session"), N_("% a year"))
"""Units of the catalogue that are words."""


@cache
def _catalogue(code: str) -> gettext_module.NullTranslations:
    return gettext_module.translation("spillover", _LOCALES, [code], fallback=True)


def speak(locale: str) -> Token[str]:
    """Answer in this language from here on, or in English where there is no translation."""
    code = locale.partition("-")[0].partition("_")[0].lower()
    return language.set(code if code in languages() else "en")


@cache
def languages() -> tuple[str, ...]:
    """Every language that there is: the source language and the translated ones."""
    return ("en", *sorted(found.parts[-3] for found in _LOCALES.glob("*/LC_MESSAGES/*.mo")))


def _(message: str) -> str:
    """A sentence in the language of the request; empty stays empty."""
    return _catalogue(language.get()).gettext(message) if message else ""


def plural(one: str, many: str, n: int) -> str:
    """The form of a sentence that fits a count."""
    return _catalogue(language.get()).ngettext(one, many, n)


@cache
def symbols(code: str) -> tuple[str, str]:
    """Between thousands and before decimals: (',', '.') in English, ('.', ',') in German."""
    if code == "en":
        return ",", "."
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_group_symbol(code), get_decimal_symbol(code)


@cache
def _table(code: str) -> dict[int, str] | None:
    """From English figures to those of a language; None where they are the same."""
    group, decimal = symbols(code)
    return None if (group, decimal) == (",", ".") else str.maketrans({",": group, ".": decimal})


def figures(english: str) -> str:
    """'1,234.5' as the language of the request writes it, '1.234,5' in German."""
    table = _table(language.get())
    return english.translate(table) if table else english


def number(value: float, decimals: int = 0, *, sign: bool = False) -> str:
    """'2,442.74', '−4.0', with ``sign`` also '+7.9'. Minus zero is zero."""
    rounded = round(value, decimals) + 0.0
    text = figures(f"{abs(rounded):,.{decimals}f}")
    if rounded < 0:
        return MINUS + text
    return "+" + text if sign else text


def percent(value: float, decimals: int = 1, *, sign: bool = False) -> str:
    return number(value, decimals, sign=sign) + SPACE + "%"


def money(value: float, *, sign: bool = False) -> str:
    """US dollars: '5.77 tn USD', '310 bn USD', '73,033 USD', '0.05 USD'."""
    for scale, name in _SCALES:
        if abs(value) >= scale:
            size = value / scale
            decimals = 2 if abs(size) < 10 else 1 if abs(size) < 100 else 0
            return f"{number(size, decimals, sign=sign)}{SPACE}{_(name)}{SPACE}USD"
    decimals = 0 if abs(value) >= 1_000 else 2 if abs(value) >= 1 else 4
    return f"{number(value, decimals, sign=sign)}{SPACE}USD"


_SIGNED = frozenset({"pp", "% a session"})


def amount(value: float | None, unit: str, decimals: int, *, sign: bool = False) -> str:
    """A number with its unit; 'n/a' for None."""
    if value is None:
        return _("n/a")
    if unit == "USD":
        return money(value, sign=sign)
    if unit == "%":
        return percent(value, decimals, sign=sign)
    if unit == "ratio":
        return number(value, decimals) + "×" if decimals <= 2 else number(value, decimals)
    plain = number(value, decimals, sign=sign or unit in _SIGNED)
    if unit in ("score", "index"):
        return plain
    if unit == "pctl":
        return _("{number} of 100").format(number=plain)
    return f"{plain}{SPACE}{_(unit)}"


def reading(item: Reading, *, sign: bool = False) -> str:
    """A reading's value with its unit; 'n/a' where it is missing."""
    return amount(item.value, item.unit, item.decimals, sign=sign)


def day(date: dt.date, today: dt.date | None = None) -> str:
    """'14 Mar', with the year where it is not that of ``today``."""
    same_year = today is not None and date.year == today.year
    return _date(date, _("d MMM") if same_year else _("d MMM y"), language.get())


def month(date: dt.date) -> str:
    """'Mar 2026'."""
    return _date(date, _("MMM y"), language.get())


def weekday(date: dt.date) -> str:
    return _date(date, _("EEE"), language.get())


@lru_cache(maxsize=4096)
def _date(date: dt.date, pattern: str, locale: str) -> str:
    """A date in words. Answers name the same few days again and again."""
    return format_date(date, pattern, locale=locale)


def listed(items: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(items) < 2:
        return "".join(items)
    return _("{most} and {last}").format(most=", ".join(items[:-1]), last=items[-1])


def sentence(text: str) -> str:
    """The same with a capital first letter."""
    return text[:1].upper() + text[1:]
