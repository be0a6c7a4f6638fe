"""Who one is, who the others are, files and reactions."""

from __future__ import annotations

import re

from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.limits import TIER_2, TIER_3, TIER_4
from tests.servers.slack.nouns import Json, Message, User
from tests.servers.slack.state import SlackError, State

_OFTEN = 1_000
_EMOJI = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")


def auth_test(desk: Desk) -> Json:
    """Whose token it is."""
    team = desk.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": "rinko",
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def _profile(user: User, locale: bool) -> Json:
    told: Json = {
        "id": user.id,
        "team_id": user.team.id,
        "name": user.name,
        "real_name": user.name,
        "deleted": False,
        "tz": user.tz,
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team.id},
        "is_admin": user.admin,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.bot,
        "is_app_user": False,
    }
    return told | ({"locale": user.locale} if locale else {})


def users_info(desk: Desk) -> Json:
    """Who somebody is; the language only where it is asked for."""
    return {"user": _profile(desk.user(), desk.flag("include_locale"))}


def users_list(desk: Desk) -> Json:
    """Everybody."""
    people = [each for each in desk.state.users.values() if each.team is desk.team]
    rows, more = desk.page([_profile(each, desk.flag("include_locale")) for each in people], 999)
    return {"members": rows, **more}


def team_info(desk: Desk) -> Json:
    """What the workspace is."""
    return {"team": {"id": desk.team.id, "name": desk.team.name, "domain": desk.team.domain, "icon": {}}}


def bots_info(desk: Desk) -> Json:
    """What the bot is."""
    if desk.text("bot") not in (None, desk.team.bot_id):
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": desk.team.bot_id,
            "app_id": desk.state.app_id,
            "user_id": desk.team.bot_user,
            "name": "rinko",
            "deleted": False,
        }
    }


def files_info(desk: Desk) -> Json:
    """What a file is."""
    file = desk.state.files.get(desk.text("file") or "")
    if file is None or file.user.team is not desk.team:
        raise SlackError("file_not_found")
    return {"file": file.json(), "comments": [], "response_metadata": {"next_cursor": ""}}


def reactions_add(desk: Desk) -> Json:
    """The bot's reaction to a message."""
    channel, name = desk.channel(), desk.text("name") or ""
    message = desk.message(channel, "timestamp")
    if not _EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    if desk.team.bot_user in message.reactions.get(name, []):
        raise SlackError("already_reacted")
    message.reactions.setdefault(name, []).append(desk.team.bot_user)
    tell_reaction(desk.state, desk.state.users[desk.team.bot_user], message, name)
    return {}


def tell_reaction(state: State, user: User, message: Message, name: str) -> None:
    """The event of a reaction, where the bot is there to see it."""
    item = {"type": "message", "channel": message.channel.id, "ts": message.ts}
    event = {"type": "reaction_added", "user": user.id, "reaction": name, "item": item}
    if message.channel.bot_inside:
        state.emit(user.team, "reaction_added", event | {"item_user": message.user, "event_ts": state.ts()})
    state.changed()


METHODS = {
    "auth.test": Method(auth_test, _OFTEN),
    "users.info": Method(users_info, TIER_4, ("user",), ("users:read",)),
    "users.list": Method(users_list, TIER_2, (), ("users:read",)),
    "team.info": Method(team_info, TIER_3, (), ("team:read",)),
    "bots.info": Method(bots_info, TIER_3, (), ("users:read",)),
    "files.info": Method(files_info, TIER_4, ("file",), ("files:read",)),
    "reactions.add": Method(reactions_add, TIER_3, ("channel", "name", "timestamp"), ("reactions:write",)),
}
