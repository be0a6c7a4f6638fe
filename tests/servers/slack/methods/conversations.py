"""`conversations.*`: what is where, who is in it, and what was said."""

from __future__ import annotations

from tests.servers.slack import posting
from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.limits import TIER_2, TIER_3, TIER_4
from tests.servers.slack.nouns import Channel, Json, Message
from tests.servers.slack.state import SlackError


def _info(channel: Channel) -> Json:
    team = channel.team
    told: Json = {
        "id": channel.id,
        "is_channel": channel.kind == "channel",
        "is_group": False,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "channel",
        "is_archived": channel.archived,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "context_team_id": team.id,
    }
    if channel.kind == "im":
        return told | {"user": next(each for each in channel.members if each != team.bot_user)}
    return told | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": False,
        "is_member": channel.bot_inside,
        "creator": "USLACKBOT",
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def info(desk: Desk) -> Json:
    """What a conversation is; `not_in_channel` is no reason not to say so."""
    channel = desk.channel(inside=False)
    desk.need(f"{channel.scope}:read")
    told = _info(channel)
    if desk.flag("include_num_members"):
        told["num_members"] = len(channel.members)
    if desk.flag("include_locale"):
        told["locale"] = "ja-JP"
    return {"channel": told}


def members(desk: Desk) -> Json:
    """Who is in it."""
    channel = desk.channel(inside=False)
    desk.need(f"{channel.scope}:read")
    rows, more = desk.page([{"id": each} for each in sorted(channel.members)], 999)
    return {"members": [row["id"] for row in rows], **more}


def join(desk: Desk) -> Json:
    """Go into a public channel."""
    channel = desk.channel(inside=False)
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if channel.bot_inside:
        return {"channel": _info(channel), "warning": "already_in_channel"}
    channel.members.add(desk.team.bot_user)
    event = {
        "type": "member_joined_channel",
        "user": desk.team.bot_user,
        "channel": channel.id,
        "team": desk.team.id,
    }
    desk.state.emit(
        desk.team, "member_joined_channel", event | {"channel_type": "C", "event_ts": desk.state.ts()}
    )
    return {"channel": _info(channel)}


def open_im(desk: Desk) -> Json:
    """The direct messages with one person."""
    desk.call.args.setdefault("user", desk.text("users"))
    if "," in (desk.text("users") or ""):
        raise SlackError("missing_scope", needed="mpim:write", provided=",".join(sorted(desk.team.scopes)))
    if desk.text("channel"):
        return {"channel": _info(desk.channel())}
    user = desk.user()
    if user.bot:
        raise SlackError("cannot_dm_bot")
    channel = desk.state.im(user)
    return {"channel": _info(channel) if desk.flag("return_im") else {"id": channel.id}}


def every(desk: Desk) -> Json:
    """The conversations that the bot sees."""
    return _list(
        desk, [each for each in desk.state.channels.values() if each.bot_inside or each.kind == "channel"]
    )


def own(desk: Desk) -> Json:
    """The conversations that the bot is in."""
    return _list(desk, [each for each in desk.state.channels.values() if each.bot_inside])


def _list(desk: Desk, channels: list[Channel]) -> Json:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    scopes = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
    wanted = (desk.text("types") or "public_channel").split(",")
    for each in wanted:
        if each not in kinds:
            raise SlackError("invalid_types")
        desk.need(f"{scopes[each]}:read")
    asked = {kinds[each] for each in wanted}
    found = [
        _info(each)
        for each in channels
        if each.team is desk.team
        and each.kind in asked
        and not (each.archived and desk.flag("exclude_archived"))
    ]
    rows, more = desk.page(found, 999)
    return {"channels": rows, **more}


def history(desk: Desk) -> Json:
    """What stands in the channel itself, newest first; of threads only what was broadcast."""
    channel = _readable(desk)
    found = [
        each
        for each in reversed(channel.messages.values())
        if (not each.is_reply or each.subtype == posting.BROADCAST) and _within(desk, each)
    ]
    return _told(desk, found, 100) | {"pin_count": 0}


def replies(desk: Desk) -> Json:
    """A thread, oldest first; its parent leads every page. A reply's own `ts` gives only that reply."""
    channel = _readable(desk)
    parent = desk.message(channel, error="thread_not_found")
    under = [] if parent.is_reply else [each for each in parent.replies() if _within(desk, each)]
    told = _told(desk, under, 1000)
    return told | {"messages": [parent.json(desk.flag("include_all_metadata")), *told["messages"]]}


def _readable(desk: Desk) -> Channel:
    channel = desk.channel()
    desk.need(f"{channel.scope}:history")
    return channel


def _within(desk: Desk, message: Message) -> bool:
    oldest, latest = desk.text("oldest"), desk.text("latest")
    try:
        after = float(oldest or 0) - float(message.ts)
        before = float(message.ts) - float(latest or "inf")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    if desk.flag("inclusive"):
        return after <= 0 and before <= 0
    return after < 0 and before < 0


def _told(desk: Desk, messages: list[Message], default: int) -> Json:
    rows = [each.json(desk.flag("include_all_metadata")) for each in messages]
    page, more = desk.page(rows, desk.limits.history_most, min(default, desk.limits.history_most))
    following = bool(more["response_metadata"]["next_cursor"])
    return {"messages": page, "has_more": following} | (more if following else {})


METHODS = {
    "conversations.info": Method(info, TIER_3, ("channel",)),
    "conversations.members": Method(members, TIER_4, ("channel",)),
    "conversations.join": Method(join, TIER_3, ("channel",), ("channels:join",)),
    "conversations.open": Method(open_im, TIER_3, (), ("im:write",)),
    "conversations.list": Method(every, TIER_2),
    "conversations.history": Method(history, TIER_3, ("channel",)),
    "conversations.replies": Method(replies, TIER_3, ("channel", "ts")),
    "users.conversations": Method(own, TIER_3),
}
