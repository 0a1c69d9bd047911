"""/help and /start."""

from __future__ import annotations

from collections.abc import Callable

from commands.dispatch import as_buttons
from commands.kinds import NameKind
from commands.registry import Access, Call, Command, Option
from commands.reply import Reply
from commands.words import _
from rotation.inputs import N_

NO_ADVICE = N_("No financial advice: it counts what happened, it does not know what comes.")


def help_command(commands: Callable[[], tuple[Command, ...]]) -> Command:
    """/help needs the registry that it is a part of."""

    def names() -> dict[str, str]:
        return {name: c.name for c in commands() for name in (c.name, *c.aliases)}

    def run(call: Call) -> Reply:
        wanted = call.values.get("command")
        if wanted is None:
            return _overview(commands())
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
    return Reply(
        headline=_("What Spillover can tell you"),
        lines=tuple(f"/{command.name} — {_(command.summary)}" for command in commands),
        footer=_(NO_ADVICE),
        buttons=as_buttons(("/rotation", "/rotation"), ("/russell", "/russell")),
    )


def _one(command: Command) -> Reply:
    lines = [f"{option.name}: {_(option.summary)}" for option in command.options]
    if command.aliases:
        lines.append(_("Also: {names}").format(names=", ".join("/" + a for a in command.aliases)))
    if command.access is Access.ADMINS:
        lines.append(_("In a group only for its admins."))
    return Reply(
        headline=command.usage,
        reason=_(command.summary) + ".",
        lines=tuple(lines),
        footer=_(NO_ADVICE),
        buttons=as_buttons(*((example, example) for example in command.examples)),
    )


def _welcome(call: Call) -> Reply:
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
        buttons=as_buttons((_("Where are we now?"), "/rotation"), (_("Help"), "/help")),
        sample=call.snapshot.timeline.sample,
    )


START = Command(
    name="start",
    summary=N_("What this bot does"),
    run=_welcome,
    examples=("/start",),
)
