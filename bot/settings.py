"""Settings from the environment and .env, built once by the composition root."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    AnyUrl,
    BeforeValidator,
    DirectoryPath,
    Field,
    SecretStr,
    TypeAdapter,
    UrlConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

T = TypeVar("T", str, SecretStr)

LONGEST_QUOTED = 20
"""Characters of a value that an error repeats. A token put into the wrong line is longer."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and says what it should be."""


def _shaped(pattern: str, form: str) -> AfterValidator:
    """Empty, or all of it has this shape; ``form`` says which, and never what was there."""

    def check(value: T) -> T:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text and re.fullmatch(pattern, text, re.ASCII) is None:
            raise ValueError(form)
        return value

    return AfterValidator(check)


def _address(first: str, second: str, example: str) -> AfterValidator:
    """Empty, or an address of one of two kinds. It stays the text that it was."""
    limits = UrlConstraints(allowed_schemes=[first, second], host_required=True)
    reader = TypeAdapter[AnyUrl](Annotated[AnyUrl, limits])

    def check(value: str) -> str:
        try:
            if value:
                reader.validate_python(value)
            if value and not value.startswith((f"{first}://", f"{second}://")):
                raise ValueError
        except ValueError:
            raise ValueError(
                f"that is no address. It begins with {first}:// or {second}://, such as {example}."
            ) from None
        return value

    return AfterValidator(check)


def _at_home(path: object) -> object:
    """'~/x' is a path below the home folder."""
    return Path(path).expanduser() if isinstance(path, str) and path.startswith("~") else path


def _no_folder(path: Path) -> Path:
    if path.is_dir():
        raise ValueError(f"{path} is a folder. Name a file in it: {path / 'spillover.db'}")
    return path


def _clear(path: object) -> str:
    """A path, unless it is a token in the wrong line: none has a colon and is that long."""
    text = str(path)
    return "with that name" if ":" in text and len(text) > LONGEST_QUOTED else text


def _translated(code: str) -> str:
    """'de', 'de-AT' and 'DE' are German."""
    from commands.words import languages

    if re.split("[-_]", code)[0].lower() not in languages():
        spoken = ", ".join(languages())
        raise ValueError(f"{_quoted(code)} is no language of the bot. It speaks: {spoken}.")
    return code


TelegramToken = Annotated[SecretStr, _shaped(
    r"\d+:[\w-]{30,}(/test)?",
    "that is no token. @BotFather gives one: digits, a colon, 35 letters and digits, such as "
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw.",
)]  # fmt: skip
DiscordToken = Annotated[SecretStr, _shaped(
    r"[\w-]+\.[\w-]+\.[\w-]+",
    "that is no token. The Developer Portal gives one under Bot → Reset Token: three parts with "
    "dots between them, and no “Bot” before it.",
)]  # fmt: skip
WebhookSecret = Annotated[SecretStr, _shaped(
    r"[A-Za-z0-9_-]{1,256}", "Telegram takes 1 to 256 letters, digits, _ and -."
)]  # fmt: skip
ChatName = Annotated[str, _shaped(
    r"telegram:-?\d+|discord:\d+",
    "write telegram:ID or discord:ID, such as telegram:-1001234567890.",
)]  # fmt: skip
Upper, Lower = BeforeValidator(str.upper), BeforeValidator(str.lower)
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Upper]


