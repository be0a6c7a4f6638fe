"""The ids of buttons and forms, which say by themselves what they do, also after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.rendering.discord import CUSTOM_ID_CHARACTERS
from digest.ports import Clock
from digest.posts import Button
from digest.stores import ButtonValues

_PLAIN, _KEPT = "rk:", "rk#"


def action_of(custom_id: str) -> str:
    """Pure: the action that an id names, empty where it is none of ours."""
    ours = custom_id.startswith((_PLAIN, _KEPT))
    return custom_id[len(_PLAIN) :].partition(":")[0] if ours else ""


@dataclass(frozen=True)
class CustomIds:
    """`rk:ACTION:VALUE`, and where that is too long `rk#ACTION:TOKEN` with the value in the store."""

    values: ButtonValues
    clock: Clock

    async def of(self, buttons: Iterable[Button]) -> Callable[[Button], str]:
        """The ids of these buttons. Raises `StoreError` where a long value cannot be kept."""
        ids = {
            (button.action, button.value): await self.one(button.action, button.value) for button in buttons
        }
        return lambda button: ids[button.action, button.value]

    async def one(self, action: str, value: str) -> str:
        """The id that says an action and its value. Raises as `of` does."""
        plain = f"{_PLAIN}{action}:{value}"
        if len(plain) <= CUSTOM_ID_CHARACTERS:
            return plain
        return f"{_KEPT}{action}:{await self.values.keep(value, self.clock.now())}"

    async def meaning(self, custom_id: str) -> tuple[str, str] | None:
        """The action and the value of an id, None where it is none of ours or its value is kept no more.

        Raises `StoreError`.
        """
        action, colon, value = custom_id[len(_PLAIN) :].partition(":")
        if not colon or not custom_id.startswith((_PLAIN, _KEPT)):
            return None
        if custom_id.startswith(_PLAIN):
            return action, value
        kept = await self.values.get(value)
        return None if kept is None else (action, kept)
