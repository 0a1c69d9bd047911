"""Settings from the environment and .env, built once by the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and says what it should be."""


class Settings(BaseSettings):
    """Every setting has an entry in .env.example, under the name given here."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="forbid", hide_input_in_errors=True, env_ignore_empty=True
    )

    data: Path | None = Field(default=None, validation_alias="SPILLOVER_DATA")
    store: Path = Field(default=Path("spillover.db"), validation_alias="SPILLOVER_STORE")
    refresh: bool = Field(default=True, validation_alias="SPILLOVER_REFRESH")
    theme: Literal["dark", "light"] = Field(default="dark", validation_alias="SPILLOVER_THEME")
    language: str = Field(default="en", validation_alias="SPILLOVER_LANGUAGE")
    pictures: Path | None = Field(default=None, validation_alias="SPILLOVER_PICTURES")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", validation_alias="LOG_LEVEL"
    )
    log_format: Literal["text", "json"] = Field(default="text", validation_alias="LOG_FORMAT")
    log_chats: bool = Field(default=False, validation_alias="LOG_CHATS")
    telegram_token: SecretStr | None = Field(default=None, validation_alias="TELEGRAM_TOKEN")
    telegram_api_url: str = Field(default="", validation_alias="TELEGRAM_API_URL")
    telegram_webhook_url: str = Field(default="", validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_listen: str = Field(
        default="127.0.0.1", validation_alias="TELEGRAM_WEBHOOK_LISTEN"
    )
    telegram_webhook_port: int = Field(
        default=8443, ge=1, le=65535, validation_alias="TELEGRAM_WEBHOOK_PORT"
    )
    telegram_webhook_secret: SecretStr | None = Field(
        default=None, validation_alias="TELEGRAM_WEBHOOK_SECRET"
    )
    telegram_pace: float = Field(default=29.5, ge=0, validation_alias="TELEGRAM_PACE")
    discord_token: SecretStr | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    discord_api_url: str = Field(default="", validation_alias="DISCORD_API_URL")
    discord_gateway_url: str = Field(default="", validation_alias="DISCORD_GATEWAY_URL")
    coingecko_api_key: SecretStr | None = Field(default=None, validation_alias="COINGECKO_API_KEY")
    fred_api_key: SecretStr | None = Field(default=None, validation_alias="FRED_API_KEY")
    metrics_port: int | None = Field(default=None, ge=1, le=65535, validation_alias="METRICS_PORT")
    metrics_listen: str = Field(default="127.0.0.1", validation_alias="METRICS_LISTEN")
    operator_chat: str = Field(default="", validation_alias="OPERATOR_CHAT")

    @classmethod
    def load(cls) -> Settings:
        """The settings; SettingsError in plain words, never with a value in it."""
        try:
            return cls()
        except ValidationError as error:
            lines = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
            raise SettingsError(
                "A setting in the environment or in .env cannot be used. " + "; ".join(lines)
            ) from None

    def secrets(self) -> tuple[str, ...]:
        """Every secret in clear, for the log's redaction alone."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))
