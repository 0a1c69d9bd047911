"""From a request to a reply: look up, parse, authorise, run."""

from __future__ import annotations

import difflib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Reply
from commands.snapshot import Snapshot
from commands.words import _, language, speak
from storage.chats import EVERYBODY, Chat
from storage.errors import StoreError

log = logging.getLogger(__name__)


async def _yes() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """Facts about who asks for what; no markup, no decisions.

    ``text`` is what was typed after the name; ``named`` are values that a platform parsed by
    option name.

    ``chat`` is the place that settings belong to: a chat on Telegram, on Discord a channel, where
    a thread and a forum post are channels of their own. ``thread`` is the forum topic on Telegram,
    else None. ``user`` is who asks, an anonymous admin and a channel by the chat that they speak
    for. ``private``: a direct chat with the bot, where nobody else reads along. ``is_admin`` asks
    the platform, only when the command needs it.
    """

    command: str
    text: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    chat: str = "console"
    thread: str | None = None
    user: str = ""
    locale: str = "en"
    private: bool = True
    is_admin: Callable[[], Awaitable[bool]] = _yes


def request_of(line: str, **facts: Any) -> Request:
    """A request from a typed line: '/chart mrs 2y', with or without the slash."""
    name, _space, text = line.strip().removeprefix("/").partition(" ")
    return Request(name.casefold(), text.strip(), **facts)


@dataclass(frozen=True, slots=True)
class Registry:
    """All commands. ``run`` carries a handler out, off the event loop where there is one."""

    commands: tuple[Command, ...]

    def find(self, name: str) -> Command:
        """The command of a name or alias. CommandError with the closest ones if none is."""
        names = {
            known: command
            for command in self.commands
            for known in (command.name, *command.aliases)
        }
        if name in names:
            return names[name]
        near = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
        lines = dict.fromkeys(f"/{names[found].name}" for found in near)
        raise CommandError(
            _("There is no command “/{name}”.").format(name=name[:32]), *(lines or ("/help",))
        )


async def dispatch(
    registry: Registry,
    request: Request,
    here: Call,
    run: Callable[[Command, Call], Awaitable[Reply]],
) -> Reply:
    """The answer to a request; ``here`` is a call without values. Never raises: what the user
    can mend is said kindly, anything else is logged under an incident id, and the user sees
    only the id.
    """
    token = speak(here.chat.language or request.locale)
    try:
        command = registry.find(request.command)
        values = parse(command, request, here.snapshot)
        await _authorise(command, values, request, here.chat)
        return await run(command, replace(here, values=values))
    except CommandError as error:
        return Reply(error.message, buttons=error.buttons, private=True, failed=True)
    except StoreError as error:
        log.error("/%s: %s", request.command, error)  # noqa: TRY400 - in plain words already
        sorry = _("That could not be kept just now; nothing has changed. Please try again.")
        return Reply(sorry, private=True, failed=True)
    except Exception:
        incident = secrets.token_hex(3)
        log.exception("incident %s in /%s", incident, request.command)
        sorry = _("Something went wrong here. Incident {id}.").format(id=incident)
        return Reply(sorry, private=True, failed=True)
    finally:
        language.reset(token)


async def _authorise(
    command: Command, values: Mapping[str, Any], request: Request, chat: Chat
) -> None:
    """The one place where rights are checked; the platform is asked only where it matters."""
    opened = command.access is Access.CHAT and chat.who == EVERYBODY
    if command.access is Access.EVERYBODY or opened or command.reads(values):
        return
    if not await request.is_admin():
        raise CommandError(_("Only admins of this chat can do that."))


def parse(command: Command, request: Request, snapshot: Snapshot) -> dict[str, Any]:
    """Values by option name; options that were not given are absent. The same rules for typed
    words and for named values. CommandError with usage and an example otherwise.
    """
    texts = dict(request.named) or _assign(command, request.text)
    values: dict[str, Any] = {}
    for option in command.options:
        text = texts.get(option.name, "").strip()
        if text:
            values[option.name] = _value(command, option, text, texts, snapshot)
        elif option.required:
            raise CommandError(
                _("/{name} needs {what}: {summary}.").format(
                    name=command.name, what=option.name, summary=_(option.summary)
                ),
                *command.examples[:3],
            )
    return values


def _assign(command: Command, text: str) -> dict[str, str]:
    """Words to options, in order."""
    words, texts = text.split(), {}
    for option in command.options:
        if not words:
            break
        if option.rest:
            texts[option.name], words = " ".join(words), []
        else:
            texts[option.name] = words.pop(0)
    if words:
        raise CommandError(
            _("I do not know what “{words}” means here. It is {usage}.").format(
                words=" ".join(words)[:40], usage=command.usage
            ),
            *command.examples[:3],
        )
    return texts


def _value(
    command: Command, option: Option, text: str, texts: Mapping[str, str], snapshot: Snapshot
) -> Any:
    """The parsed value; a bad one names whole command lines that would work."""
    try:
        return option.kind.parse(text, snapshot)
    except CommandError as error:
        lines = []
        for example in (button.command for button in error.buttons):
            fitting = {**texts, option.name: example}
            words = [fitting[item.name] for item in command.options if item.name in fitting]
            lines.append(" ".join([f"/{command.name}", *words]))
        raise CommandError(error.message, *lines) from None


def as_buttons(*lines: tuple[str, str]) -> tuple[Button, ...]:
    """Buttons from (label, command line) pairs."""
    return tuple(Button(label, line) for label, line in lines)