class Settings(BaseSettings):
    """Every setting has an entry in .env.example, under the name given here. A blank value is the
    same as none.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",  # Notepad puts a mark before the first line
        extra="forbid",
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    data: Annotated[DirectoryPath | None, BeforeValidator(_at_home)] = Field(
        default=None, validation_alias="SPILLOVER_DATA"
    )
    store: Annotated[Path, BeforeValidator(_at_home), AfterValidator(_no_folder)] = Field(
        default=Path("spillover.db"), validation_alias="SPILLOVER_STORE"
    )
    refresh: bool = Field(default=True, validation_alias="SPILLOVER_REFRESH")
    theme: Annotated[Literal["dark", "light"], Lower] = Field(
        default="dark", validation_alias="SPILLOVER_THEME"
    )
    language: Annotated[str, AfterValidator(_translated)] = Field(
        default="en", validate_default=False, validation_alias="SPILLOVER_LANGUAGE"
    )
    pictures: Path | None = Field(default=None, validation_alias="SPILLOVER_PICTURES")
    log_level: Level = Field(default="INFO", validation_alias="LOG_LEVEL")
    log_format: Annotated[Literal["text", "json"], Lower] = Field(
        default="text", validation_alias="LOG_FORMAT"
    )
    log_chats: bool = Field(default=False, validation_alias="LOG_CHATS")
    telegram_token: TelegramToken | None = Field(default=None, validation_alias="TELEGRAM_TOKEN")
    telegram_api_url: Annotated[str, _address("https", "http", "http://127.0.0.1:8081")] = Field(
        default="", validation_alias="TELEGRAM_API_URL"
    )
    telegram_webhook_url: Annotated[
        str, _address("https", "http", "https://bot.example.org/telegram")
    ] = Field(default="", validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_listen: str = Field(
        default="127.0.0.1", validation_alias="TELEGRAM_WEBHOOK_LISTEN"
    )
    telegram_webhook_port: int = Field(
        default=8443, ge=1, le=65535, validation_alias="TELEGRAM_WEBHOOK_PORT"
    )
    telegram_webhook_secret: WebhookSecret | None = Field(
        default=None, validation_alias="TELEGRAM_WEBHOOK_SECRET"
    )
    telegram_pace: float = Field(default=29.5, ge=0, validation_alias="TELEGRAM_PACE")
    discord_token: DiscordToken | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    discord_api_url: Annotated[str, _address("https", "http", "http://127.0.0.1:8082/api/v10")] = (
        Field(default="", validation_alias="DISCORD_API_URL")
    )
    discord_gateway_url: Annotated[str, _address("wss", "ws", "ws://127.0.0.1:8083")] = Field(
        default="", validation_alias="DISCORD_GATEWAY_URL"
    )
    coingecko_api_key: SecretStr | None = Field(default=None, validation_alias="COINGECKO_API_KEY")
    fred_api_key: SecretStr | None = Field(default=None, validation_alias="FRED_API_KEY")
    metrics_port: int | None = Field(default=None, ge=1, le=65535, validation_alias="METRICS_PORT")
    metrics_listen: str = Field(default="127.0.0.1", validation_alias="METRICS_LISTEN")
    operator_chat: ChatName = Field(default="", validation_alias="OPERATOR_CHAT")

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str) and not (value := value.strip()):
            return cls.model_fields[info.field_name or ""].default
        return value

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        """Telegram's own servers call https alone; a Bot API server of one's own calls both."""
        if self.telegram_webhook_url.startswith("http:") and not self.telegram_api_url:
            raise ValueError(
                "TELEGRAM_WEBHOOK_URL: Telegram calls https:// addresses alone, such as "
                "https://bot.example.org/telegram."
            )
        return self

    @classmethod
    def load(cls) -> Settings:
        """The settings; SettingsError in plain words, never with a secret in it."""
        try:
            _lines_that_say_nothing(cls.model_config.get("env_file"))
            return cls()
        except ValidationError as error:
            raise SettingsError("\n".join(map(_said, error.errors()))) from None
        except UnicodeDecodeError:
            raise SettingsError(".env is not text in UTF-8: save it as UTF-8.") from None
        except OSError as error:
            raise SettingsError(f"{error.filename} cannot be read ({error.strerror}).") from None

    def secrets(self) -> tuple[str, ...]:
        """Every secret in clear, for the log's redaction alone."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


def _lines_that_say_nothing(name: object) -> None:
    """SettingsError for a line that would be passed over: it may be the one with the token."""
    file = Path(str(name or ""))
    if not file.is_file():
        return
    with file.open(encoding="utf-8-sig") as stream:
        for line in parse_stream(stream):
            if line.error or (line.key is not None and line.value is None):
                text = line.original.string
                blank = text[: len(text) - len(text.lstrip())].count("\n")
                raise SettingsError(
                    f"Line {line.original.line + blank} of .env says nothing. Write NAME=value, "
                    "with both quotes or none; .env.example lists the names."
                )


def _said(fault: Mapping[str, Any]) -> str:
    """One fault as a sentence that begins with the name of the setting."""
    name = "".join(map(str, fault["loc"])).upper()
    limits: Mapping[str, Any] = fault.get("ctx", {})
    given = _quoted(fault["input"])
    match fault["type"]:
        case "extra_forbidden":
            return _unknown(name)
        case "value_error":
            return f"{name}: {limits['error']}" if name else str(limits["error"])
        case "path_not_directory":
            return f"{name}: there is no folder {_clear(fault['input'])}."
        case "literal_error":
            known = limits["expected"].replace("'", "")
            return f"{name}: {given} does not fit; it is {known}."
        case "int_parsing" | "int_from_float":
            return f"{name}: {given} is no whole number."
        case "float_parsing":
            return f"{name}: {given} is no number."
        case "bool_parsing":
            return f"{name}: {given} is neither true nor false."
        case "greater_than_equal":
            return f"{name}: {given} is too small; the least is {limits['ge']:g}."
        case "less_than_equal":
            return f"{name}: {given} is too large; the most is {limits['le']:g}."
    return f"{name}: {fault['msg']}."


def _unknown(name: str) -> str:
    """A name in .env that is none. A line that is only a token would be one, too."""
    if re.fullmatch(r"[A-Z][A-Z_]{,40}", name) is None:
        return "A line in .env is no setting. Write NAME=value; .env.example lists the names."
    names = [str(field.validation_alias) for field in Settings.model_fields.values()]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else ".env.example lists them all."
    return f"{name} is no setting; {hint}"


def _quoted(value: object) -> str:
    return f"“{value}”" if len(str(value)) <= LONGEST_QUOTED else "that"
