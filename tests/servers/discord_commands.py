"""The app's commands: checked and kept as Discord does, and filled in by people."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from .discord_errors import ApiError, Form, unknown

if TYPE_CHECKING:
    from .discord_world import Guild, World

Json = dict[str, Any]

SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
MAX_SIZE = 8000
MAX_CREATES_A_DAY = 200
_LOCALES = (
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr "
    "cs el bg ru uk hi th zh-CN ja zh-TW ko"
)
LOCALES = frozenset(_LOCALES.split())
_LIMITS = {1: 100, 2: 15, 3: 15}
_OUTLINE = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "nsfw",
    "dm_permission",
    "contexts",
    "integration_types",
)


def valid_name(name: str) -> bool:
    """Return whether all characters of a name are allowed, and in lower case."""

    def fits(char: str) -> bool:
        if char in "-_'" or unicodedata.category(char)[0] in "LN":
            return True
        return 0x0900 <= ord(char) <= 0x097F or 0x0E00 <= ord(char) <= 0x0E7F

    return all(fits(char) for char in name) and name == name.lower()


class Registry:
    """The global commands, and those of single guilds."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._scopes: dict[int | None, dict[tuple[int, str], Json]] = {None: {}}
        self._creates: dict[int | None, list[float]] = {}
        self.overwrites = 0

    def commands(self, guild_id: int | None = None) -> list[Json]:
        """Return the commands of a scope."""
        return list(self._scopes.get(guild_id, {}).values())

    def overwrite(self, body: object, guild_id: int | None) -> list[Json]:
        """Replace all commands of a scope (PUT)."""
        form = Form()
        given = [item for item in form.items(body, 0, 131) if isinstance(item, dict)]
        seen: set[tuple[int, str]] = set()
        for index, item in enumerate(given):
            self._check(form.at(index), item)
            key = (item.get("type", 1), str(item.get("name")))
            if key in seen:
                form.at(index).fail(
                    "APPLICATION_COMMANDS_DUPLICATE_NAME",
                    "Application command names must be unique",
                )
            seen.add(key)
        form.check()
        for kind, most in _LIMITS.items():
            if sum(1 for one in given if one.get("type", 1) == kind) > most:
                raise ApiError(
                    400, 30032, f"Maximum number of application commands reached ({most})."
                )
        old = self._scopes.get(guild_id, {})
        self._count(guild_id, sum(1 for key in seen if key not in old))
        kept = [self._store(item, guild_id, old) for item in given]
        self._scopes[guild_id] = {(one["type"], one["name"]): one for one in kept}
        self.overwrites += 1
        return kept

    def upsert(self, body: Json, guild_id: int | None) -> tuple[Json, bool]:
        """Add or replace one command (POST); return it and whether it is new."""
        form = Form()
        self._check(form, body)
        form.check()
        scope = self._scopes.setdefault(guild_id, {})
        key = (body.get("type", 1), body["name"])
        new = key not in scope
        self._count(guild_id, int(new))
        scope[key] = self._store(body, guild_id, scope)
        return scope[key], new

    def get(self, command_id: int, guild_id: int | None) -> Json:
        """Return one command."""
        for one in self.commands(guild_id):
            if one["id"] == str(command_id):
                return one
        raise unknown("application command")

    def patch(self, command_id: int, body: Json, guild_id: int | None) -> Json:
        """Change parts of one command."""
        old = self.get(command_id, guild_id)
        self.delete(command_id, guild_id)
        merged = {**old, **body}
        try:
            one, _ = self.upsert(merged, guild_id)
        except ApiError:
            self._scopes[guild_id][(old["type"], old["name"])] = old
            raise
        one["id"] = old["id"]
        return one

    def delete(self, command_id: int, guild_id: int | None) -> None:
        """Delete one command."""
        one = self.get(command_id, guild_id)
        del self._scopes[guild_id][(one["type"], one["name"])]

    def find(self, name: str, guild: Guild | None) -> Json | None:
        """Return the slash command that people see under a name in a place."""
        scopes = ([guild.id] if guild and guild.bot else []) + [None]
        for scope in scopes:
            one = self._scopes.get(scope, {}).get((1, name))
            if one:
                return one
        return None

    def _count(self, guild_id: int | None, new: int) -> None:
        now = self.world.clock.now()
        recent = [t for t in self._creates.get(guild_id, []) if t > now - 86400]
        if len(recent) + new > MAX_CREATES_A_DAY:
            raise ApiError(
                400,
                30034,
                "Max number of daily application command creates has been reached (200)",
            )
        self._creates[guild_id] = recent + [now] * new

    def _store(self, item: Json, guild_id: int | None, old: dict[tuple[int, str], Json]) -> Json:
        kind = item.get("type", 1)
        before = old.get((kind, item["name"]))
        held = item.get("default_member_permissions")
        one: Json = {
            "id": before["id"] if before else str(self.world.new_id()),
            "application_id": str(self.world.app_id),
            "type": kind,
            "default_member_permissions": None if held is None else str(int(held)),
            "description": "",
            "dm_permission": True,
            "nsfw": False,
            "contexts": None,
            "integration_types": None,
        }
        one |= {key: item[key] for key in _OUTLINE if item.get(key) is not None}
        if one["integration_types"] is None:
            one["integration_types"] = list(self.world.integration_types)
        if guild_id is not None:
            one |= {"guild_id": str(guild_id)}
        same = before and all(before.get(key) == one.get(key) for key in _OUTLINE)
        one["version"] = before["version"] if before and same else str(self.world.new_id())
        return one

    # Checks

    def _check(self, form: Form, item: Json) -> None:
        kind = item.get("type", 1)
        form.at("type").one_of(kind, (1, 2, 3, 4))
        if kind == 1:
            _names(form, item)
            _options(form.at("options"), item.get("options"), depth=0)
            if _size(item) > MAX_SIZE:
                form.fail(
                    "APPLICATION_COMMAND_TOO_LARGE",
                    f"Command exceeds maximum size ({MAX_SIZE})",
                )
        else:
            form.at("name").text(item.get("name"), 1, 32)
            if item.get("description"):
                form.at("description").length(item["description"], 0, 0)
        self._check_reach(form, item)

    def _check_reach(self, form: Form, item: Json) -> None:
        held = item.get("default_member_permissions")
        if held is not None and not str(held).isdigit():
            form.at("default_member_permissions").fail(
                "NUMBER_TYPE_COERCE", f'Value "{held}" is not int.'
            )
        place = form.at("contexts")
        for index, one in enumerate(place.items(item.get("contexts"), 0, 3)):
            place.at(index).one_of(one, (0, 1, 2))
        place = form.at("integration_types")
        for index, one in enumerate(place.items(item.get("integration_types"), 0, 2)):
            place.at(index).one_of(one, self.world.integration_types)

    def check_choices(self, form: Form, value: object, data: Json) -> list[Json]:
        """Check what an autocomplete was answered with."""
        option = focused(data)
        choices = form.items(value if value is not None else [], 0, 25)
        _choices(form, choices, option["type"], unique=False)
        form.check()
        return choices


