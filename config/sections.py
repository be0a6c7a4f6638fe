"""The sections of the settings: their keys, types, and what is allowed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

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
