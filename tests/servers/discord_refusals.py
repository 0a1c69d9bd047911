"""Bodies that Discord refuses: the body, where the error is, and its code."""

from __future__ import annotations

from typing import Any

V2 = 1 << 15
TOO_LONG = "BASE_TYPE_MAX_LENGTH"
BAD_LENGTH = "BASE_TYPE_BAD_LENGTH"
REQUIRED = "BASE_TYPE_REQUIRED"
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"


def found(errors: Any, path: str) -> str:
    """Return the code of the error at a dotted path."""
    for key in path.split("."):
        errors = errors[key]
    return str(errors["_errors"][0]["code"])


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    """Return an action row."""
    return {"type": 1, "components": list(parts)}


def button(**fields: Any) -> dict[str, Any]:
    """Return a button."""
    return {"type": 2, "style": 2, "label": "x", "custom_id": "x", **fields}


def menu(**fields: Any) -> dict[str, Any]:
    """Return a string select."""
    options = [{"label": "a", "value": "a"}]
    return {"type": 3, "custom_id": "m", "options": options, **fields}


def words(text: str) -> dict[str, Any]:
    """Return a text display."""
    return {"type": 10, "content": text}


TOO_LONG, BAD_LENGTH, REQUIRED = (
    "BASE_TYPE_MAX_LENGTH",
    "BASE_TYPE_BAD_LENGTH",
    "BASE_TYPE_REQUIRED",
)
FIELD = {"name": "n", "value": "v"}
MESSAGES: list[tuple[dict[str, Any], str, str]] = [
    ({"content": "x" * 2001}, "content", TOO_LONG),
    ({"embeds": [{"title": "x"}] * 11}, "embeds", TOO_LONG),
    ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title", TOO_LONG),
    ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description", TOO_LONG),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds.0.footer.text", BAD_LENGTH),
    ({"embeds": [{"author": {"name": "x" * 257}}]}, "embeds.0.author.name", BAD_LENGTH),
    ({"embeds": [{"fields": [FIELD] * 26}]}, "embeds.0.fields", TOO_LONG),
    (
        {"embeds": [{"fields": [{**FIELD, "name": "x" * 257}]}]},
        "embeds.0.fields.0.name",
        BAD_LENGTH,
    ),
    (
        {"embeds": [{"fields": [{**FIELD, "value": "x" * 1025}]}]},
        "embeds.0.fields.0.value",
        BAD_LENGTH,
    ),
    ({"embeds": [{"fields": [{"name": " ", "value": "v"}]}]}, "embeds.0.fields.0.name", REQUIRED),
    ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    ({"embeds": [{}]}, "embeds.0.description", REQUIRED),
    ({"embeds": [{"title": "x", "color": 1 << 24}]}, "embeds.0.color", "NUMBER_TYPE_MAX"),
    ({"embeds": [{"title": "x", "url": "ftp://x"}]}, "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    (
        {"embeds": [{"title": "x", "timestamp": "now"}]},
        "embeds.0.timestamp",
        "DATE_TIME_TYPE_PARSE",
    ),
    ({"content": "x", "nonce": "x" * 26}, "nonce", TOO_LONG),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    (
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        "allowed_mentions.parse.0",
        "BASE_TYPE_CHOICES",
    ),
    ({"components": [words("x")]}, "components.0", "UNION_TYPE_CHOICES"),
    ({"components": [row(button())] * 6}, "components", TOO_LONG),
    ({"components": [row()]}, "components.0.components", BAD_LENGTH),
    ({"components": [row(button(label="x" * 81))]}, "components.0.components.0.label", TOO_LONG),
    (
        {"components": [row(button(custom_id="x" * 101))]},
        "components.0.components.0.custom_id",
        BAD_LENGTH,
    ),
    (
        {"components": [row(button(custom_id=None))]},
        "components.0.components.0.custom_id",
        REQUIRED,
    ),
    (
        {"components": [row(button(), button())]},
        "components.0.components.1.custom_id",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        {"components": [row(button(emoji={"name": "▲"}))]},
        "components.0.components.0.emoji.name",
        "COMPONENT_INVALID_EMOJI",
    ),
    (
        {"components": [row(button(style=5, url="https://x.y"))]},
        "components.0.components.0",
        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
    ),
    (
        {"components": [row(button(), menu())]},
        "components.0.components.1",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        {"components": [row(menu(options=[{"label": "a", "value": str(n)} for n in range(26)]))]},
        "components.0.components.0.options",
        BAD_LENGTH,
    ),
    (
        {"components": [row(menu(options=[{"label": "a", "value": "a"}] * 2))]},
        "components.0.components.0.options.1",
        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    ),
    (
        {"components": [row(menu(placeholder="x" * 151))]},
        "components.0.components.0.placeholder",
        TOO_LONG,
    ),
    ({"flags": V2, "components": [words("x")], "content": "x"}, "content", LEGACY),
    ({"flags": V2, "components": [words("x")], "embeds": [{"title": "x"}]}, "embeds", LEGACY),
    (
        {"flags": V2, "components": [words("x")] * 41},
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    (
        {"flags": V2, "components": [words("x" * 2001)] * 2},
        "components",
        "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
    ),
    (
        {"flags": V2, "components": [{"type": 9, "components": [words("x")]}]},
        "components.0.accessory",
        REQUIRED,
    ),
    (
        {"flags": V2, "components": [{"type": 13, "file": {"url": "https://x.y/z"}}]},
        "components.0.file.url",
        "URL_TYPE_INVALID_SCHEME",
    ),
    (
        {
            "flags": V2,
            "components": [{"type": 12, "items": [{"media": {"url": "attachment://a"}}]}],
        },
        "components.0.items.0.media.url",
        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    ),
    (
        {"flags": V2, "components": [{"type": 17, "components": [{"type": 17, "components": []}]}]},
        "components.0.components.0",
        "UNION_TYPE_CHOICES",
    ),
    (
        {"flags": V2, "components": [{"type": 14, "spacing": 3}]},
        "components.0.spacing",
        "BASE_TYPE_CHOICES",
    ),
]


