"""The command layer: one registry, neutral answers. Knows no platform."""

from __future__ import annotations

from commands import (
    alert,
    chart,
    checklist,
    crypto,
    digest,
    explain,
    history,
    liquidity,
    own_data,
    record,
    rotation,
    russell,
    settings,
    status,
    stop,
    watch,
)
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
    history.COMMAND,
    record.COMMAND,
    checklist.CHECKLIST,
    explain.COMMAND,
    chart.COMMAND,
    own_data.EXPORT,
    watch.COMMAND,
    alert.ALERT,
    alert.ALERTS,
    digest.COMMAND,
    settings.COMMAND,
    stop.COMMAND,
    checklist.NOTE,
    status.COMMAND,
    help_command(_all),
    START,
    own_data.PRIVACY,
    own_data.FORGET,
)
REGISTRY = Registry(COMMANDS)
