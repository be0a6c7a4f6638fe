"""The compose file and the image start what there is, with settings that there are, and without secrets."""

from __future__ import annotations

import json
import os
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.roles import Role
from config.settings import load_settings
from digest.store.engine import open_database

ROOT = Path(__file__).parents[2]


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return dict(found["services"])


def instructions() -> list[tuple[str, str]]:
    """What the Dockerfile says, a step each."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def test_one_gateway_and_two_workers_run_beside_postgresql() -> None:
    found = services()
    roles = {name: one["command"][-1] for name, one in found.items() if "command" in one}
    assert roles == {"gateway": Role.GATEWAY, "worker": Role.WORKER}
    assert found["worker"]["deploy"] == {"replicas": 2}
    assert "deploy" not in found["gateway"]
    assert found["postgres"]["image"] == "postgres:17"
    assert {one["restart"] for one in found.values()} == {"unless-stopped"}
    for name in roles:
        assert found[name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
        wrong = CliRunner().invoke(app, [*found[name]["command"], "--config", "nowhere.toml"])
        assert "There is no settings file nowhere.toml." in wrong.output, "all before it was understood"


def test_what_containers_are_told_are_settings_and_the_database_is_the_one_beside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [one for one in os.environ if one.startswith("RINKO_")]:
        monkeypatch.delenv(name)
    found = services()
    monkeypatch.chdir(tmp_path)
    image = re.findall(r"(RINKO_\w+)=(\S+)", " ".join(text for word, text in instructions() if word == "ENV"))
    for name, value in [*found["gateway"]["environment"].items(), *image]:
        monkeypatch.setenv(name, value)
    settings = load_settings()
    address = open_database(settings.database_url).engine.url
    made = found["postgres"]["environment"]
    assert (address.host, address.username, address.database) == (
        "postgres",
        made["POSTGRES_USER"],
        made["POSTGRES_DB"],
    )
    (port,) = found["gateway"]["ports"]
    assert port == f"127.0.0.1:{settings.local.port}:{settings.local.port}"
    assert found["worker"]["environment"] == found["gateway"]["environment"]


def test_no_secret_has_a_default_and_settings_are_mounted_to_be_read_only() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"\$\{(\w+)(:?[?-])", text) == [("POSTGRES_PASSWORD", ":?")] * 2
    for name in ("gateway", "worker"):
        (mount,) = services()[name]["volumes"]
        assert mount["target"] == "/rinko/rinko.toml"
        assert mount["read_only"] is True
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody_in_particular() -> None:
    steps = instructions()
    bases = [text for word, text in steps if word == "FROM"]
    assert bases == ["python:3.12-slim AS build", "python:3.12-slim"]
    last = steps[max(number for number, (word, _) in enumerate(steps) if word == "FROM") :]
    assert ("USER", "rinko") in last
    assert not any("pip" in text or "apt" in text for word, text in last if word == "RUN")
    assert ("ENTRYPOINT", '["rinko"]') in last
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "rinko" in project["scripts"]

    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    assert "*" in ignored
    copied = [text.split()[:-1] for word, text in steps if word == "COPY" and "--from" not in text]
    for name in [one for each in copied for one in each]:
        assert (ROOT / name).exists()
        assert any(fnmatch(name, one) for one in let_in)


def test_the_image_asks_by_itself_how_rinko_is() -> None:
    (check,) = [text for word, text in instructions() if word == "HEALTHCHECK"]
    command = json.loads(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    assert "/healthz" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")
