"""The registry as Discord's slash commands, and what is suggested while one is typed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Collection
from typing import Any

from bot.render.discord import cut
from commands.dispatch import Registry
from commands.registry import Access, Command, CommandError, Option
from commands.snapshot import Snapshot
from commands.words import _, language

log = logging.getLogger(__name__)

LOCALES = (
    "id", "da", "de", "en-GB", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN",
    "ja", "zh-TW", "ko",
)  # fmt: skip
"""The languages of Discord's client, but the source language."""
SOURCE = "en"
MOST_CHOICES, LONGEST_CHOICE = 25, 100
SUGGEST_WITHIN = 2.0
"""Seconds; Discord waits three."""
MANAGE_GUILD = str(1 << 5)
GUILD, BOT_DM, PRIVATE_CHANNEL = 0, 1, 2
CHAT_INPUT, STRING = 1, 3
_NAME = re.compile(r"[-_\w]{1,32}")

Json = dict[str, Any]


def published(registry: Registry, languages: Collection[str] = ()) -> list[Json]:
    """All commands and their aliases, for one bulk overwrite. ``languages`` are those with a
    translation: 'de'.
    """
    return [
        _command(command, name, languages)
        for command in registry.commands
        for name in (command.name, *command.aliases)
    ]


def fingerprint(commands: list[Json]) -> str:
    """The same for the same commands: publish only what has another."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()[:32]


def named(data: Any) -> dict[str, str]:
    """The values of an interaction by option name."""
    return {item["name"]: str(item["value"]) for item in data.get("options", ())}


async def suggested(registry: Registry, data: Any, snapshot: Snapshot | None) -> list[str]:
    """What fits the text typed so far. It is found beside the event loop, and rather nothing is
    suggested than too late, or before there is anything to suggest from.
    """
    if snapshot is None:
        return []
    looking = asyncio.to_thread(_fitting, registry, data, snapshot)
    try:
        async with asyncio.timeout(SUGGEST_WITHIN):
            return await looking
    except CommandError:
        return []
    except Exception:
        log.exception("nothing is suggested")
        return []


def _fitting(registry: Registry, data: Any, snapshot: Snapshot) -> list[str]:
    typed = next(item for item in data["options"] if item.get("focused"))
    for option in registry.find(data["name"]).options:
        if option.name == typed["name"]:
            found = dict.fromkeys(option.kind.suggest(str(typed["value"]), snapshot))
            return [text for text in found if 1 <= len(text) <= LONGEST_CHOICE][:MOST_CHOICES]
    return []


def _command(command: Command, name: str, languages: Collection[str]) -> Json:
    """Reading is offered everywhere; what changes a chat only where the chat is the bot's, and
    what stays with admins to nobody else. Rights are checked again at run time.

    Whether guilds, people or both can install the app is the operator's choice in Discord's
    portal. Without ``integration_types`` a command follows it.
    """
    reading = command.access is Access.EVERYBODY
    data: Json = {
        "type": CHAT_INPUT,
        **_named(name, command.summary, languages),
        "options": [_option(option, languages) for option in command.options],
        "contexts": [GUILD, BOT_DM, PRIVATE_CHANNEL] if reading else [GUILD, BOT_DM],
    }
    ours = command.closed
    return data | {"default_member_permissions": MANAGE_GUILD} if ours else data


def _option(option: Option, languages: Collection[str]) -> Json:
    return {
        "type": STRING,
        **_named(option.name, option.summary, languages),
        "required": option.required,
        "autocomplete": True,
    }


def _named(name: str, summary: str, languages: Collection[str]) -> Json:
    """Name and description with their translations; Discord's names are of one lower-case word."""
    names = {
        locale: text
        for locale, text in _translated(name, languages).items()
        if _NAME.fullmatch(text) and text == text.lower()
    }
    return {
        "name": name,
        "name_localizations": names,
        "description": summary,
        "description_localizations": _translated(summary, languages),
    }


def _translated(text: str, languages: Collection[str]) -> dict[str, str]:
    """The text by locale, where a translation says it differently."""
    found = {}
    for locale in LOCALES:
        code = locale.partition("-")[0]
        if code == SOURCE or code not in languages:
            continue
        token = language.set(code)
        try:
            words = _(text)
        finally:
            language.reset(token)
        if words != text:
            found[locale] = cut(words, LONGEST_CHOICE)
    return found
