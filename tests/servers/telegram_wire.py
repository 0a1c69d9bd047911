"""What goes over the wire: arguments of a request, its entry in the log, refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]

WORDS = frozenset(
    {
        *("action", "caption", "callback_query_id", "description", "document", "file_id"),
        *("inline_message_id", "inline_query_id", "language_code", "name", "next_offset"),
        *("parse_mode", "photo", "secret_token", "short_description", "text", "title", "url"),
    }
)
"""Arguments that stay strings in the log, however much they look like numbers."""


class ApiError(Exception):
    """A refusal with the words and parameters of the Bot API."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """As it goes out."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad(description: str) -> ApiError:
    """400"""
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """403"""
    return ApiError(403, f"Forbidden: {description}")


def too_many(seconds: int) -> ApiError:
    """429"""
    description = f"Too Many Requests: retry after {seconds}"
    return ApiError(429, description, retry_after=seconds)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a request."""

    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True, eq=False)
class Call:
    """One request, for the log. ``status`` is None while it is under way."""

    method: str
    params: Json
    files: dict[str, Upload]
    at: float
    """time.monotonic() at arrival."""
    status: int | None = None
    description: str = ""
    result: Any = None
    delivered: bool = True
    """False when the answer was lost on its way."""

    @property
    def ok(self) -> bool:
        """Carried out (even if the answer was lost)."""
        return self.status == 200

    def __repr__(self) -> str:
        return f"<{self.method} {self.params} -> {self.status} {self.description}>"


@dataclass(slots=True)
class Params:
    """Arguments of a request, each as the string that Telegram would see."""

    raw: dict[str, str]
    files: dict[str, Upload] = field(default_factory=dict)
    method: str = ""

    @classmethod
    async def read(cls, request: web.Request) -> Params:
        """From the query, a form, a multipart form or JSON."""
        raw = dict(request.query)
        files: dict[str, Upload] = {}
        if request.content_type == "application/json":
            body = await request.json()
            raw |= {name: _as_text(value) for name, value in body.items()}
        elif request.method == "POST":
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    data = value.file.read()
                    files[name] = Upload(value.filename, value.content_type, data)
                else:
                    raw[name] = value if isinstance(value, str) else bytes(value).decode()
        return cls(raw, files)

    def text(self, name: str) -> str:
        """The argument, or an empty string."""
        return self.raw.get(name, "")

    def required(self, name: str) -> str:
        """The argument, or Telegram's complaint that it is missing."""
        if not self.text(name):
            raise bad(f'parameter "{name}" is required')
        return self.text(name)

    def integer(self, name: str, default: int = 0, low: int = -(2**31), high: int = 2**31) -> int:
        """A number, forced into its bounds as Telegram does."""
        try:
            value = int(self.text(name) or default)
        except ValueError:
            value = 0
        return max(low, min(high, value))

    def user_id(self) -> int:
        """A user's id, or Telegram's complaint."""
        value = self.integer("user_id", 0, 0, 2**53)
        if not value:
            raise bad("invalid user_id specified")
        return value

    def flag(self, name: str) -> bool:
        """True for true, yes and 1."""
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def json(self, name: str, complaint: str = "") -> Any:
        """A JSON argument; None where it is absent, or broken and nobody complains."""
        if not self.text(name):
            return None
        try:
            return json.loads(self.text(name))
        except ValueError:
            if complaint:
                raise bad(complaint) from None
            return None

    def for_log(self) -> Json:
        """With numbers, flags and objects as such."""
        return {name: _plain(name, value) for name, value in self.raw.items()}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _plain(name: str, value: str) -> Any:
    if name in WORDS:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
