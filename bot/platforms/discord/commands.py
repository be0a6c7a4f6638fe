"""The table of commands as Discord's slash commands: what is registered, and what was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.http import Route

from bot.platforms.conversation import CommandRow, Completion, Option
from digest.layout import clip
from digest.phrases import Phrases

Json = dict[str, Any]

DESCRIPTION_CHARACTERS = 100
CHOICE_CHARACTERS = 100
MOST_CHOICES = 25
"""https://discord.com/developers/docs/interactions/application-commands, as the two above."""
_SUBCOMMAND, _STRING, _ATTACHMENT = 1, 3, 11
_IN_GUILDS, _WITH_THE_BOT = 0, 1
"""Contexts: in a server, in the direct messages with the bot."""
_FIRST_LANGUAGE = "en"
"""What those read whose client's language is none of ours."""
_LOCALES = frozenset(locale.value for locale in discord.Locale)


@dataclass(frozen=True, slots=True)
class Used:
    """A command that somebody used, or is filling in."""

    row: CommandRow
    filled: Mapping[str, str]
    attachment: str | None = None
    """The id of the attached file."""
    focused: str | None = None
    """The option that is being completed."""

    @property
    def start(self) -> str:
        """How the line begins that what is typed goes on with: papers are completed alike everywhere."""
        option = next((one for one in self.row.options if one.name == self.focused), None)
        return f"{self.row.name} {option.name}=" if option is not None and option.keyed else "/ask "

    @property
    def asks_here(self) -> bool:
        """Whether it asks about the paper of its thread, or that was asked about last: it names none."""
        papers = [option.name for option in self.row.options if option.papers]
        named = any(self.filled.get(name, "").strip() for name in papers)
        return bool(papers) and not self.row.admin and not named and self.attachment is None

    @property
    def words(self) -> str:
        """What was filled in, without the names of the fields."""
        return " ".join(value.strip() for value in self.filled.values()).strip()


def registered(rows: Sequence[CommandRow], phrases: Mapping[str, Phrases], *, hidden: bool) -> list[Json]:
    """Pure: the commands of a table; `/digest here` becomes `here` under `digest`.

    With `hidden` only those who may manage a server are shown what is for admins, unless the
    server says otherwise; whoever uses it is checked each time all the same.
    """
    made: dict[str, Json] = {}
    for row in rows:
        name, *under = _words(row)
        if not under:
            made[name] = _top(name, [row], hidden=hidden) | _described(f"commands.{row.phrase}", phrases)
            made[name]["options"] = _options(row, phrases)
            continue
        if name not in made:
            group = [each for each in rows if _words(each)[0] == name]
            made[name] = _top(name, group, hidden=hidden) | _described(f"commands.{name}", phrases)
            made[name]["options"] = []
        inner = {"type": _SUBCOMMAND, "name": under[0], "options": _options(row, phrases)}
        made[name]["options"].append(inner | _described(f"commands.{row.phrase}", phrases))
    return list(made.values())


def _words(row: CommandRow) -> list[str]:
    return row.name.removeprefix("/").split()


def _top(name: str, rows: Sequence[CommandRow], *, hidden: bool) -> Json:
    for_admins = all(row.admin for row in rows)
    needed = discord.Permissions(manage_guild=True).value if for_admins and hidden else None
    return {
        "type": 1,
        "name": name,
        "default_member_permissions": needed,
        "contexts": [_IN_GUILDS] if for_admins else [_IN_GUILDS, _WITH_THE_BOT],
        "integration_types": [0],
    }


def _described(phrase: str, phrases: Mapping[str, Phrases]) -> Json:
    """The description of something in every language; a language that Discord has not is passed over."""
    texts = {
        language: clip(say(phrase), DESCRIPTION_CHARACTERS)
        for language, say in phrases.items()
        if say.has(phrase)
    }
    others = {language: text for language, text in texts.items() if language in _LOCALES}
    return {"description": texts[_FIRST_LANGUAGE], "description_localizations": others}


def _options(row: CommandRow, phrases: Mapping[str, Phrases]) -> list[Json]:
    """What a command takes; Discord wants those first that must be filled in."""
    return [_option(one, phrases) for one in sorted(row.options, key=lambda option: not option.required)]


