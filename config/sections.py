"""The sections of the settings: their keys, types, and what is allowed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from digest.errors import WrongUse
from digest.weeks import parse_post_time, zone


def _post_time(text: str) -> str:
    try:
        return str(parse_post_time(text))
    except WrongUse as error:
        raise ValueError(str(error)) from None


def _time_zone(text: str) -> str:
    try:
        zone(text)
    except WrongUse as error:
        raise ValueError(str(error)) from None
    return text


class Section(BaseModel):
    """One table of the settings file; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Language = Literal["ja", "en"]
Count = Annotated[int, Field(ge=1)]


class DatabaseSettings(Section):
    """`[database]`."""

    url: str


class LocalSettings(Section):
    """`[local]`."""

    port: Annotated[int, Field(ge=0, le=65535)]


class DigestSettings(Section):
    """`[digest]`."""

    papers: Annotated[int, Field(ge=1, le=50)]
    at_once: Count
    grace_days: Annotated[int, Field(ge=0)]


class ArxivSettings(Section):
    """`[arxiv]`."""

    api_url: Annotated[str, Field(pattern=r"^https?://")]
    site_url: Annotated[str, Field(pattern=r"^https?://")]


class FetchSettings(Section):
    """`[fetch]`."""

    allow_private: bool
    max_megabytes: Count
    seconds: Annotated[float, Field(gt=0)]
    contact: str


class ReadingSettings(Section):
    """`[reading]`."""

    max_pages: Count
    seconds: Annotated[int, Field(ge=1)]
    megabytes: Annotated[int, Field(ge=128)]
    at_once: Count


Tokens = Annotated[int, Field(ge=0)]
Money = Annotated[float, Field(ge=0)]


class PriceSettings(Section):
    """`[llm.price]`: what a million tokens cost."""

    input: Money
    cached_input: Money
    output: Money
    currency: Annotated[str, Field(min_length=1, max_length=8)]


class LlmSettings(Section):
    """`[llm]`."""

    model: str
    base_url: Annotated[str, Field(pattern=r"^(https?://.*)?$")]
    api_key: SecretStr
    context_tokens: Annotated[int, Field(ge=2_000)]
    output_tokens: Annotated[int, Field(ge=500)]
    seconds: Annotated[float, Field(gt=0)]
    attempts: Count
    at_once: Count
    day_tokens: Tokens
    week_tokens: Tokens
    user_day_tokens: Tokens
    day_cost: Money
    week_cost: Money
    price: PriceSettings

    @model_validator(mode="after")
    def _fits_together(self) -> LlmSettings:
        if self.output_tokens * 2 > self.context_tokens:
            raise ValueError("output_tokens may be at most half of context_tokens")
        if (self.day_cost or self.week_cost) and not (self.price.input and self.price.output):
            raise ValueError("day_cost and week_cost need the prices of [llm.price]")
        return self


class UploadSettings(Section):
    """`[uploads]`."""

    max_megabytes: Count
    keep_days: Count


class LogSettings(Section):
    """`[log]`."""

    level: Literal["debug", "info", "warning", "error"]
    json_: Annotated[bool, Field(alias="json")]


_NEEDED = {"arxiv": "query", "feed": "url", "list": "path"}
"""What a source of a kind cannot be without."""


class SourceSettings(Section):
    """One `[[sources]]`."""

    kind: Literal["dair", "arxiv", "huggingface", "feed", "list"]
    name: str | None = None
    url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    path: str | None = None
    query: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> SourceSettings:
        needed = _NEEDED.get(self.kind)
        if needed and not (getattr(self, needed) or "").strip():
            raise ValueError(f'a source of kind = "{self.kind}" needs {needed}')
        return self


class ChannelSettings(Section):
    """One `[[channels]]`."""

    platform: Literal["local"]
    workspace: str = "-"
    channel: str
    language: Language | None = None
    post_at: Annotated[str, AfterValidator(_post_time)] = "tue 09:00"
    timezone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Tokyo"
    layout: Literal["qa", "bilingual"] = "qa"
