"""Settings from the environment and .env, built once by the composition root."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has an entry in .env.example."""

    model_config = SettingsConfigDict(
        env_prefix="SPILLOVER_",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    data: Path | None = Field(default=None, description="folder of CSV files instead of samples")
    theme: Literal["dark", "light"] = Field(default="dark", description="pictures")
    language: str = Field(default="en", description="language of the console")
    pictures: Path | None = Field(default=None, description="where the console puts pictures")
