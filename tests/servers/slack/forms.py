"""How what a person enters or chooses is told to an app, with the bounds that a client keeps."""

from __future__ import annotations

from typing import Any

from tests.servers.slack.nouns import Json
from tests.servers.slack.offered import NotOffered, offered

_TEXTS = ("plain_text_input", "url_text_input", "email_text_input", "number_input")
_MANY = ("checkboxes", "multi_static_select")
_PICKED = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}


def entered(element: Json, choice: Any) -> Json:
    """The fields that tell of one element: pressed, typed into or chosen from."""
    kind = element["type"]
    if kind in ("button", "icon_button"):
        return {name: element[name] for name in ("text", "value", "style") if name in element}
    if kind == "feedback_buttons":
        button = element["positive_button" if choice else "negative_button"]
        return {"text": button["text"], "value": button["value"]}
    if kind in _TEXTS:
        return {"value": _typed(element, choice)}
    if kind in _MANY:
        return {"selected_options": [_option(element, each) for each in choice or ()]}
    if name := _PICKED.get(kind):
        return {name: choice}
    return {"selected_option": None if choice is None else _option(element, choice)}


def state_values(
    blocks: list[Json], values: Json, before: Json, pressed: str | None = None, choice: Any = None
) -> Json:
    """A view's `state.values`; NotOffered where a client would not let it through.

    With `pressed` only that element changes, and nothing has to be complete.
    """
    told: Json = {}
    inputs = [(block, block["element"]) for block in blocks if block["type"] == "input"]
    known = {element.get("action_id") for _, element in inputs}
    offered(set(values) <= known, f"there is no input {set(values) - known}")
    for block, element in inputs:
        action_id = element.get("action_id", "")
        earlier = before.get(block["block_id"], {}).get(action_id)
        if action_id in values or action_id == pressed:
            field = {"type": element["type"], **entered(element, choice if pressed else values[action_id])}
        else:
            field = earlier or {"type": element["type"], **_initial(element)}
        empty = not any(value for name, value in field.items() if name != "type")
        offered(pressed or block.get("optional") or not empty, f"{action_id!r} must be filled in")
        told[block["block_id"]] = {action_id: field}
    return told


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _TEXTS:
        return {"value": element.get("initial_value")}
    if kind in _MANY:
        return {"selected_options": element.get("initial_options", [])}
    if name := _PICKED.get(kind):
        return {name: element.get("initial_" + name.removeprefix("selected_"))}
    return {"selected_option": element.get("initial_option")}


def _typed(element: Json, text: str | None) -> str | None:
    if text:
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        offered(least <= len(text) <= most, f"between {least} and {most} characters, not {len(text)}")
    return text or None


def _option(element: Json, value: str) -> Json:
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(each for group in groups for each in group["options"])]
    for option in options:
        if option["value"] == value:
            found: Json = option
            return found
    raise NotOffered(f"there is no choice {value!r}")
