"""`views.*`: modals and the home tab."""

from __future__ import annotations

import copy
from typing import Any

from tests.servers.slack.blocks import check_view
from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.limits import TIER_4
from tests.servers.slack.nouns import Json, User, View
from tests.servers.slack.state import SlackError, State
from tests.servers.slack.text import stored_blocks

MOST_MODALS = 3
"""So many lie upon one another."""


def opened(state: State, user: User, given: Json, over: View | None = None) -> View:
    """A modal on somebody's screen, by itself or over another."""
    view_id = state.id("V")
    root, previous = (over.root, over.id) if over else (view_id, None)
    view = View(view_id, user, _stored(state, given), state.ts(), root, previous)
    state.views[view_id] = view
    state.changed()
    return view


def changed(state: State, view: View, given: Json) -> None:
    """Another content for a view; what was entered goes."""
    view.given, view.hash, view.values, view.errors = _stored(state, given), state.ts(), {}, {}
    state.changed()


def _stored(state: State, given: Json) -> Json:
    kept = copy.deepcopy(given)
    kept["blocks"] = stored_blocks(kept["blocks"], lambda: state.id("b"))
    return kept


def open_view(desk: Desk) -> Json:
    """A modal, in exchange for a trigger."""
    given = check_view(desk.json("view"), "modal")
    user = _exchange(desk)
    _unused(desk, given)
    for view in [each for each in desk.state.views.values() if each.user is user]:
        del desk.state.views[view.id]
    return {"view": opened(desk.state, user, given).json()}


def push(desk: Desk) -> Json:
    """A modal over the one that is open."""
    given = check_view(desk.json("view"), "modal")
    user = _exchange(desk)
    _unused(desk, given)
    stack = [each for each in desk.state.views.values() if each.user is user]
    if not stack:
        raise SlackError("invalid_arguments", ["no modal is open"])
    if len(stack) >= MOST_MODALS:
        raise SlackError("push_limit_reached")
    return {"view": opened(desk.state, user, given, stack[-1]).json()}


def _exchange(desk: Desk) -> User:
    """Whose trigger it is, which is used up by this."""
    trigger = desk.state.triggers.get(desk.text("trigger_id") or "")
    if trigger is None or trigger.user.team is not desk.team:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if desk.state.older(trigger.at, desk.limits.trigger_seconds):
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger.user


def _unused(desk: Desk, given: Json) -> None:
    name = given.get("external_id")
    if name and any(each.given.get("external_id") == name for each in desk.state.views.values()):
        raise SlackError("duplicate_external_id")


def update(desk: Desk) -> Json:
    """Another content for an open modal; with `hash`, only if nobody was faster."""
    view = _find(desk)
    given = check_view(desk.json("view"), "modal")
    if desk.text("hash") not in (None, view.hash):
        raise SlackError("hash_conflict")
    changed(desk.state, view, given)
    return {"view": view.json()}


def _find(desk: Desk) -> View:
    wanted: Any = desk.text("view_id") or desk.text("external_id")
    for view in desk.state.views.values():
        if view.user.team is desk.team and wanted and wanted in (view.id, view.given.get("external_id")):
            return view
    raise SlackError("not_found")


def publish(desk: Desk) -> Json:
    """Somebody's home tab."""
    user, state = desk.user("user_id"), desk.state
    given = check_view(desk.json("view"), "home")
    home = state.homes.get(user.id)
    if home is None:
        view_id = state.id("V")
        home = state.homes[user.id] = View(view_id, user, {}, "", view_id)
    elif desk.text("hash") not in (None, home.hash):
        raise SlackError("hash_conflict")
    changed(state, home, given)
    return {"view": home.json()}


METHODS = {
    "views.open": Method(open_view, TIER_4, ("view", "trigger_id")),
    "views.push": Method(push, TIER_4, ("view", "trigger_id")),
    "views.update": Method(update, TIER_4, ("view",)),
    "views.publish": Method(publish, TIER_4, ("user_id", "view")),
}
