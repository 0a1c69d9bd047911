"""Checks the components of messages and modals by Discord's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .discord_channels import walk_components
from .discord_emoji import is_emoji

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .discord_errors import Form

Json = dict[str, Any]

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECT_TYPES = (3, 5, 6, 7, 8)
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23

IN_CONTAINER = (ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR)
TOP_LEVEL = (*IN_CONTAINER, CONTAINER)
IN_LABEL = (
    *SELECT_TYPES,
    TEXT_INPUT,
    FILE_UPLOAD,
    RADIO_GROUP,
    CHECKBOX_GROUP,
    CHECKBOX,
)
MAX_COMPONENTS = 40
MAX_TEXT = 4000
LINK, PREMIUM = 5, 6


def check_message(form: Form, components: object, *, v2: bool) -> list[Json]:
    """Check the components of a message, with or without Components V2."""
    high = MAX_COMPONENTS if v2 else 5
    place = form.at("components")
    parts = place.items(components, 0, high if not v2 else 1000)
    allowed = TOP_LEVEL if v2 else (ROW,)
    for index, part in enumerate(parts):
        _check(place.at(index), part, allowed)
    known = [part for part in parts if isinstance(part, dict)]
    _check_custom_ids(place, parts)
    if v2:
        _check_totals(place, known)
    return parts


def check_modal(form: Form, data: Json) -> None:
    """Check the data of a modal."""
    form.at("custom_id").text(data.get("custom_id"), 1, 100)
    form.at("title").text(data.get("title"), 1, 45)
    place = form.at("components")
    parts = place.items(data.get("components"), 1, 5)
    for index, part in enumerate(parts):
        _check(place.at(index), part, (ROW, TEXT_DISPLAY, LABEL), in_modal=True)
    _check_custom_ids(place, parts)


def number(components: list[Json]) -> None:
    """Give every component without an id the next free one, as Discord does."""
    taken = {part["id"] for part in walk_components(components) if part.get("id")}
    current = 0
    for part in walk_components(components):
        if not part.get("id"):
            current += 1
            while current in taken:
                current += 1
            part["id"] = current
            taken.add(current)


def media_urls(components: list[Json]) -> list[tuple[list[str | int], Json]]:
    """Return every media item of the components with its place in the body."""
    found: list[tuple[list[str | int], Json]] = []

    def visit(parts: list[Json], path: list[str | int]) -> None:
        for index, part in enumerate(parts):
            here = [*path, index]
            found.extend(
                ([*here, key, "url"], part[key])
                for key in ("media", "file")
                if isinstance(part.get(key), dict)
            )
            for slot, item in enumerate(part.get("items") or []):
                found.append(([*here, "items", slot, "media", "url"], item["media"]))
            if isinstance(part.get("accessory"), dict):
                inner = part["accessory"].get("media")
                if isinstance(inner, dict):
                    found.append(([*here, "accessory", "media", "url"], inner))
            visit(part.get("components") or [], [*here, "components"])

    visit(components, ["components"])
    return found


def _places(form: Form, parts: list[Json]) -> Iterator[tuple[Form, Json]]:
    for index, part in enumerate(parts):
        if not isinstance(part, dict):
            continue
        place = form.at(index)
        yield place, part
        if isinstance(part.get("components"), list):
            yield from _places(place.at("components"), part["components"])
        for key in ("accessory", "component"):
            if isinstance(part.get(key), dict):
                yield place.at(key), part[key]


def _check_custom_ids(form: Form, parts: list[Json]) -> None:
    seen: set[str] = set()
    for place, part in _places(form, parts):
        custom_id = part.get("custom_id")
        if not isinstance(custom_id, str):
            continue
        if custom_id in seen:
            place.at("custom_id").fail(
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        seen.add(custom_id)


def _check_totals(form: Form, parts: list[Json]) -> None:
    every = list(walk_components(parts))
    if len(every) > MAX_COMPONENTS:
        form.fail(
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            f"Total number of components cannot exceed {MAX_COMPONENTS}",
        )
    texts = [p.get("content") for p in every if p.get("type") == TEXT_DISPLAY]
    if sum(len(text) for text in texts if isinstance(text, str)) > MAX_TEXT:
        form.fail(
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"Components displayable text size exceeds maximum size of {MAX_TEXT}",
        )


def _check(form: Form, part: object, allowed: tuple[int, ...], *, in_modal: bool = False) -> None:
    data = form.table(part)
    if not data:
        return
    kind = data.get("type")
    if kind not in allowed:
        shown = ", ".join(str(one) for one in sorted(allowed))
        comma = "," if len(allowed) == 1 else ""
        form.fail(
            "UNION_TYPE_CHOICES",
            f'Value of field "type" must be one of ({shown}{comma}).',
        )
        return
    if kind == ROW and in_modal:
        inner = form.at("components")
        for index, child in enumerate(inner.items(data.get("components"), 1, 1)):
            _check(inner.at(index), child, (TEXT_INPUT,), in_modal=True)
            inner.at(index, "label").text(child.get("label"), 1, 45)
        return
    _CHECKS[kind](form, data)


def _row(form: Form, data: Json) -> None:
    place = form.at("components")
    width = 0
    for index, child in enumerate(place.items(data.get("components"), 1, 5)):
        _check(place.at(index), child, (BUTTON, *SELECT_TYPES))
        width += 1 if isinstance(child, dict) and child.get("type") == BUTTON else 5
        if width > 5:
            place.at(index).fail(
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            )


def _button(form: Form, data: Json) -> None:
    style = data.get("style")
    if not form.at("style").one_of(style, (1, 2, 3, 4, LINK, PREMIUM)):
        return
    form.at("label").text(data.get("label"), 0, 80)
    _emoji(form, data)
    if style == LINK:
        _link(form, data)
    elif style != PREMIUM:
        if data.get("url"):
            form.at("url").fail(
                "BUTTON_COMPONENT_URL_NOT_ALLOWED", "A url is for link buttons only"
            )
        _custom_id(form, data)
    if style != PREMIUM and not data.get("label") and not data.get("emoji"):
        form.fail("BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")


def _link(form: Form, data: Json) -> None:
    url = form.at("url").text(data.get("url"), 1, 512)
    if url and not url.startswith(("http://", "https://", "discord://")):
        form.at("url").fail(
            "URL_TYPE_INVALID_SCHEME",
            f"Scheme \"{url.partition(':')[0]}\" must be one of ('http', 'https', 'discord').",
        )
    if data.get("custom_id"):
        form.fail(
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified",
        )


def _custom_id(form: Form, data: Json) -> None:
    form.at("custom_id").text(data.get("custom_id"), 1, 100)


def _emoji(form: Form, data: Json) -> None:
    emoji = data.get("emoji")
    if emoji and not emoji.get("id") and not is_emoji(emoji.get("name") or ""):
        form.at("emoji", "name").fail("COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _select(form: Form, data: Json) -> None:
    _custom_id(form, data)
    form.at("placeholder").text(data.get("placeholder"), 0, 150)
    low, high = data.get("min_values", 1), data.get("max_values", 1)
    fits = form.at("min_values").number(low, 0, 25)
    fits = form.at("max_values").number(high, 1, 25) and fits
    if fits and low > high:
        form.at("min_values").fail(
            "SELECT_COMPONENT_MIN_GREATER_THAN_MAX",
            "min_values cannot be greater than max_values",
        )
    if data["type"] == STRING_SELECT:
        _options(form.at("options"), data.get("options"), 25)


def _options(form: Form, options: object, high: int) -> None:
    seen: set[object] = set()
    for index, option in enumerate(form.items(options, 1, high)):
        place = form.at(index)
        data = place.table(option)
        place.at("label").text(data.get("label"), 1, 100)
        place.at("value").text(data.get("value"), 1, 100)
        place.at("description").text(data.get("description"), 0, 100)
        _emoji(place, data)
        if data.get("value") in seen:
            place.fail(
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        seen.add(data.get("value"))


def _text_input(form: Form, data: Json) -> None:
    _custom_id(form, data)
    form.at("style").one_of(data.get("style"), (1, 2))
    form.at("placeholder").text(data.get("placeholder"), 0, 100)
    form.at("value").text(data.get("value"), 0, 4000)
    if data.get("min_length") is not None:
        form.at("min_length").number(data["min_length"], 0, 4000)
    if data.get("max_length") is not None:
        form.at("max_length").number(data["max_length"], 1, 4000)


def _section(form: Form, data: Json) -> None:
    place = form.at("components")
    for index, child in enumerate(place.items(data.get("components"), 1, 3)):
        _check(place.at(index), child, (TEXT_DISPLAY,))
    if data.get("accessory") is None:
        form.at("accessory").required()
    else:
        _check(form.at("accessory"), data["accessory"], (BUTTON, THUMBNAIL))


def _text_display(form: Form, data: Json) -> None:
    form.at("content").text(data.get("content"), 1, MAX_TEXT)


def _media(form: Form, data: object, schemes: tuple[str, ...]) -> None:
    url = form.at("url").text(form.table(data).get("url"), 1, 2048)
    if url and not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        form.at("url").fail(
            "URL_TYPE_INVALID_SCHEME",
            f'Scheme "{url.partition(":")[0]}" must be one of {schemes}.',
        )


def _thumbnail(form: Form, data: Json) -> None:
    _media(form.at("media"), data.get("media"), ("http", "https", "attachment"))
    form.at("description").text(data.get("description"), 0, 1024)


def _gallery(form: Form, data: Json) -> None:
    place = form.at("items")
    for index, item in enumerate(place.items(data.get("items"), 1, 10)):
        _thumbnail(place.at(index), place.at(index).table(item))


def _file(form: Form, data: Json) -> None:
    _media(form.at("file"), data.get("file"), ("attachment",))


def _separator(form: Form, data: Json) -> None:
    form.at("spacing").one_of(data.get("spacing", 1), (1, 2))


def _container(form: Form, data: Json) -> None:
    place = form.at("components")
    for index, child in enumerate(place.items(data.get("components"), 1, 1000)):
        _check(place.at(index), child, IN_CONTAINER)
    if data.get("accent_color") is not None:
        form.at("accent_color").number(data["accent_color"], 0, 0xFFFFFF)


def _label(form: Form, data: Json) -> None:
    form.at("label").text(data.get("label"), 1, 45)
    form.at("description").text(data.get("description"), 0, 100)
    _check(form.at("component"), data.get("component"), IN_LABEL)


def _group(form: Form, data: Json) -> None:
    _custom_id(form, data)
    _options(form.at("options"), data.get("options"), 10)


_CHECKS: dict[int, Callable[[Form, Json], None]] = {
    ROW: _row,
    BUTTON: _button,
    **dict.fromkeys(SELECT_TYPES, _select),
    TEXT_INPUT: _text_input,
    SECTION: _section,
    TEXT_DISPLAY: _text_display,
    THUMBNAIL: _thumbnail,
    GALLERY: _gallery,
    FILE: _file,
    SEPARATOR: _separator,
    CONTAINER: _container,
    LABEL: _label,
    FILE_UPLOAD: _custom_id,
    RADIO_GROUP: _group,
    CHECKBOX_GROUP: _group,
    CHECKBOX: _custom_id,
}
