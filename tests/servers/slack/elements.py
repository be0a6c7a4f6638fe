"""The parts that blocks are made of, with their limits: texts, options, buttons, inputs, rich text."""

from __future__ import annotations

from typing import Any

from tests.servers.slack.schema import (
    Check,
    Report,
    address,
    anything,
    boolean,
    integer,
    items,
    one_of,
    say,
    shape,
    string,
    typed,
)


def plain(most: int) -> Check:
    """A `plain_text` object."""
    return typed({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


def text(most: int) -> Check:
    """A text object of either kind."""
    plain_text = shape({"text": string(most)}, {"emoji": boolean})
    mrkdwn = shape({"text": string(most)}, {"verbatim": boolean})
    return typed({"plain_text": plain_text, "mrkdwn": mrkdwn})


_ACTION_ID = string(255)
_CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
_BASE = {"action_id": _ACTION_ID, "confirm": _CONFIRM, "focus_on_load": boolean}
_DISPATCH = shape({}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)})


def option(label: Check) -> Check:
    """One choice."""
    return shape({"text": label, "value": string(150)}, {"description": plain(75)})


_OPTION = option(plain(75))
_OVERFLOW = shape({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": address()})
_MARKED_OPTION = option(text(75))
_GROUP = shape({"label": plain(75), "options": items(_OPTION, 100)}, {})
_CHOICES = {"options": items(_OPTION, 100), "option_groups": items(_GROUP, 100)}


def _select(check: Check) -> Check:
    """A menu of fixed choices: either options or groups of them."""

    def checked(value: Any, path: str, report: Report) -> None:
        check(value, path, report)
        if ("options" in value) == ("option_groups" in value):
            say(report, "must provide either options or option_groups", path)

    return checked


_MENU = _BASE | {"placeholder": plain(150)}
_MANY = {"max_selected_items": integer(1, 100)}
_TEXT_INPUT = _BASE | {"placeholder": plain(150), "initial_value": string(3000, 0)}
_FEEDBACK = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": _ACTION_ID,
        "url": address(),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
    },
)
STATIC_SELECT = _select(shape({}, _MENU | _CHOICES | {"initial_option": _OPTION}))
MULTI_STATIC_SELECT = _select(shape({}, _MENU | _CHOICES | _MANY | {"initial_options": items(_OPTION, 100)}))
USERS_SELECT = shape({}, _MENU | {"initial_user": string(255)})
CONVERSATIONS_SELECT = shape(
    {},
    _MENU
    | {
        "initial_conversation": string(255),
        "default_to_current_conversation": boolean,
        "response_url_enabled": boolean,
        "filter": anything,
    },
)
CHANNELS_SELECT = shape({}, _MENU | {"initial_channel": string(255), "response_url_enabled": boolean})
OVERFLOW = shape({"options": items(_OVERFLOW, 5)}, {"action_id": _ACTION_ID, "confirm": _CONFIRM})
RADIO = shape({"options": items(_MARKED_OPTION, 10)}, _BASE | {"initial_option": _MARKED_OPTION})
CHECKBOXES = shape(
    {"options": items(_MARKED_OPTION, 10)}, _BASE | {"initial_options": items(_MARKED_OPTION, 10)}
)
DATE = shape({}, _MENU | {"initial_date": string(10)})
TIME = shape({}, _MENU | {"initial_time": string(5), "timezone": string(100)})
IMAGE = shape({"alt_text": string(2000, 0)}, {"image_url": address(), "slack_file": anything})
PLAIN_INPUT = shape(
    {},
    _TEXT_INPUT
    | {
        "multiline": boolean,
        "min_length": integer(0, 3000),
        "max_length": integer(1, 3000),
        "dispatch_action_config": _DISPATCH,
    },
)
URL_INPUT = shape({}, _TEXT_INPUT | {"dispatch_action_config": _DISPATCH})
NUMBER_INPUT = shape(
    {"is_decimal_allowed": boolean},
    _TEXT_INPUT | {"min_value": string(255), "max_value": string(255), "dispatch_action_config": _DISPATCH},
)
FILE_INPUT = shape(
    {}, {"action_id": _ACTION_ID, "filetypes": items(string(20), 100), "max_files": integer(1, 10)}
)
FEEDBACK_BUTTONS = shape(
    {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": _ACTION_ID}
)
ICON_BUTTON = shape(
    {"icon": one_of("trash"), "text": plain(75)},
    {
        "action_id": _ACTION_ID,
        "value": string(2000),
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": items(string(255), 100),
    },
)

MENUS = {
    "static_select": STATIC_SELECT,
    "multi_static_select": MULTI_STATIC_SELECT,
    "users_select": USERS_SELECT,
    "conversations_select": CONVERSATIONS_SELECT,
    "channels_select": CHANNELS_SELECT,
    "radio_buttons": RADIO,
    "checkboxes": CHECKBOXES,
    "datepicker": DATE,
    "timepicker": TIME,
}
ACTIONS = typed(MENUS | {"button": BUTTON, "overflow": OVERFLOW})
ACCESSORY = typed(MENUS | {"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE})
INPUTS = typed(
    MENUS
    | {
        "plain_text_input": PLAIN_INPUT,
        "url_text_input": URL_INPUT,
        "email_text_input": URL_INPUT,
        "number_input": NUMBER_INPUT,
        "file_input": FILE_INPUT,
    }
)
CONTEXT = typed(
    {
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
        "image": IMAGE,
    }
)

_MARKS = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
_STYLE = {"style": shape({}, dict.fromkeys(_MARKS, boolean))}
_ID = string(255)
_RUN = {
    "text": shape({"text": string(100_000)}, _STYLE),
    "link": shape({"url": address()}, _STYLE | {"text": string(100_000, 0), "unsafe": boolean}),
    "user": shape({"user_id": _ID}, _STYLE),
    "usergroup": shape({"usergroup_id": _ID}, _STYLE),
    "channel": shape({"channel_id": _ID}, _STYLE),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLE),
    "emoji": shape({"name": string(255)}, _STYLE | {"unicode": string(255), "skin_tone": integer(1, 6)}),
    "date": shape(
        {"timestamp": integer(0, 2**40), "format": string(255)},
        _STYLE | {"url": address(), "fallback": string(3000)},
    ),
    "color": shape({"value": string(7)}, _STYLE),
}
_RUNS = {"elements": items(typed(_RUN), 10_000)}
_SECTION = shape(_RUNS, {})
_CODE = items(typed({"text": _RUN["text"], "link": _RUN["link"]}), 10_000)

RICH_TEXT = typed(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": shape(
            {
                "elements": items(typed({"rich_text_section": _SECTION}), 10_000),
                "style": one_of("bullet", "ordered"),
            },
            {"indent": integer(0, 8), "offset": integer(0, 10_000), "border": integer(0, 1)},
        ),
        "rich_text_preformatted": shape(
            {"elements": _CODE}, {"border": integer(0, 1), "language": string(50)}
        ),
        "rich_text_quote": shape(_RUNS, {"border": integer(0, 1)}),
    }
)
