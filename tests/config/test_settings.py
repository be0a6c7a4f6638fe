"""Settings: the defaults are whole, files and environment are laid over them, and faults are named."""

from __future__ import annotations

import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import DEFAULTS, Settings, load_settings
from digest.errors import SettingsError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("RINKO_", "OPENAI_")):
            monkeypatch.delenv(name)


def write(folder: Path, text: str) -> Path:
    file = folder / "rinko.toml"
    file.write_text(text, encoding="utf-8")
    return file


def fault(file: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    return str(caught.value)


def test_the_defaults_are_a_whole_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.is_sample
    assert settings.selection == "sample"
    assert settings.database_url == "sqlite+aiosqlite:///rinko-data/rinko.db"
    assert settings.channels == ()


def test_every_setting_stands_in_the_defaults_with_a_comment() -> None:
    text = DEFAULTS.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    for name, field in Settings.model_fields.items():
        if name in {"sources", "channels"}:
            continue
        inner = getattr(field.annotation, "model_fields", None)
        assert name in table
        if inner:
            assert set(table[name]) == {one.alias or key for key, one in inner.items()}
    for line in text.partition("[[sources]]")[0].splitlines():
        assert not re.match(r"\w+ = ", line) or "#" in line, line


def test_a_file_is_laid_over_the_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, 'language = "en"\n[digest]\npapers = 3\n[[sources]]\nkind = "dair"\n')
    settings = load_settings(file)
    assert (settings.language, settings.digest.papers, settings.digest.at_once) == ("en", 3, 10)
    assert [source.kind for source in settings.sources] == ["dair"]
    assert settings.selection == "main"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, "[local]\nport = 1000\n[log]\njson = false\n")
    monkeypatch.setenv("RINKO_LOCAL__PORT", "2000")
    monkeypatch.setenv("RINKO_LOG__JSON", "true")
    monkeypatch.setenv("RINKO_SOURCES", '[{"kind": "feed", "url": "https://example.org/feed"}]')
    settings = load_settings(file)
    assert (settings.local.port, settings.log.json_) == (2000, True)
    assert settings.sources[0].url == "https://example.org/feed"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "rinko.toml: x is not a setting. Known there: arxiv, channels, "),
        ("[local]\nprt = 1", "rinko.toml: local.prt is not a setting. Known there: address, port."),
        ("[local]\nchannel = 'papers'", "local.channel is not a setting"),
        ("[local]\nport = 70000", "local.port: it should be less than or equal to 65535."),
        ("local = 1", "local: it should be a table."),
        ("language = 'fr'", "language: it should be 'ja' or 'en'."),
        ("sources = []", "sources: it should name at least one."),
        ("sources = 'x'", "sources: it should be a list of tables."),
        ("[[sources]]\nkind = 'arxv'", "[[sources]] number 1: kind: it should be 'dair'"),
        ("[[sources]]\nkind = 'dair'\n[[sources]]\nkind = 'arxiv'", "[[sources]] number 2: a source of kind"),
        ("[[sources]]\nkind = 'arxiv'", 'a source of kind = "arxiv" needs query.'),
        ("[[sources]]\nkind = 'feed'", 'a source of kind = "feed" needs url.'),
        ("[[sources]]\nkind = 'list'\npath = ' '", 'a source of kind = "list" needs path.'),
        ("[[sources]]\nkind = 'dair'\nurl = 'ftp://x'", "[[sources]] number 1: url: "),
        (
            "[[sources]]\nkind = 'dair'\nlink = 'x'",
            "[[sources]] number 1: link is not a setting. Known there",
        ),
        (
            "[[channels]]\nplatform = 'loca'\nchannel = 'x'",
            "[[channels]] number 1: platform: it should be 'lo",
        ),
        ("[[channels]]\nplatform = 'local'", "[[channels]] number 1: channel is missing."),
        (
            "[[channels]]\nplatform = 'local'\nchannel = 'x'\npost_at = 'noon'",
            "[[channels]] number 1: post_at: “noon” is not a day and time. Write it as tue 09:00.",
        ),
        (
            "[[channels]]\nplatform = 'local'\nchannel = 'x'\ntimezone = 'Moon'",
            "[[channels]] number 1: timezone: “Moon” is not a time zone.",
        ),
        (
            "[[channels]]\nplatform = 'slack'\nchannel = '#papers'",
            "number 1: channel should be the channel's id",
        ),
        ("[[channels]]\nplatform = 'discord'\nchannel = 'papers'", "“Copy Channel ID”"),
        (
            "[[channels]]\nplatform = 'local'\nchannel = 'x'\nfollow_ups = 'some'",
            "it should be 'mentions' or",
        ),
        ("[slack]\nbot_token = 'xoxb-1'", "slack: bot_token is set and app_token is not"),
        ("[slack]\napp_token = 'xapp-1'", "slack: app_token is set and bot_token is not"),
        (
            "[slack]\nbot_token = 'xapp-1'\napp_token = 'xapp-1'",
            "slack.bot_token: it should begin with xoxb-",
        ),
        (
            "[slack]\nbot_token = 'xoxb-1'\napp_token = 'xoxb-1'",
            "slack.app_token: it should begin with xapp-",
        ),
        ("[slack]\nadmins = ['hana']", "slack.admins.0: "),
        ("[discord]\ntoken = 'xoxb-1'", "discord.token: this is a token for Slack"),
        ("[discord]\ntoken = 'Bot abc.def'", "discord.token: it should be the token alone"),
        ("[discord]\ngateway_url = 'gateway'", "discord.gateway_url: "),
        ("[limits]\nperson_hour = -1", "limits.person_hour: it should be greater than or equal to 0."),
        ("= nonsense", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    said = fault(write(tmp_path, text))
    assert says in said
    assert len(said.splitlines()) == 1, said


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    said = fault(write(tmp_path, "language = 'fr'\n[local]\nport = -1\n[[sources]]\nkind = 'arxiv'\n"))
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("RINKO_LOCAL__PROT", "1", "Did you mean RINKO_LOCAL__PORT"),
        ("RINKO_DATABSE__URL", "x", "RINKO_DATABASE__URL"),
        ("RINKO_ZZZZZZ", "x", "is not a setting"),
        ("RINKO_LOCAL__PORT", "x", "RINKO_LOCAL__PORT (environment): it should be a valid integer"),
        ("RINKO_SOURCES", '[{"kind"', "RINKO_SOURCES (environment) is not valid JSON."),
        (
            "RINKO_SOURCES",
            '[{"kind": "arxiv"}]',
            "RINKO_SOURCES (environment): [[sources]] number 1: a source",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    said = fault(write(tmp_path, ""))
    assert says in said
    assert len(said) < 300


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml" in fault(tmp_path / "nowhere.toml")
    file = tmp_path / "rinko.toml"
    file.write_bytes(b"\xff\xfe")
    assert "rinko.toml cannot be read" in fault(file)
    assert str(tmp_path) in fault(tmp_path)


def test_values_are_never_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINKO_LOCAL__PORT", "sk-secret")
    assert "sk-secret" not in fault(write(tmp_path, "[database]\nurl = 5\n[fetch]\ncontact = []\n"))


@given(st.text(max_size=60))
def test_no_text_at_all_is_more_than_a_settings_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, encoding="utf-8", errors="replace")
    with suppress(SettingsError):
        load_settings(file)


# ------------------------------------------------------------------------------- model


def test_a_model_needs_a_key_or_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault(write(tmp_path, '[llm]\nmodel = "m"')).startswith("llm.model needs llm.api_key")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-usual")
    assert load_settings(write(tmp_path, '[llm]\nmodel = "m"')).llm_api_key == "sk-usual"
    monkeypatch.setenv("RINKO_LLM__API_KEY", "sk-own")
    assert load_settings(write(tmp_path, '[llm]\nmodel = "m"')).llm_api_key == "sk-own"


def test_the_usual_variables_name_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert load_settings(write(tmp_path, '[llm]\nmodel = "m"')).llm_base_url == "http://127.0.0.1:1/v1"


def test_a_key_of_other_tools_alone_turns_no_model_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-usual")
    assert load_settings(write(tmp_path, "")).llm.model == ""


def test_a_server_without_a_model_is_named(tmp_path: Path) -> None:
    assert "llm.model is missing" in fault(write(tmp_path, '[llm]\nbase_url = "http://127.0.0.1:1/v1"'))


def test_keys_never_come_out(tmp_path: Path) -> None:
    file = write(tmp_path, '[llm]\nmodel = "m"\napi_key = "sk-secret"')
    assert "sk-secret" not in repr(load_settings(file))
    assert "sk-secret" not in fault(write(tmp_path, '[llm]\napi_key = "sk-secret"'))


def test_tokens_of_platforms_never_come_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "RINKO_SLACK__BOT_TOKEN": ("xoxp-secret", " xoxb-secret\n"),
        "RINKO_SLACK__APP_TOKEN": ("xoxb-secret", "xapp-secret"),
        "RINKO_DISCORD__TOKEN": ("Bot secret", "secret"),
    }
    for name, (bad, _) in wrong.items():
        monkeypatch.setenv(name, bad)
        said = fault(write(tmp_path, ""))
        assert name in said
        assert "secret" not in said
        monkeypatch.delenv(name)
    for name, (_, good) in wrong.items():
        monkeypatch.setenv(name, good)
    settings = load_settings(write(tmp_path, ""))
    assert (settings.slack.is_set, settings.discord.is_set) == (True, True)
    assert settings.slack.bot_token.get_secret_value() == "xoxb-secret"
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.slack)):
        assert "secret" not in shown


