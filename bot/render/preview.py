"""How a platform would show a reply, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.render import discord, telegram
from commands.reply import Reply

PLATFORMS = ("telegram", "discord")


def preview(reply: Reply, platform: str) -> list[str]:
    """What would be sent: the words, how much of the limits they take, and the buttons."""
    return list(_telegram(reply) if platform == PLATFORMS[0] else _discord(reply))


def _telegram(reply: Reply) -> Iterator[str]:
    first = telegram.CAPTION if reply.chart else telegram.TEXT
    for number, part in enumerate(telegram.parts(reply, first)):
        most = telegram.TEXT if number else first
        what = "picture with caption" if reply.chart and not number else "message"
        yield f"── Telegram, {what}, {telegram.utf16(part.plain):,} of {most:,} characters"
        yield from part.html.splitlines()
    for row in telegram.keyboard(reply):
        yield " ".join(f"[{button.label}]" for button in row)


def _discord(reply: Reply) -> Iterator[str]:
    keys = discord.Keys()
    shown = discord.post(reply, keys, picture=reply.chart is not None)
    embed: dict[str, Any] = shown.embed or {}
    seen = "seen by the asker alone" if shown.private else "seen by all"
    yield f"── Discord, embed in #{embed.get('color', 0):06x}, {seen}"
    words = (shown.content, embed.get("title"), embed.get("description"))
    for text in words:
        yield from (text or "").splitlines()
    if "image" in embed:
        yield "(picture)"
    if "footer" in embed:
        yield embed["footer"]["text"]
    for row in shown.rows:
        yield " ".join(_component(part) for part in row["components"])


def _component(part: dict[str, Any]) -> str:
    if part["type"] == discord.SELECT:
        labels = " · ".join(option["label"] for option in part["options"])
        return f"[{part['placeholder']} ▾ {labels}]"
    return f"[{part['label']}]"
