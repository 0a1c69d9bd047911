"""Discord's answers to a bad request: status, code, message and nested errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

Json = dict[str, Any]


class ApiError(Exception):
    """One error answer of the REST API."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        """Return the JSON body in which Discord reports this error."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def _make(status: int, code: int, message: str) -> ApiError:
    return ApiError(status, code, message)


def unauthorized() -> ApiError:
    """401: the Authorization header is absent or wrong."""
    return _make(401, 0, "401: Unauthorized")


def unknown(what: str) -> ApiError:
    """404: the thing named does not exist (or no longer)."""
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
    }
    return _make(404, codes[what], f"Unknown {what}")


def missing_access() -> ApiError:
    """403: the bot cannot see the channel or is not in the guild."""
    return _make(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """403: the bot sees the channel but may not do this in it."""
    return _make(403, 50013, "Missing Permissions")


def cannot_message_user() -> ApiError:
    """403: the user takes no direct messages from the bot."""
    return _make(403, 50007, "Cannot send messages to this user")


def no_mutual_guilds() -> ApiError:
    """403: the bot shares no guild with the user any more."""
    return _make(
        403,
        50278,
        "Cannot send messages to this user due to having no mutual guilds",
    )


def empty_message() -> ApiError:
    """400: nothing would be left to show."""
    return _make(400, 50006, "Cannot send an empty message")


def already_acknowledged() -> ApiError:
    """400: an interaction takes one answer only."""
    return _make(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> ApiError:
    """401: fifteen minutes after the interaction its token is worthless."""
    return _make(401, 50027, "Invalid Webhook Token")


class Form:
    """Collects the errors of a request body under the path of each field."""

    def __init__(self, *path: str) -> None:
        self._tree: Json = {}
        self._path: tuple[str, ...] = path

    def at(self, *keys: str | int) -> Form:
        """Return a view of the same form further down the body."""
        child = Form(*self._path, *(str(key) for key in keys))
        child._tree = self._tree
        return child

    def fail(self, code: str, message: str) -> None:
        """Record an error at this place."""
        node = self._tree
        for key in self._path:
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def check(self) -> None:
        """Raise 50035 with everything that was recorded."""
        if self._tree:
            raise ApiError(400, 50035, "Invalid Form Body", self._tree)

    def required(self) -> None:
        """Record that the field is missing."""
        self.fail("BASE_TYPE_REQUIRED", "This field is required")

    def one_of(self, value: object, allowed: Iterable[object]) -> bool:
        """Check that a value is one of those allowed."""
        choices = tuple(allowed)
        if value in choices and not isinstance(value, bool):
            return True
        shown = ", ".join(str(choice) for choice in choices)
        self.fail("BASE_TYPE_CHOICES", f"Value must be one of ({shown}).")
        return False

    def length(self, value: Sized, low: int, high: int) -> bool:
        """Check the length of a string or a list."""
        if low <= len(value) <= high:
            return True
        if low:
            self.fail(
                "BASE_TYPE_BAD_LENGTH",
                f"Must be between {low} and {high} in length.",
            )
        else:
            self.fail("BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        return False

    def text(self, value: object, low: int, high: int) -> str:
        """Check a string (absent counts as missing if it must be there)."""
        if value is None or value == "":
            if low:
                self.required()
            return ""
        if not isinstance(value, str):
            self.fail("STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return ""
        self.length(value, low, high)
        return value

    def number(self, value: object, low: int, high: int) -> bool:
        """Check a whole number."""
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail("NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return False
        if value < low:
            self.fail(
                "NUMBER_TYPE_MIN",
                f"int value should be greater than or equal to {low}.",
            )
            return False
        if value > high:
            self.fail("NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
            return False
        return True

    def items(self, value: object, low: int, high: int) -> list[Any]:
        """Check a list and its length."""
        if value is None:
            if low:
                self.required()
            return []
        if not isinstance(value, list):
            self.fail("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        return value if self.length(value, low, high) else []

    def table(self, value: object) -> Json:
        """Check a JSON object."""
        if isinstance(value, dict):
            return value
        self.fail("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return {}


def snowflake(value: object, form: Form | None = None) -> int:
    """Read an id as Discord does, or refuse it."""
    text = str(value)
    if text.isascii() and text.isdigit() and len(text) <= 20:
        return int(text)
    place = form or Form()
    place.fail("NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    place.check()
    return 0
