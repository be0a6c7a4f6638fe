"""Every setting, typed; what is wrong is named with its place and what is allowed there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from digest.errors import SettingsError, WrongUse
from digest.models import SAMPLE_SELECTION
from digest.weeks import parse_post_time, zone

DEFAULTS = Path(__file__).with_name("defaults.toml")
SAMPLE = Path(__file__).with_name("sample")
_PREFIX = "RINKO_"


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


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Language = Literal["ja", "en"]
Count = Annotated[int, Field(ge=1)]


class DatabaseSettings(_Section):
    """`[database]`."""

    url: str


class LocalSettings(_Section):
    """`[local]`."""

    port: Annotated[int, Field(ge=0, le=65535)]
    channel: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]


class DigestSettings(_Section):
    """`[digest]`."""

    papers: Annotated[int, Field(ge=1, le=50)]
    at_once: Count
    grace_days: Annotated[int, Field(ge=0)]


class ArxivSettings(_Section):
    """`[arxiv]`."""

    api_url: Annotated[str, Field(pattern=r"^https?://")]
    site_url: Annotated[str, Field(pattern=r"^https?://")]


class FetchSettings(_Section):
    """`[fetch]`."""

    allow_private: bool
    max_megabytes: Count
    seconds: Annotated[float, Field(gt=0)]
    contact: str


class ReadingSettings(_Section):
    """`[reading]`."""

    max_pages: Count
    seconds: Annotated[int, Field(ge=1)]
    megabytes: Annotated[int, Field(ge=128)]
    at_once: Count


class UploadSettings(_Section):
    """`[uploads]`."""

    max_megabytes: Count
    keep_days: Count


class LogSettings(_Section):
    """`[log]`."""

    level: Literal["debug", "info", "warning", "error"]
    json_: Annotated[bool, Field(alias="json")]


class SourceSettings(_Section):
    """One `[[sources]]`."""

    kind: Literal["dair", "arxiv", "huggingface", "feed", "list"]
    name: str | None = None
    url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    path: str | None = None
    query: str | None = None


class ChannelSettings(_Section):
    """One `[[channels]]`."""

    platform: Literal["local"]
    workspace: str = "-"
    channel: str
    language: Language | None = None
    post_at: Annotated[str, AfterValidator(_post_time)] = "tue 09:00"
    timezone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Tokyo"
    layout: Literal["qa", "bilingual"] = "qa"


class Settings(BaseSettings):
    """All settings: the defaults, then `rinko.toml`, then the environment."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=_PREFIX, env_nested_delimiter="__"
    )

    language: Language
    data_dir: Path
    database: DatabaseSettings
    local: LocalSettings
    digest: DigestSettings
    arxiv: ArxivSettings
    fetch: FetchSettings
    reading: ReadingSettings
    uploads: UploadSettings
    log: LogSettings
    sources: Annotated[tuple[SourceSettings, ...], Field(min_length=1)]
    channels: tuple[ChannelSettings, ...]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the files, which arrive merged as initial values."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database.url or f"sqlite+aiosqlite:///{self.data_dir / 'rinko.db'}"

    @property
    def is_sample(self) -> bool:
        """Whether papers come from the sample week alone."""
        return all(source.kind == "list" and source.path == "sample" for source in self.sources)

    @property
    def selection(self) -> str:
        """The installation's choice of papers; the sample week is one of its own."""
        return SAMPLE_SELECTION if self.is_sample else "main"


def load_settings(path: Path | None = None) -> Settings:
    """Read all settings; `path` is `rinko.toml` in this folder where it is not given.

    Raises `SettingsError` that names the setting, where it was set, and what is allowed.
    """
    if path is not None and not path.exists():
        raise SettingsError(f"There is no settings file {path}.", hint="Check the path after --config.")
    file = path or Path("rinko.toml")
    own = _read(file) if file.exists() else {}
    _check_environment()
    try:
        return Settings(**_merged(_read(DEFAULTS), own))
    except ValidationError as error:
        lines = [_explain(detail, file, own) for detail in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read ({type(error).__name__}).") from None


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; lists and values are replaced."""
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged


def _sections() -> dict[str, set[str]]:
    """The settings by section; the section of those that stand alone is empty."""
    sections: dict[str, set[str]] = {"": set()}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            sections[name] = {inner.alias or key for key, inner in field.annotation.model_fields.items()}
        else:
            sections[""].add(name)
    return sections


def _check_environment() -> None:
    """Refuse variables that look like settings and are none: a typing error must not pass."""
    sections = _sections()
    known = {f"{_PREFIX}{name}".upper() for name in sections[""]}
    for section, keys in sections.items():
        known |= {f"{_PREFIX}{section}__{key}".upper() for key in keys if section}
    unknown = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)
    if unknown:
        near = ", ".join(sorted(known))
        raise SettingsError(f"{unknown[0]} (environment) is not a setting.", hint=f"Known: {near}.")


def _explain(detail: ErrorDetails, file: Path, own: Mapping[str, Any]) -> str:
    """One wrong setting in words: its name, where it was set, what is allowed. Never its value."""
    path = [str(step) for step in detail["loc"]]
    name = ".".join(path)
    variable = _PREFIX + "__".join(path).upper()
    if variable in os.environ:
        place = f"{variable} (environment)"
    else:
        place = f"{file if _holds(own, detail['loc']) else DEFAULTS.name}: {name}"
    if detail["type"] == "extra_forbidden":
        allowed = _known_beside(path)
        return f"{place} is not a setting. Known there: {', '.join(sorted(allowed))}."
    if detail["type"] == "missing":
        return f"{file}: {name} is missing."
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}."


def _holds(tree: Any, path: tuple[int | str, ...]) -> bool:
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _known_beside(path: list[str]) -> set[str]:
    """The settings that exist where this one was tried."""
    if path[0] in {"sources", "channels"} and len(path) > 1:
        inner = get_args(
            get_args(Settings.model_fields[path[0]].annotation) and Settings.model_fields[path[0]].annotation
        )[0]
        return set(inner.model_fields)
    sections = _sections()
    if len(path) > 1:
        return sections.get(path[0], set())
    return sections[""] | (sections.keys() - {""})