def _option(option: Option, phrases: Mapping[str, Phrases]) -> Json:
    made: Json = {"type": _ATTACHMENT if option.file else _STRING, "name": option.name}
    made |= _described(f"options.{option.name}", phrases)
    if option.required:
        made["required"] = True
    if option.papers or option.zones:
        made["autocomplete"] = True
    if option.choices:
        made["choices"] = [_choice(value, phrases) for value in option.choices[:MOST_CHOICES]]
    return made


def _choice(value: str, phrases: Mapping[str, Phrases]) -> Json:
    """A choice; `choices.VALUE` is how a language calls it."""
    names = {
        language: say(f"choices.{value}") for language, say in phrases.items() if say.has(f"choices.{value}")
    }
    others = {language: name for language, name in names.items() if language in _LOCALES}
    return {"name": names.get(_FIRST_LANGUAGE, value), "name_localizations": others, "value": value}


def comparable(commands: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Pure: commands as they were asked for, whatever else Discord says of them and in what order."""
    shown = [_comparable(command, top=True) for command in commands]
    return sorted(shown, key=lambda command: str(command["name"]))


def _comparable(one: Mapping[str, Any], *, top: bool) -> Json:
    made: Json = {
        "type": one.get("type") or 1,
        "name": one["name"],
        "description": one.get("description") or "",
        "description_localizations": one.get("description_localizations") or {},
        "required": bool(one.get("required")),
        "autocomplete": bool(one.get("autocomplete")),
        "choices": [
            (choice["name"], choice["value"], sorted((choice.get("name_localizations") or {}).items()))
            for choice in one.get("choices") or []
        ],
        "options": [_comparable(option, top=False) for option in one.get("options") or []],
    }
    if top:
        needed = one.get("default_member_permissions")  # a number as it is asked for, told as a text
        made["default_member_permissions"] = None if needed is None else str(needed)
        made["contexts"] = sorted(one.get("contexts") or [])
    return made


async def offered(client: discord.Client) -> Sequence[Json]:
    """The commands that are registered now, in all languages. Raises `discord.HTTPException`."""
    application = client.application_id
    if application is None:
        raise discord.MissingApplicationID
    route = Route("GET", "/applications/{application_id}/commands", application_id=application)
    found: Sequence[Json] = await client.http.request(route, params={"with_localizations": "true"})
    return found


async def register(client: discord.Client, wanted: Sequence[Json]) -> bool:
    """Register the commands, where others are registered; whether it was needed.

    Registering counts on a small daily limit, so restarts only look. Raises `discord.HTTPException`.
    """
    if comparable(await offered(client)) == comparable(wanted):
        return False
    if client.application_id is None:
        raise discord.MissingApplicationID
    await client.http.bulk_upsert_global_commands(client.application_id, payload=list(wanted))
    return True


def used(data: Mapping[str, Any], rows: Sequence[CommandRow]) -> Used | None:
    """Pure: the command that an interaction speaks of, None where the table has it no more."""
    name, options = f"/{data['name']}", data.get("options") or []
    if options and options[0]["type"] == _SUBCOMMAND:
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or []
    row = next((each for each in rows if each.name == name), None)
    if row is None:
        return None
    words = {one["name"]: str(one["value"]) for one in options if one["type"] == _STRING}
    files = [str(one["value"]) for one in options if one["type"] == _ATTACHMENT]
    focused = [one["name"] for one in options if one.get("focused")]
    return Used(row, words, files[0] if files else None, focused[0] if focused else None)


def choices_of(found: Sequence[Completion], start: str) -> list[Json]:
    """Pure: what completes a line that begins with `start`, as choices of an option.

    One whose value is longer than Discord lets a choice be is left out: cut off, it would name nothing.
    """
    made: list[Json] = []
    for one in found:
        value = one.insert.removeprefix(start).strip()
        if 0 < len(value) <= CHOICE_CHARACTERS and len(made) < MOST_CHOICES:
            made.append({"name": _label(one), "value": value})
    return made


def _label(one: Completion) -> str:
    if not one.detail:
        return clip(one.label, CHOICE_CHARACTERS)
    detail = clip(f" · {one.detail}", CHOICE_CHARACTERS // 2)
    return clip(one.label, CHOICE_CHARACTERS - len(detail)) + detail