def focused(data: Json) -> Json:
    """Return the option that a person is typing in."""
    options = data.get("options") or []
    while options and options[0]["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP):
        options = options[0].get("options") or []
    found: Json = next(one for one in options if one.get("focused"))
    return found


def _localized(form: Form, item: Json, key: str, high: int, *, command: bool = False) -> None:
    table = item.get(f"{key}_localizations")
    if table is None:
        return
    place = form.at(f"{key}_localizations")
    for locale, text in place.table(table).items():
        if locale not in LOCALES:
            place.at(locale).one_of(locale, sorted(LOCALES))
        place.at(locale).text(text, 1, high)
        if command and isinstance(text, str) and not valid_name(text):
            _bad_name(place.at(locale))


def _bad_name(form: Form) -> None:
    form.fail("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _names(form: Form, item: Json) -> None:
    name = form.at("name").text(item.get("name"), 1, 32)
    if name and not valid_name(name):
        _bad_name(form.at("name"))
    form.at("description").text(item.get("description"), 1, 100)
    _localized(form, item, "name", 32, command=True)
    _localized(form, item, "description", 100)


def _options(form: Form, value: object, depth: int) -> None:
    seen: set[str] = set()
    optional = False
    kinds: set[bool] = set()
    for index, option in enumerate(form.items(value, 0, 25)):
        place = form.at(index)
        data = place.table(option)
        _names(place, data)
        if data.get("name") in seen:
            place.fail(
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            )
        seen.add(str(data.get("name")))
        kind = data.get("type")
        if not place.at("type").one_of(kind, range(1, 12)):
            continue
        kinds.add(kind in (SUB_COMMAND, SUB_COMMAND_GROUP))
        if kind in (SUB_COMMAND, SUB_COMMAND_GROUP):
            _nested(place, data, depth)
            continue
        _value_rules(place, data)
        if data.get("required") and optional:
            place.fail(
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not data.get("required")
    if len(kinds) > 1:
        form.fail(
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive "
            "to all other types",
        )


def _nested(form: Form, data: Json, depth: int) -> None:
    inside_group = data["type"] == SUB_COMMAND_GROUP
    if depth > 1 or (inside_group and depth):
        form.fail(
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-commands and groups cannot be nested this deep",
        )
        return
    for index, option in enumerate(data.get("options") or []):
        wrong = option.get("type") == SUB_COMMAND if not inside_group else False
        if wrong or (inside_group and option.get("type") != SUB_COMMAND):
            form.at("options", index, "type").fail(
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                "Invalid nesting of sub-commands",
            )
    _options(form.at("options"), data.get("options"), depth + 1)


def _value_rules(form: Form, data: Json) -> None:
    kind = data["type"]
    choices = data.get("choices")
    if choices:
        place = form.at("choices")
        _choices(place, place.items(choices, 0, 25), kind, unique=True)
        if data.get("autocomplete"):
            form.at("autocomplete").fail(
                "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
                "Autocomplete is not allowed with choices",
            )
    if (choices or data.get("autocomplete")) and kind not in (STRING, INTEGER, NUMBER):
        form.fail(
            "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
            "Choices and autocomplete are for strings, integers and numbers only",
        )
    if data.get("min_length") is not None:
        form.at("min_length").number(data["min_length"], 0, 6000)
    if data.get("max_length") is not None:
        form.at("max_length").number(data["max_length"], 1, 6000)


def _choices(form: Form, choices: list[Any], kind: int, *, unique: bool) -> None:
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        place = form.at(index)
        data = place.table(choice)
        name = place.at("name").text(data.get("name"), 1, 100)
        _localized(place, data, "name", 100)
        if unique and name in seen:
            place.fail(
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
                "Option choice name already exists",
            )
        seen.add(name)
        value = data.get("value")
        if kind == STRING:
            place.at("value").text(value, 1, 100)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            place.at("value").fail("NUMBER_TYPE_COERCE", f'Value "{value}" is no number.')


def _size(item: Json) -> int:
    total = 0
    for key in ("name", "description"):
        texts = [item.get(key) or "", *(item.get(f"{key}_localizations") or {}).values()]
        total += max(len(str(text)) for text in texts)
    value = item.get("value")
    total += len(value) if isinstance(value, str) else 0
    for key in ("options", "choices"):
        total += sum(_size(one) for one in item.get(key) or [] if isinstance(one, dict))
    return total