NAMED = {"name": "x", "description": "x"}
TEXT = {**NAMED, "type": 3}
BAD_NAME = "APPLICATION_COMMAND_INVALID_NAME"
COMMANDS: list[tuple[list[dict[str, Any]], str, str]] = [
    ([{**NAMED, "name": "Upper"}], "0.name", BAD_NAME),
    ([{**NAMED, "name": "two words"}], "0.name", BAD_NAME),
    ([{**NAMED, "name": "x" * 33}], "0.name", BAD_LENGTH),
    ([{"name": "x"}], "0.description", REQUIRED),
    ([{**NAMED, "description": "x" * 101}], "0.description", BAD_LENGTH),
    ([NAMED, NAMED], "1", "APPLICATION_COMMANDS_DUPLICATE_NAME"),
    ([{**NAMED, "options": [{**TEXT, "name": f"o{n}"} for n in range(26)]}], "0.options", TOO_LONG),
    (
        [{**NAMED, "options": [{**TEXT, "name": "a"}, {**TEXT, "required": True}]}],
        "0.options.1",
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    ([{**NAMED, "options": [{**TEXT, "type": 12}]}], "0.options.0.type", "BASE_TYPE_CHOICES"),
    (
        [
            {
                **NAMED,
                "options": [
                    {**TEXT, "choices": [{"name": "n", "value": str(v)} for v in range(26)]}
                ],
            }
        ],
        "0.options.0.choices",
        TOO_LONG,
    ),
    (
        [{**NAMED, "options": [{**TEXT, "choices": [{"name": "x" * 101, "value": "v"}]}]}],
        "0.options.0.choices.0.name",
        BAD_LENGTH,
    ),
    (
        [
            {
                **NAMED,
                "options": [
                    {**TEXT, "autocomplete": True, "choices": [{"name": "n", "value": "v"}]}
                ],
            }
        ],
        "0.options.0.autocomplete",
        "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
    ),
    (
        [{**NAMED, "name_localizations": {"xx": "x"}}],
        "0.name_localizations.xx",
        "BASE_TYPE_CHOICES",
    ),
    ([{**NAMED, "name_localizations": {"de": "Groß"}}], "0.name_localizations.de", BAD_NAME),
    (
        [{**NAMED, "description_localizations": {"de": "x" * 101}}],
        "0.description_localizations.de",
        BAD_LENGTH,
    ),
    ([{**NAMED, "contexts": [3]}], "0.contexts.0", "BASE_TYPE_CHOICES"),
    ([{**NAMED, "integration_types": [2]}], "0.integration_types.0", "BASE_TYPE_CHOICES"),
    (
        [{**NAMED, "default_member_permissions": "all"}],
        "0.default_member_permissions",
        "NUMBER_TYPE_COERCE",
    ),
    (
        [{**NAMED, "options": [{**TEXT, "type": 1}, {**TEXT, "name": "y"}]}],
        "0.options",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        [
            {
                **NAMED,
                "options": [
                    {
                        **TEXT,
                        "name": f"o{n}",
                        "description": "x" * 100,
                        "choices": [
                            {"name": f"{c}" + "x" * 98, "value": f"{c}" + "x" * 98}
                            for c in range(9)
                        ],
                    }
                    for n in range(5)
                ],
            }
        ],
        "0",
        "APPLICATION_COMMAND_TOO_LARGE",
    ),
]
