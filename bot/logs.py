"""Logging: text or JSON, chat ids hashed unless asked, no token at any level."""

from __future__ import annotations

import hmac
import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from secrets import token_bytes

_TELEGRAM_SHAPE = r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"
_DISCORD_SHAPE = r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"
_INTERACTION_SHAPE = r"(?<=/interactions/)\d+/[\w-]+|(?<=/webhooks/)\d+/[\w-]+"
_CHAT = re.compile(r"\b(telegram|discord):(-?\d+)|(?<=/)(channels|guilds|users)/(\d+)", re.ASCII)
REDACTED = "[redacted]"
_KEY = token_bytes(32)
"""Of this process alone. There are so few chat ids that without a key all could be tried."""
NOISY = ("httpx", "httpcore", "telegram", "discord", "aiohttp", "urllib3", "yfinance", "peewee")
"""Libraries that log URLs or payloads below WARNING."""
SAID_ELSEWHERE = ("stamina", "yfinance")
"""Each try that fails, without a name; how it ends is logged here with its source."""


class Redacting(logging.Formatter):
    """Takes secrets out of the finished line, tracebacks included, wherever they came from."""

    def __init__(self, secrets: Iterable[str], *, as_json: bool, show_chats: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        known = sorted((re.escape(secret) for secret in secrets if secret), key=len, reverse=True)
        self._secrets = re.compile(
            "|".join([*known, _TELEGRAM_SHAPE, _DISCORD_SHAPE, _INTERACTION_SHAPE])
        )
        self._as_json = as_json
        self._show_chats = show_chats

    def format(self, record: logging.LogRecord) -> str:
        return self._clean(self._json(record) if self._as_json else super().format(record))

    def _json(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)

    def _clean(self, line: str) -> str:
        line = self._secrets.sub(REDACTED, line)
        return line if self._show_chats else _CHAT.sub(_hashed, line)


def _hashed(match: re.Match[str]) -> str:
    name, id = (match[1], match[2]) if match[1] else (match[3], match[4])
    mark = hmac.new(_KEY, id.encode(), "sha256").hexdigest()[:8]
    return f"{name}{':' if match[1] else '/'}#{mark}"


def set_up(
    secrets: Iterable[str], *, level: str = "INFO", as_json: bool = False, show_chats: bool = False
) -> None:
    """One handler on stderr for the whole process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(secrets, as_json=as_json, show_chats=show_chats))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    hush(*NOISY)
    for name in SAID_ELSEWHERE:
        logging.getLogger(name).setLevel(logging.ERROR)


def hush(*names: str) -> None:
    """Keeps what libraries log of URLs and payloads out of the log, whatever its level."""
    for name in names:
        logging.getLogger(name).setLevel(logging.WARNING)
