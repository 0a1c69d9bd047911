"""The command layer: one registry, neutral answers. Knows no platform."""

from __future__ import annotations

from commands import chart, crypto, explain, liquidity, rotation, russell, status
from commands.dispatch import Registry
from commands.help import START, help_command
from commands.registry import Command


def _all() -> tuple[Command, ...]:
    return COMMANDS


COMMANDS: tuple[Command, ...] = (
    rotation.COMMAND,
    russell.COMMAND,
    liquidity.COMMAND,
    crypto.COMMAND,
    chart.COMMAND,
    explain.COMMAND,
    status.COMMAND,
    help_command(_all),
    START,
)
REGISTRY = Registry(COMMANDS)
