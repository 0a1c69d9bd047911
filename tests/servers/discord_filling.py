"""Fills in commands, menus and modals as Discord's client lets a person do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import discord_payloads as payloads
from . import discord_permissions as permissions
from .discord_channels import Channel, Kind

if TYPE_CHECKING:
    from .discord_world import User

Json = dict[str, Any]

SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = 6, 7, 8, 9, 10


_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
}


class NotPossibleError(AssertionError):
    """Discord's client does not let this person do that here."""


def reach(user: User, channel: Channel, name: str) -> tuple[Json, tuple[int, ...]]:
    """Return a command and the installations through which a person has it here."""
    if not channel.visible_to(user) or channel.kind in (Kind.FORUM, Kind.CATEGORY):
        raise NotPossibleError(f"{user.name} cannot type in #{channel.name}")
    guild = channel.guild
    top = name.partition(" ")[0]
    command = user.world.registry.find(top, guild)
    if command is None:
        raise NotPossibleError(f"no command /{top} is registered")
    types = command["integration_types"]
    usable = []
    if 0 in types and _by_guild(user, channel, command):
        usable.append(0)
    if 1 in types and user.has_installed_app and _in_context(channel, command):
        usable.append(1)
    if not usable:
        raise NotPossibleError(f"/{name} is not offered to {user.name} here")
    if guild and not guild.members[user.id].can(channel, "use_application_commands"):
        raise NotPossibleError(f"{user.name} may not use commands in #{channel.name}")
    return command, tuple(usable)


def _context(channel: Channel) -> int:
    if channel.guild:
        return 0
    return 1 if channel.world.bot in channel.recipients else 2


def _in_context(channel: Channel, command: Json) -> bool:
    context = _context(channel)
    if command.get("guild_id"):
        return context == 0
    if command["contexts"] is None:
        return context != 1 or command["dm_permission"] is not False
    return context in command["contexts"]


def _by_guild(user: User, channel: Channel, command: Json) -> bool:
    if not _in_context(channel, command):
        return False
    guild = channel.guild
    if guild is None:
        with_bot = channel.world.bot in channel.recipients
        return with_bot and channel.world.shares_guild_with_bot(user)
    needed = command["default_member_permissions"]
    if guild.bot is None:
        return False
    if needed is None:
        return True
    held = permissions.in_channel(guild.members[user.id], channel)
    if held & permissions.BITS["administrator"]:
        return True
    return int(needed) != 0 and held & int(needed) == int(needed)


