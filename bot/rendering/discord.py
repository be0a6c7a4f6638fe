"""Pure: posts and forms as Discord's components, and the mark that finds a message again.

Limits are those of messages made of components (Components V2): 4,000 characters in all texts
together and 40 components; five buttons a row, labels of 80 characters, custom ids of 100
(https://discord.com/developers/docs/components/reference).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

import discord
from discord import ui

from bot.platforms.conversation import Form
from bot.rendering.discord_text import cleaned, cost, first_line, markdown
from digest.layout import clip, fits
from digest.places import PartKey
from digest.posts import Block, BlockKind, Button, Limits, Post

DISCORD_LIMITS = Limits(
    characters=4000,
    blocks=120,
    block_characters=3500,
    buttons=10,
    button_label=80,
    call_seconds=40.0,
    lag_seconds=3.0,
    cost=cost,
)
CUSTOM_ID_CHARACTERS = 100
_ROW = 5
_NAME_CHARACTERS = 100
_FORM_TITLE_CHARACTERS = 45
_FORM_LABEL_CHARACTERS = 45
_FORM_HINT_CHARACTERS = 100
_FORM_VALUE_CHARACTERS = 4000
_IN_BRACKETS = re.compile(r"(.*?\S)\s*[(（](.+)[)）]", re.DOTALL)
_NOTHING = "…"
"""In place of a text or a name that there is nothing of: Discord takes none that is empty."""

Mark = tuple[int, int]
"""The ids of the first two components of a message that belongs to a part."""
_FIRST_MARK, _LAST_MARK = 1_000, 2**31 - 1
"""Ids have 31 bits; those that Discord gives out itself begin at 1."""


def mark_of(key: PartKey) -> Mark:
    """The mark of a part: 62 bits of a hash of its key, as two ids that differ."""
    digest = hashlib.sha256(str(key).encode()).digest()
    span = _LAST_MARK - _FIRST_MARK
    first, second = (_FIRST_MARK + int.from_bytes(digest[at : at + 8]) % span for at in (0, 8))
    return first, second if second != first else _LAST_MARK


def mark_in(components: Iterable[discord.Component]) -> Mark | None:
    """The mark that a message carries, None where Discord gave its first two components their ids."""
    ids: list[int] = [getattr(component, "id", None) or 0 for component in _walk(components)][:2]
    return (ids[0], ids[1]) if len(ids) == 2 and min(ids) >= _FIRST_MARK else None


def first_text(components: Iterable[discord.Component]) -> str:
    """The first line that readers see of a message made of components; empty where there is none."""
    texts = (part.content for part in _walk(components) if isinstance(part, discord.TextDisplay))
    return first_line(next(texts, ""))


def _walk(components: Iterable[discord.Component]) -> Iterator[discord.Component]:
    for component in components:
        yield component
        if isinstance(component, (discord.Container, discord.ActionRow)):
            yield from _walk(component.children)


def name_of(post: Post) -> str:
    """What a thread about a post is called: the post's first title, else its first line."""
    titles = [block for block in post.blocks if block.kind is BlockKind.TITLE]
    for block in (*titles, *post.blocks):
        if name := " ".join(cleaned(block.text).split()):
            return thread_name(name)
    return _NOTHING


def thread_name(name: str) -> str:
    """A name as threads may have it: one line of 1 to 100 characters."""
    return clip(" ".join(name.split()), _NAME_CHARACTERS) or _NOTHING


def too_large(post: Post) -> bool:
    """Whether a post passes a limit of a message."""
    limits = DISCORD_LIMITS
    return (
        not fits(post.blocks, limits)
        or len(post.buttons) > limits.buttons
        or any(len(button.label) > limits.button_label for button in post.buttons)
    )


def view_of(post: Post, custom_id: Callable[[Button], str], mark: Mark | None = None) -> ui.LayoutView:
    """A post as a view that is only shown: it listens to nothing and is not kept by the library.

    A post with a title stands in a frame, as a card; others are plain text. `mark` marks the message.
    """
    first, second = mark or (None, None)
    text = markdown(post.blocks) or _NOTHING
    rows = list(_rows(post.buttons, custom_id))
    view = ui.LayoutView(timeout=None)
    if _is_card(post.blocks):
        view.add_item(ui.Container(ui.TextDisplay(text, id=second), *rows, id=first))
    else:
        view.add_item(ui.TextDisplay(text, id=first))
        if mark:
            view.add_item(ui.Separator(visible=False, id=second))
        for row in rows:
            view.add_item(row)
    view.stop()
    return view


def _is_card(blocks: Iterable[Block]) -> bool:
    return any(block.kind is BlockKind.TITLE for block in blocks)


def _rows(
    buttons: Iterable[Button], custom_id: Callable[[Button], str]
) -> Iterator[ui.ActionRow[ui.LayoutView]]:
    """Buttons in rows; of two that do the same the first stays, for no id may stand twice."""
    unlike: dict[str, Button] = {}
    for button in buttons:
        unlike.setdefault(custom_id(button), button)
    shown: list[ui.Button[ui.LayoutView]] = [
        ui.Button(label=_label(button), custom_id=name) for name, button in unlike.items()
    ]
    for start in range(0, len(shown), _ROW):
        yield ui.ActionRow(*shown[start : start + _ROW])


def _label(button: Button) -> str:
    return clip(" ".join(cleaned(button.label).split()), DISCORD_LIMITS.button_label) or _NOTHING


def form_modal(form: Form, custom_id: str) -> ui.Modal:
    """A form as a dialog whose inputs have the fields' names; what is sent comes as an interaction.

    Discord takes at most five fields; raises `ValueError` for more.
    """
    modal = ui.Modal(title=clip(form.title, _FORM_TITLE_CHARACTERS) or _NOTHING, custom_id=custom_id)
    for field in form.fields:
        entry: ui.TextInput[ui.Modal] = ui.TextInput(
            custom_id=field.name,
            style=discord.TextStyle.paragraph if field.long else discord.TextStyle.short,
            placeholder=clip(field.example, _FORM_HINT_CHARACTERS) or None,
            required=field.required,
            default=clip(field.value, _FORM_VALUE_CHARACTERS) or None,
            max_length=_FORM_VALUE_CHARACTERS,
        )
        label, hint = _label_and_hint(field.label)
        modal.add_item(ui.Label(text=label, description=hint, component=entry))
    modal.stop()
    return modal


def _label_and_hint(label: str) -> tuple[str, str | None]:
    """A field's label, and below it what the label says in brackets at its end: labels have little room."""
    found = _IN_BRACKETS.fullmatch(label)
    name, hint = (found[1], found[2]) if found else (label, "")
    return clip(name, _FORM_LABEL_CHARACTERS) or _NOTHING, clip(hint, _FORM_HINT_CHARACTERS) or None
