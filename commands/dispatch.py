"""From a request to a reply: look up, parse, authorise, run."""

from __future__ import annotations

import difflib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from commands.kinds import MOST_WORDS, Wordy
from commands.plain_words import about, meant, subjects
from commands.registry import Access, Call, Command, CommandError, Option
from commands.reply import Button, Reply
from commands.snapshot import Snapshot
from commands.words import _, language, speak
from storage.chats import EVERYBODY, Chat
from storage.errors import StoreBusyError, StoreError

log = logging.getLogger(__name__)

LIKELY = 0.75
"""How alike a single word has to be to a command to be a slip of the pen."""


async def _yes() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """Facts about who asks for what; no markup, no decisions.

    ``text`` is what was typed after the name; ``filled`` are the values of a form behind it, each
    for one option, however many words it has; ``named`` are values that a platform parsed by
    option name.

    ``chat`` is the place that settings belong to: a chat on Telegram, on Discord a channel, where
    a thread and a forum post are channels of their own. ``thread`` is the forum topic on Telegram,
    else None. ``user`` is who asks, an anonymous admin and a channel by the chat that they speak
    for. ``private``: a direct chat with the bot, where nobody else reads along. ``is_admin`` asks
    the platform, only when the command needs it. ``plain``: it was typed without a slash, so it
    may be no command at all.
    """

    command: str
    text: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    filled: Sequence[str] = ()
    chat: str = "console"
    thread: str | None = None
    user: str = ""
    locale: str = "en"
    private: bool = True
    plain: bool = False
    is_admin: Callable[[], Awaitable[bool]] = _yes


def request_of(line: str, **facts: Any) -> Request:
    """A request from a typed line: '/chart mrs 2y', with or without the slash."""
    line = line.strip()
    name, _space, text = line.removeprefix("/").partition(" ")
    plain = bool(line) and not line.startswith("/")
    return Request(name.casefold(), text.strip(), plain=plain, **facts)


@dataclass(frozen=True, slots=True)
class Registry:
    """All commands. ``run`` carries a handler out, off the event loop where there is one."""

    commands: tuple[Command, ...]

    def find(self, name: str) -> Command:
        """The command of a name or alias. CommandError with the closest ones if none is."""
        names = self._names()
        if name in names:
            return names[name]
        raise CommandError(
            _("There is no command “/{name}”.").format(name=name[:32]),
            *(self.near(name) or subjects(name) or ["/help"]),
        )

    def near(self, name: str, cutoff: float = 0.6) -> list[str]:
        """Lines of the commands with names most like this one."""
        names = self._names()
        near = difflib.get_close_matches(name, list(names), n=3, cutoff=cutoff)
        return list(dict.fromkeys(_alone(names[found]) for found in near))

    def _names(self) -> dict[str, Command]:
        return {name: item for item in self.commands for name in (item.name, *item.aliases)}


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
        command, values = _understood(registry, request, here.snapshot)
        await _authorise(command, values, request, here.chat)
        return await run(command, replace(here, values=values))
    except CommandError as error:
        return Reply(error.message, buttons=error.buttons, private=True, failed=True)
    except StoreBusyError:
        sorry = _("The bot is running on this store: write that in a chat with it.")
        return Reply(sorry, private=True, failed=True)
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


def _alone(command: Command) -> str:
    """A line of a command that changes nothing yet."""
    acts = command.access is not Access.EVERYBODY and not command.reads({})
    needs = acts or any(option.required for option in command.options)
    return f"/help {command.name}" if needs else f"/{command.name}"


def _understood(
    registry: Registry, request: Request, snapshot: Snapshot
) -> tuple[Command, dict[str, Any]]:
    """The command and its values. CommandError, also for what was meant as a threshold, and for
    plain words, where no slash was typed.
    """
    command = None
    try:
        command = registry.find(request.command)
        return command, parse(command, request, snapshot)
    except CommandError:
        words = f"{request.command} {request.text}".strip()
        if _is_threshold(words, registry, snapshot):
            said = _("That reads like a threshold, which takes /alert before it.")
            raise CommandError(said, f"/alert {words}") from None
        if command is not None:
            raise
        if request.text and not request.plain and _works("settings", words, registry, snapshot):
            said = _("That reads like a setting, which takes /settings before it.")
            raise CommandError(said, f"/settings {words}") from None
        if not request.plain:
            raise
        for name, text in meant(words):
            if _works(name, text, registry, snapshot):
                found = registry.find(name)
                return found, parse(found, Request(name, text), snapshot)
        near = registry.near(words, LIKELY) if " " not in words else []
        raise about(words, near) from None


def _is_threshold(words: str, registry: Registry, snapshot: Snapshot) -> bool:
    return _works("alert", words, registry, snapshot)


