"""Every setting, typed; what is wrong is named with its place and what is allowed there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeGuard, get_args

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentError_

from config.sections import (
    ArxivSettings,
    ChannelSettings,
    DatabaseSettings,
    DigestSettings,
    DiscordSettings,
    FetchSettings,
    Language,
    LimitSettings,
    LlmSettings,
    LocalSettings,
    LogSettings,
    ReadingSettings,
    RetentionSettings,
    Section,
    SlackSettings,
    SourceSettings,
    UploadSettings,
    WorkspaceSettings,
)
from digest.errors import SettingsError
from digest.models import SAMPLE_SELECTION

DEFAULTS = Path(__file__).with_name("defaults.toml")
SAMPLE = Path(__file__).with_name("sample")
SLACK_MANIFEST = Path(__file__).with_name("slack-manifest.yaml")
_PREFIX = "RINKO_"
_NEAR, _LIKE = 3, 0.75
_SAID = {
    "tuple_type": "it should be a list of tables",
    "model_type": "it should be a table",
    "too_short": "it should name at least one",
}
"""What is wrong in the words of a settings file, where pydantic has those of its own."""


def _each_once(channels: tuple[ChannelSettings, ...]) -> tuple[ChannelSettings, ...]:
    places = [(one.platform, one.channel) for one in channels]
    for platform, channel in places:
        if places.count((platform, channel)) > 1:
            raise ValueError(f"the {platform} channel {channel} stands there twice")
    return channels


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
    llm: LlmSettings
    slack: SlackSettings
    discord: DiscordSettings
    limits: LimitSettings
    workspaces: WorkspaceSettings
    uploads: UploadSettings
    retention: RetentionSettings
    log: LogSettings
    sources: Annotated[tuple[SourceSettings, ...], Field(min_length=1)]
    channels: Annotated[tuple[ChannelSettings, ...], AfterValidator(_each_once)]

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

    @model_validator(mode="after")
    def _model_can_be_called(self) -> Settings:
        if self.llm.model and not (self.llm_api_key or self.llm_base_url):
            raise ValueError("llm.model needs llm.api_key, or llm.base_url for a server without keys")
        if not self.llm.model and (self.llm.api_key.get_secret_value() or self.llm.base_url):
            raise ValueError(
                "llm.model is missing: llm.api_key or llm.base_url is set, but no model is named"
            )
        return self

    @property
    def llm_api_key(self) -> str:
        """The key for the model's server, ours or the one that OpenAI's own tools take."""
        return self.llm.api_key.get_secret_value() or os.environ.get("OPENAI_API_KEY", "")

    @property
    def llm_base_url(self) -> str:
        """The address of the model's server; empty for OpenAI's."""
        return self.llm.base_url or os.environ.get("OPENAI_BASE_URL", "")

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
    own = _beside(file, _read(file)) if file.exists() else {}
    _check_environment()
    try:
        return Settings(**_merged(_read(DEFAULTS), own))
    except EnvironmentError_ as error:  # a list or section that is no JSON
        field = str(error).partition('"')[2].partition('"')[0]
        variable = f"{_PREFIX}{field}".upper()
        hint = "Write it as a JSON document, or set it in rinko.toml."
        raise SettingsError(f"{variable} (environment) is not valid JSON.", hint=hint) from None
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(error, file, own))) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read ({type(error).__name__}).") from None


def _beside(file: Path, own: dict[str, Any]) -> dict[str, Any]:
    """The settings with the paths of lists understood from the folder that the file is in."""
    for source in own.get("sources", ()) if isinstance(own.get("sources"), list) else ():
        if isinstance(source, dict) and isinstance(path := source.get("path"), str):
            source["path"] = path if path.strip() in {"", "sample"} else str(file.parent / path)
    return own


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
    """The settings by section, as `llm.price`; the section of those that stand alone is empty."""
    sections: dict[str, set[str]] = {"": set()}
    for name, field in Settings.model_fields.items():
        if not _is_section(field.annotation):
            sections[""].add(name)
            continue
        inner = field.annotation.model_fields
        sections[name] = {one.alias or key for key, one in inner.items()}
        for key, one in inner.items():
            if _is_section(one.annotation):
                sections[f"{name}.{key}"] = set(one.annotation.model_fields)
    return sections


def _is_section(annotation: Any) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _check_environment() -> None:
    """Refuse variables that look like settings and are none: a typing error must not pass."""
    sections = _sections()
    known = {f"{_PREFIX}{name}".upper() for name in sections[""]}
    for section, keys in sections.items():
        known |= {f"{_PREFIX}{section.replace('.', '__')}__{key}".upper() for key in keys if section}
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and name not in known:
            near = get_close_matches(name, sorted(known), _NEAR, _LIKE) or sorted(known)[:_NEAR]
            hint = f"Did you mean {' or '.join(near)}? All settings stand in {DEFAULTS}."
            raise SettingsError(f"{name} (environment) is not a setting.", hint=hint)


def _explained(error: ValidationError, file: Path, own: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, a line each, without what only follows from another line."""
    details = error.errors()
    inside = {detail["loc"][0] for detail in details if len(detail["loc"]) > 1}
    for detail in details:
        if len(detail["loc"]) > 1 or detail["type"] != "too_short" or detail["loc"][0] not in inside:
            yield _explain(detail, file, own)


def _explain(detail: ErrorDetails, file: Path, own: Mapping[str, Any]) -> str:
    """One wrong setting in words: its name, where it was set, what is allowed. Never its value."""
    path = [str(step) for step in detail["loc"]]
    if not path:  # settings of several sections that do not go together, which it names itself
        return f"{detail['msg'].removeprefix('Value error, ')}."
    name = _name(detail["loc"])
    place = f"{file if _holds(own, detail['loc'][:2]) else DEFAULTS.name}: {name}"
    for depth in range(len(path), 0, -1):  # a list is set by one variable as a whole
        variable = _PREFIX + "__".join(path[:depth]).upper()
        if variable in os.environ:
            place = f"{variable} (environment)" + (f": {name}" if depth < len(path) else "")
            break
    inside = _PREFIX + "__".join([*path, ""]).upper()
    if set_there := [one for one in sorted(os.environ) if one.startswith(inside)]:
        place = f"{', '.join(set_there)} (environment): {name}"
    if detail["type"] == "extra_forbidden":
        allowed = _known_beside(path)
        return f"{place} is not a setting. Known there: {', '.join(sorted(allowed))}."
    if detail["type"] == "missing":
        return f"{place} is missing."
    said = detail["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    said = _SAID.get(detail["type"], said)
    return f"{place}: {said.rstrip('.')}."


def _name(path: tuple[int | str, ...]) -> str:
    """A setting as people find it: `local.port`, `[[channels]] number 1: platform`."""
    if len(path) > 1 and isinstance(path[1], int):
        inner = ".".join(str(step) for step in path[2:])
        return f"[[{path[0]}]] number {path[1] + 1}" + (f": {inner}" if inner else "")
    return ".".join(str(step) for step in path)


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
        inner = get_args(Settings.model_fields[path[0]].annotation)[0]
        return set(inner.model_fields)
    sections = _sections()
    if len(path) > 1:
        return sections.get(".".join(path[:-1]), set())
    return sections[""] | {name for name in sections if name and "." not in name}
