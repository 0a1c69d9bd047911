"""/help and /start."""

from __future__ import annotations

from collections.abc import Callable

from commands.dispatch import as_buttons
from commands.kinds import NameKind, Words
from commands.metric_list import LIST, page
from commands.registry import Access, Call, Command, Option
from commands.reply import Reply
from commands.words import _
from rotation.inputs import N_

CHAT = "chat"
"""The page about commands that change a chat."""
SHOWN = 8
"""Commands in the overview with a summary; more would not fit a phone."""
NO_ADVICE = N_("No financial advice: it counts what happened, it does not know what comes.")


def help_command(commands: Callable[[], tuple[Command, ...]]) -> Command:
    """/help needs the registry that it is a part of."""

    def names() -> dict[str, str]:
        known = {name: c.name for c in commands() for name in (c.name, *c.aliases)}
        return {**known, CHAT: CHAT, LIST: LIST, "numbers": LIST, "list": LIST}

    def run(call: Call) -> Reply:
        wanted = call.values.get("command")
        if wanted is None:
            return _overview(commands())
        if wanted == LIST:
            return page(1, call.snapshot)
        if wanted == CHAT:
            return _of_chats(commands())
        return _one(next(c for c in commands() if c.name == wanted))

    return Command(
        name="help",
        summary=N_("All commands, or one in detail"),
        run=run,
        options=(
            Option(
                "command", NameKind(names, N_("There is no command “{text}”.")), N_("a command")
            ),
        ),
        examples=("/help", "/help chart"),
    )


def _overview(commands: tuple[Command, ...]) -> Reply:
    reading = [c for c in commands if c.access is Access.EVERYBODY and c.name != "help"]
    changing = [c for c in commands if c.access is not Access.EVERYBODY]
    return Reply(
        headline=_("What Spillover can tell you"),
        lines=(
            *(_summed_up(command) for command in reading[:SHOWN]),
            *(_named(_("Also: {names}"), reading[SHOWN:])),
            *(_named(_("For this chat: {names}"), changing)),
        ),
        footer=_(NO_ADVICE),
        buttons=as_buttons(
            ("/rotation", "/rotation"), ("/russell", "/russell"),
            *(((_("For this chat"), f"/help {CHAT}"),) if changing else ()),
        ),
    )  # fmt: skip


def _of_chats(commands: tuple[Command, ...]) -> Reply:
    changing = [c for c in commands if c.access is not Access.EVERYBODY]
    return Reply(
        headline=_("What a chat can have its own way"),
        reason=_("In a group its admins decide; in a direct chat you do."),
        lines=tuple(_summed_up(command) for command in changing),
        footer=_(NO_ADVICE),
        buttons=as_buttons((_("Back"), "/help")),
    )


def _summed_up(command: Command) -> str:
    return f"/{command.name} — {_(command.summary)}"


def _named(line: str, commands: list[Command]) -> tuple[str, ...]:
    names = ", ".join(f"/{command.name}" for command in commands)
    return (line.format(names=names),) if names else ()


def _one(command: Command) -> Reply:
    lines = [f"{option.name}: {_(option.summary)}" for option in command.options]
    if command.aliases:
        lines.append(_("Also: {names}").format(names=", ".join("/" + a for a in command.aliases)))
    if command.access is Access.ADMINS:
        lines.append(_("In a group only for its admins."))
    if command.access is Access.CHAT:
        lines.append(_("In a group for its admins, unless they open it to all."))
    if command.to_read:
        lines += command.examples
    taps = () if command.to_read else command.examples
    return Reply(
        headline=command.usage,
        reason=_(command.summary) + ".",
        lines=tuple(lines),
        footer=_(NO_ADVICE),
        buttons=as_buttons(*((example, example) for example in taps)),
    )


def _welcome(call: Call) -> Reply:
    if line := call.values.get("link"):
        return Reply(
            _("A link asks for this: {line}").format(line=f"/{line}"),
            _("Nothing has been done yet. Tap the button to do it."),
            buttons=as_buttons((f"/{line}", f"/{line}"), (_("No"), "/start")),
            private=True,
        )
    return Reply(
        headline=_(
            "Spillover shows where capital stands on its way from US liquidity to altcoins."
        ),
        reason=_(
            "Six rungs: liquidity, credit, stocks, small caps, majors, alts. It says when small "
            "caps lead and crypto has not moved, and every time how often that has been right."
        ),
        lines=(
            _("/rotation — the answer in one picture"),
            _("/russell — the Russell 2000 and its breakouts"),
            _("/help — everything else"),
        ),
        footer=_(NO_ADVICE),
        buttons=as_buttons(
            (_("Where are we now?"), "/rotation"),
            (_("Daily digest"), "/digest on"),
            (_("Help"), "/help"),
        ),
        sample=call.snapshot.timeline.sample,
    )


START = Command(
    name="start",
    summary=N_("What this bot does"),
    run=_welcome,
    options=(Option("link", Words(), N_("what a link asked for"), rest=True),),
    examples=("/start",),
)
