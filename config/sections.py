"""The sections of the settings: their keys, types, and what is allowed."""

from __future__ import annotations

import ipaddress
import re
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


def _ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("it should be an address of this machine, as 127.0.0.1 or 0.0.0.0") from None


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
    address: Annotated[str, AfterValidator(_ip_address)]


class DigestSettings(Section):
    """`[digest]`."""

    papers: Annotated[int, Field(ge=1, le=50)]
    at_once: Count
    channels_at_once: Count
    late_hours: Annotated[int, Field(ge=0)]
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


Address = Annotated[str, Field(pattern=r"^https?://")]
MaybeAddress = Annotated[str, Field(pattern=r"^((https?|wss?)://.*)?$")]
PerHour = Annotated[int, Field(ge=0)]


def _bot_token(token: SecretStr) -> SecretStr:
    return _of_kind(token, "xoxb-", "the Bot User OAuth Token, from the app's page “OAuth & Permissions”")


def _app_token(token: SecretStr) -> SecretStr:
    return _of_kind(token, "xapp-", "the App-Level Token, from the app's page “Basic Information”")


def _of_kind(token: SecretStr, start: str, where: str) -> SecretStr:
    """The token without white space around it; Slack's say by their start what they are for.

    https://docs.slack.dev/authentication/tokens. No error repeats one.
    """
    value = token.get_secret_value().strip()
    if value and not value.startswith(start):
        raise ValueError(f"it should begin with {start}: {where}")
    return SecretStr(value)


def _discord_token(token: SecretStr) -> SecretStr:
    value = token.get_secret_value().strip()
    if value.startswith(("xoxb-", "xapp-")):
        raise ValueError("this is a token for Slack; Discord's is on the application's page “Bot”")
    if re.search(r"\s", value):
        raise ValueError("it should be the token alone, without “Bot” before it")
    return SecretStr(value)


class SlackSettings(Section):
    """`[slack]`."""

    bot_token: Annotated[SecretStr, AfterValidator(_bot_token)]
    app_token: Annotated[SecretStr, AfterValidator(_app_token)]
    api_url: Address
    admins: tuple[Annotated[str, Field(pattern=r"^[UW][A-Z0-9]+$")], ...]

    @model_validator(mode="after")
    def _both_or_none(self) -> SlackSettings:
        if bool(self.bot_token.get_secret_value()) != bool(self.app_token.get_secret_value()):
            has, lacks = ("bot_token", "app_token") if self.is_set else ("app_token", "bot_token")
            raise ValueError(f"{has} is set and {lacks} is not; Rinko needs both to talk to Slack")
        return self

    @property
    def is_set(self) -> bool:
        """Whether Rinko is to talk to Slack."""
        return bool(self.bot_token.get_secret_value())


class DiscordSettings(Section):
    """`[discord]`."""

    token: Annotated[SecretStr, AfterValidator(_discord_token)]
    api_url: Address
    gateway_url: MaybeAddress
    admin_role: str
    shards: Count

    @property
    def is_set(self) -> bool:
        """Whether Rinko is to talk to Discord."""
        return bool(self.token.get_secret_value())


class LimitSettings(Section):
    """`[limits]`."""

    person_hour: PerHour
    workspace_hour: PerHour


class WorkspaceSettings(Section):
    """`[workspaces]`."""

    keep_days: Count


def _long_enough(days: int) -> int:
    if 0 < days < _WEEK_DAYS:
        raise ValueError(f"it should be 0, for ever, or at least {_WEEK_DAYS}: a week is counted from it")
    return days


_WEEK_DAYS = 8
"""A week of ceilings, and the hours by which time zones differ."""
KeepDays = Annotated[int, Field(ge=0), AfterValidator(_long_enough)]


class RetentionSettings(Section):
    """`[retention]`."""

    questions_days: KeepDays
    ratings_days: KeepDays
    journal_days: KeepDays
    spending_days: KeepDays


class LogSettings(Section):
    """`[log]`."""

    level: Literal["auto", "debug", "info", "warning", "error"]
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


_IDS = {
    "slack": (r"[CGD][A-Z0-9]{2,}", "Slack shows it at the end of the channel's details"),
    "discord": (r"[0-9]{15,20}", "Discord copies it with “Copy Channel ID”, in its developer mode"),
}
"""How ids of channels look, and where people find them."""


class ChannelSettings(Section):
    """One `[[channels]]`."""

    platform: Literal["local", "slack", "discord"]
    workspace: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)] | None = None
    channel: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
    language: Language | None = None
    post_at: Annotated[str, AfterValidator(_post_time)] = "tue 09:00"
    timezone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Tokyo"
    layout: Literal["qa", "bilingual"] = "qa"
    approval: bool = False
    follow_ups: Literal["mentions", "all"] = "mentions"
    contact: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)] | None = None

    @model_validator(mode="after")
    def _named_by_its_id(self) -> ChannelSettings:
        pattern, where = _IDS.get(self.platform, (r"[\s\S]*", ""))
        if not re.fullmatch(pattern, self.channel):
            raise ValueError(f"channel should be the channel's id; {where}")
        return self