def test_channels_of_platforms_are_named_by_their_ids(tmp_path: Path) -> None:
    text = """
[[channels]]
platform = "slack"
channel = "C0123ABCD"
approval = true
[[channels]]
platform = "discord"
channel = 123456789012345678
follow_ups = "all"
"""
    first, second = load_settings(write(tmp_path, text)).channels
    assert (first.workspace, first.approval, first.follow_ups) == (None, True, "mentions")
    assert (second.channel, second.approval, second.follow_ups) == ("123456789012345678", False, "all")
    twice = text + '[[channels]]\nplatform = "slack"\nchannel = "C0123ABCD"\nworkspace = "T1"'
    assert "the slack channel C0123ABCD stands there twice" in fault(write(tmp_path, twice))


def test_prices_and_ceilings_go_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "need the prices" in fault(write(tmp_path, "[llm]\nday_cost = 1.0"))
    monkeypatch.setenv("RINKO_LLM__DAY_COST", "2")
    assert fault(write(tmp_path, "")).startswith("RINKO_LLM__DAY_COST (environment): llm: day_cost")
    whole = "[llm.price]\ninput = 1.0\noutput = 2.0"
    assert load_settings(write(tmp_path, whole)).llm.price.output == 2.0
    assert "RINKO_LLM__PRICE__INPT" not in os.environ
    monkeypatch.setenv("RINKO_LLM__PRICE__INPT", "1")
    assert "RINKO_LLM__PRICE__INPUT" in fault(write(tmp_path, ""))