def fill_options(
    command: Json, name: str, given: Json, *, typing: str | None = None
) -> tuple[Json, Json]:
    """Return the data of a command and what its ids stand for."""
    data: Json = {"id": command["id"], "name": command["name"]}
    if command.get("guild_id"):
        data["guild_id"] = command["guild_id"]
    inner, spec = data, command
    for step in name.split()[1:]:
        spec = _child(spec, step, name)
        node: Json = {"type": spec["type"], "name": step}
        inner["options"] = [node]
        inner = node
    children = spec.get("options") or []
    if any(one["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP) for one in children):
        shown = [one["name"] for one in children]
        raise NotPossibleError(f"/{name} needs one of its subcommands {shown}")
    values, resolved = _values(name, children, given, typing)
    if values:
        inner["options"] = values
    return data, resolved


def _child(spec: Json, step: str, name: str) -> Json:
    for one in spec.get("options") or []:
        if one["name"] == step and one["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP):
            found: Json = one
            return found
    raise NotPossibleError(f"/{name} has no subcommand {step!r}")


def _values(
    name: str, specs: list[Json], given: Json, typing: str | None
) -> tuple[list[Json], Json]:
    known = {spec["name"]: spec for spec in specs}
    for key in given:
        if key not in known:
            raise NotPossibleError(f"/{name} has no option {key!r} (it has {list(known)})")
    missing = [key for key, spec in known.items() if spec.get("required")]
    missing = [key for key in missing if key not in given]
    if missing and typing is None:
        raise NotPossibleError(f"/{name} needs {missing}")
    resolved: Json = {}
    filled = []
    for key, value in given.items():
        spec = known[key]
        entry: Json = {"name": key, "type": spec["type"]}
        if key == typing:
            if not spec.get("autocomplete"):
                raise NotPossibleError(f"/{name} {key} has no autocomplete")
            entry |= {"value": value, "focused": True}
        else:
            entry["value"] = _value(spec, value, resolved)
        filled.append(entry)
    return filled, resolved


def _value(spec: Json, value: Any, resolved: Json) -> Any:
    kind, name = spec["type"], spec["name"]
    if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
        return resolve(value, resolved)
    if not isinstance(value, _TYPES[kind]) or (kind != BOOLEAN and isinstance(value, bool)):
        raise NotPossibleError(f"{name} cannot be {value!r}")
    if spec.get("choices"):
        return _chosen(spec, value)
    _within_bounds(spec, value)
    return value


def _chosen(spec: Json, value: Any) -> Any:
    for choice in spec["choices"]:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    shown = [choice["name"] for choice in spec["choices"]]
    raise NotPossibleError(f"{spec['name']} can only be one of {shown}, not {value!r}")


def _within_bounds(spec: Json, value: Any) -> None:
    kind, name = spec["type"], spec["name"]
    size: float = len(str(value)) if kind == STRING else value
    low = spec.get("min_length" if kind == STRING else "min_value")
    high = spec.get("max_length" if kind == STRING else "max_value")
    if (low is not None and size < low) or (high is not None and size > high):
        raise NotPossibleError(f"{name} must lie between {low} and {high}: {value!r}")
    if kind == STRING and not 1 <= size <= 6000:
        raise NotPossibleError(f"{name} must have 1 to 6000 characters")


def resolve(thing: Any, resolved: Json) -> str:
    """Return the id of a channel, role, user or member, and note what it stands for."""
    key = str(thing.id)
    if isinstance(thing, Channel):
        whole = payloads.channel(thing)
        resolved.setdefault("channels", {})[key] = {**whole, "permissions": "0"}
    elif hasattr(thing, "user"):
        resolved.setdefault("users", {})[key] = payloads.user(thing.user)
        if hasattr(thing, "guild"):
            member = payloads.member(thing, with_user=False)
            resolved.setdefault("members", {})[key] = {**member, "permissions": "0"}
    else:
        resolved.setdefault("roles", {})[key] = payloads.role(thing)
    return key


def picked(menu: Json, values: tuple[Any, ...]) -> tuple[list[str], Json]:
    """Return the values chosen in a menu."""
    low, high = menu.get("min_values", 1), menu.get("max_values", 1)
    if not low <= len(values) <= high:
        raise NotPossibleError(f"choose {low} to {high}, not {len(values)}")
    resolved: Json = {}
    if menu["type"] != STRING:
        return [resolve(value, resolved) for value in values], resolved
    return [_option(menu["options"], value) for value in values], resolved


def _option(options: list[Json], value: str) -> str:
    for option in options:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    shown = [option["label"] for option in options]
    raise NotPossibleError(f"{value!r} is not among {shown}")


def fill_modal(modal: Json, given: Json) -> Json:
    """Return the data of a modal's submission."""
    left = dict(given)
    parts = []
    resolved: Json = {}
    for part in modal["components"]:
        sent: Json = {"type": part["type"], "id": part["id"]}
        if part["type"] == 1:
            child = part["components"][0]
            filled = _field(child, child.get("label"), left, resolved)
            sent["components"] = [filled]
        elif part["type"] == 18:
            filled = _field(part["component"], part["label"], left, resolved)
            sent["component"] = filled
        parts.append(sent)
    if left:
        raise NotPossibleError(f"the modal has no field {list(left)}")
    data: Json = {"custom_id": modal["custom_id"], "components": parts}
    return {**data, "resolved": resolved} if resolved else data


def _field(part: Json, label: str | None, left: Json, resolved: Json) -> Json:
    sent: Json = {key: part[key] for key in ("type", "id", "custom_id")}
    required = part.get("required", True)
    key = part["custom_id"] if part["custom_id"] in left else str(label)
    value = left.pop(key, None)
    if part["type"] == 4:
        text = part.get("value") or "" if value is None else str(value)
        low = part.get("min_length") or (1 if required else 0)
        high = part.get("max_length") or 4000
        if (text or required) and not low <= len(text) <= high:
            raise NotPossibleError(f"{label!r} must have {low} to {high} characters")
        return {**sent, "value": text}
    if part["type"] == 23:
        return {**sent, "value": bool(part.get("default") if value is None else value)}
    if part["type"] == 21:
        if value is None:
            return {**sent, "value": None}
        return {**sent, "value": _option(part["options"], value)}
    chosen = value if isinstance(value, list | tuple) else [value]
    chosen = () if value is None else tuple(chosen)
    if not chosen and required:
        raise NotPossibleError(f"{label!r} needs a choice")
    if part["type"] == 22:
        return {**sent, "values": [_option(part["options"], one) for one in chosen]}
    values, found = picked({"min_values": 0, **part}, chosen)
    resolved |= found
    return {**sent, "values": values}
