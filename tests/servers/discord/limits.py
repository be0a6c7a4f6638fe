"""What a message may be made of: Discord's limits for content, embeds, files and commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.servers.discord.components import check_components
from tests.servers.discord.errors import Form, Refused
from tests.servers.discord.state import Flag, Message, Upload
from tests.servers.discord.world import Behaviour

Json = Mapping[str, Any]

CONTENT = 2000
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
ON_CREATE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2 | (1 << 13)
ON_EDIT = Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2
_EMBED = {"title": 256, "description": 4096}
_ALL_EMBEDS = 6000
_NAME = re.compile(r"[-_'\w]{1,32}")
_LOCALES = frozenset(
    {
        "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
        "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja",
        "zh-TW", "ko",
    }
)  # fmt: skip


def check_message(body: Json, *, flags: int, allowed: int, files: Iterable[Upload] = ()) -> None:
    """Check what a new message, or the changed parts of one, is made of."""
    form = Form()
    content = body.get("content")
    if isinstance(content, str):
        form.at_most("content", content.strip(), CONTENT)
    if flags & ~allowed:
        form.wrong("flags", "MESSAGE_FLAGS_INVALID", "These flags cannot be set here.")
    v2 = bool(flags & Flag.COMPONENTS_V2)
    if v2:
        for name in ("content", "embeds", "sticker_ids", "poll"):
            if body.get(name):
                form.wrong(name, LEGACY, f"The '{name}' field cannot be used with IS_COMPONENTS_V2")
    _check_embeds(form, body.get("embeds") or [])
    check_components(form, body.get("components") or [], v2=v2)
    _check_mentions(form, body.get("allowed_mentions"))
    _check_files(form, body.get("attachments") or [], list(files))
    form.done()


def check_sizes(files: Iterable[Upload], length: int, behaviour: Behaviour) -> None:
    """Refuse files that are too large."""
    if length > behaviour.request_bytes or any(len(f.body) > behaviour.file_bytes for f in files):
        raise Refused(413, 40005, "Request entity too large")


def check_not_empty(message: Message) -> None:
    """Refuse a message in which there is nothing."""
    if not (message.content or message.embeds or message.attachments or message.components):
        raise Refused(400, 50006, "Cannot send an empty message")


def _check_embeds(form: Form, embeds: Sequence[Json]) -> None:
    if len(embeds) > 10:
        form.wrong("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = 0
    for number, embed in enumerate(embeds):
        path = f"embeds.{number}"
        fields = embed.get("fields") or []
        if len(fields) > 25:
            form.wrong(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        texts = [(f"{path}.{name}", embed.get(name), most) for name, most in _EMBED.items()]
        texts.append((f"{path}.footer.text", (embed.get("footer") or {}).get("text"), 2048))
        texts.append((f"{path}.author.name", (embed.get("author") or {}).get("name"), 256))
        for at, each in enumerate(fields):
            for name, most in (("name", 256), ("value", 1024)):
                if not (each.get(name) or "").strip():
                    form.wrong(f"{path}.fields.{at}.{name}", "BASE_TYPE_REQUIRED", "This field is required")
                texts.append((f"{path}.fields.{at}.{name}", each.get(name), most))
        for where, text, most in texts:
            form.at_most(where, text.strip() if text else text, most)
            total += len((text or "").strip())
    if total > _ALL_EMBEDS:
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {_ALL_EMBEDS}")


def _check_mentions(form: Form, allowed: Json | None) -> None:
    if not allowed:
        return
    for name in ("users", "roles"):
        listed = allowed.get(name) or []
        if len(listed) > 100:
            form.wrong(f"allowed_mentions.{name}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        if listed and name in (allowed.get("parse") or []):
            form.wrong(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.',
            )


def _check_files(form: Form, attachments: Sequence[Json], files: Sequence[Upload]) -> None:
    if len(attachments) > 10 or len(files) > 10:
        form.wrong("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")


def check_commands(commands: Sequence[Json]) -> None:
    """Check the commands that an application wants to have, all of one place at once."""
    form = Form()
    if len([each for each in commands if each.get("type", 1) == 1]) > 100:
        raise Refused(400, 30032, "Maximum number of application commands reached (100).")
    seen: set[tuple[int, str]] = set()
    for number, command in enumerate(commands):
        path = str(number)
        key = (command.get("type") or 1, command["name"])
        if key in seen:
            form.wrong(f"{path}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique")
        seen.add(key)
        _check_command(form, path, command, named=key[0] == 1)
        if _size(command) > 8000:
            form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    form.done()


def _check_command(form: Form, path: str, command: Json, *, named: bool) -> None:
    names = {"": command["name"], **(command.get("name_localizations") or {})}
    for locale, name in names.items():
        where = f"{path}.name_localizations.{locale}" if locale else f"{path}.name"
        form.at_most(where, name, 32)
        if named and (not _NAME.fullmatch(name) or name != name.lower()):
            form.wrong(where, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    texts = {"": command.get("description") or "", **(command.get("description_localizations") or {})}
    for locale, text in texts.items():
        where = f"{path}.description_localizations.{locale}" if locale else f"{path}.description"
        form.at_most(where, text, 100)
        if named and not text:
            form.wrong(where, "BASE_TYPE_REQUIRED", "This field is required")
    for locale in {*names, *texts} - {""} - _LOCALES:
        form.wrong(path, "ENUM_TYPE_COERCE", f'Value "{locale}" is not a valid enum value.')
    options = command.get("options") or []
    if len(options) > 25 or len(command.get("choices") or []) > 25:
        form.wrong(f"{path}.options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        form.wrong(
            f"{path}.options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required ones come first"
        )
    for number, option in enumerate(options):
        _check_command(form, f"{path}.options.{number}", option, named=True)


def _size(command: Json) -> int:
    """A command's characters, each text by the longest of its languages."""
    total = 0
    for name in ("name", "description"):
        texts = [command.get(name) or "", *(command.get(f"{name}_localizations") or {}).values()]
        total += max(len(text) for text in texts)
    total += sum(len(str(choice["value"])) + len(choice["name"]) for choice in command.get("choices") or [])
    return total + sum(_size(option) for option in command.get("options") or [])