def _works(name: str, words: str, registry: Registry, snapshot: Snapshot) -> bool:
    try:
        return _fails(registry.find(name), words, snapshot) is None
    except CommandError:  # not in this registry
        return False


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
    words and for named values. CommandError with lines that work otherwise.
    """
    return _parse(command, request, snapshot, offers=True)


def _parse(
    command: Command, request: Request, snapshot: Snapshot, *, offers: bool
) -> dict[str, Any]:
    texts, more = dict(request.named), ""
    if not texts:
        texts, more = _assign(command, command.tidy(request.text), snapshot)
        left = [option.name for option in command.options if option.name not in texts]
        texts |= dict(zip(left, request.filled, strict=False))
    values: dict[str, Any] = {}
    missing = None
    for option in command.options:
        text = texts.get(option.name, "").strip()
        if text:
            values[option.name] = _value(command, option, text, texts, snapshot, offers=offers)
        elif option.required:
            missing = missing or option
    command.check(values, snapshot)
    if missing is not None:
        raise CommandError(
            _("/{name} needs more: {summary}.").format(
                name=command.name, summary=_(missing.summary)
            ),
            *_completed(command, texts, snapshot),
        )
    if more:
        raise CommandError(
            _("I do not know what “{words}” means here. It is {usage}.").format(
                words=more[:40], usage=command.usage
            ),
            f"/{command.name} {_line(command, texts)}".strip(),
        )
    return values


def _assign(command: Command, text: str, snapshot: Snapshot) -> tuple[dict[str, str], str]:
    """Words to options, in order, and those that are too many."""
    words, texts = text.split(), {}
    for n, option in enumerate(command.options):
        if not words:
            break
        count = _length(words, command.options[n:], snapshot)
        texts[option.name], words = " ".join(words[:count]), words[count:]
    return texts, " ".join(words)


def _length(words: list[str], options: tuple[Option, ...], snapshot: Snapshot) -> int:
    """How many words belong to the first of these options. A name may have several; one that is
    not known ends where a later option understands a word.
    """
    option, *later = options
    if option.rest:
        return len(words)
    if known := option.kind.leading(words) if isinstance(option.kind, Wordy) else 1:
        return known
    for n, word in enumerate(words[1:MOST_WORDS], 1):
        if any(_reads(item, word, snapshot) for item in later if not item.rest):
            return n
    return 1 if any(item.rest for item in later) else len(words)


def _reads(option: Option, word: str, snapshot: Snapshot) -> bool:
    try:
        option.kind.parse(word, snapshot)
    except CommandError:
        return False
    return True


def _value(
    command: Command,
    option: Option,
    text: str,
    texts: Mapping[str, str],
    snapshot: Snapshot,
    *,
    offers: bool,
) -> Any:
    """The parsed value; a bad one names whole command lines that work, where ``offers``."""
    try:
        return option.kind.parse(text, snapshot)
    except CommandError as error:
        if not offers:
            raise
        lines = [
            line
            for button in error.buttons
            for line in _offered(command, option, button.command, texts, snapshot)
        ]
        if not lines:
            before = _line(command, _before(command, option, texts))
            shorter = _fails(command, before, snapshot)
            lines = [button.command for button in shorter.buttons] if shorter else []
            lines = lines or [f"/{command.name} {before}".strip()]
        raise CommandError(error.message, *dict.fromkeys(lines)) from None


def _offered(
    command: Command, option: Option, example: str, texts: Mapping[str, str], snapshot: Snapshot
) -> list[str]:
    """The first whole line with an example that works: in the place of the bad word, before it
    (something was left out), or without all that follows. Else what is offered instead.
    """
    if example.startswith("/"):
        return [example]
    before, instead = _before(command, option, texts), ""
    for found in (
        {**texts, option.name: example},
        {**texts, option.name: f"{example} {texts[option.name]}"},
        {**before, option.name: example},
    ):
        words = _line(command, found)
        error = _fails(command, words, snapshot)
        if error is None:
            return [f"/{command.name} {words}"]
        lines = (button.command for button in error.buttons)
        instead = instead or next((line for line in lines if line.startswith("/")), "")
    return [instead] if instead else []


def _before(command: Command, option: Option, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of the options before one."""
    names = [item.name for item in command.options]
    return {name: texts[name] for name in names[: names.index(option.name)] if name in texts}


def _line(command: Command, texts: Mapping[str, str]) -> str:
    """The words after the name."""
    return " ".join(texts[item.name] for item in command.options if texts.get(item.name))


def _fails(command: Command, words: str, snapshot: Snapshot) -> CommandError | None:
    """What would be said to these words; None if they work."""
    try:
        _parse(command, Request(command.name, words), snapshot, offers=False)
    except CommandError as error:
        return error
    return None


def _completed(command: Command, texts: Mapping[str, str], snapshot: Snapshot) -> list[str]:
    """The examples, with what was given in its place."""
    given = {name: text for name, text in texts.items() if text}
    lines = []
    for example in command.examples[:3]:
        shown, _more = _assign(command, example.partition(" ")[2], snapshot)
        lines.append(f"/{command.name} {_line(command, {**shown, **given})}")
    return list(dict.fromkeys(lines))


def as_buttons(*lines: tuple[str, str]) -> tuple[Button, ...]:
    """Buttons from (label, command line) pairs."""
    return tuple(Button(label, line) for label, line in lines)


def turns(line: str, page: int, pages: int) -> tuple[Button, ...]:
    """To the pages before and after one; ``line`` and a number is a page."""
    ways = [(_("Back"), page - 1)] * (page > 1) + [(_("More"), page + 1)] * (page < pages)
    return as_buttons(*((label, f"{line} {n}") for label, n in ways))
