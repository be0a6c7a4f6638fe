"""`assistant.threads.*` and `agents.sessions.*`: what an agent's thread shows beside its messages."""

from __future__ import annotations

from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.limits import TIER_3
from tests.servers.slack.methods.streams import SESSION_STATUSES
from tests.servers.slack.nouns import Json
from tests.servers.slack.state import SlackError

_OFTEN = 600
_MOST_PROMPTS = 4


def _shown(desk: Desk) -> Json:
    """What the thread of this call shows."""
    channel = desk.channel("channel_id", inside=False)
    thread = desk.text("thread_ts") or ""
    if thread and thread not in channel.messages:
        raise SlackError("thread_not_found")
    return desk.state.statuses.setdefault((channel.id, thread), {})


def set_status(desk: Desk) -> Json:
    """What the agent is doing; empty, or the next message in the thread, takes it away."""
    _shown(desk)["status"] = desk.text("status") or ""
    desk.state.changed()
    return {}


def set_title(desk: Desk) -> Json:
    """What the thread is called."""
    _shown(desk)["title"] = desk.text("title")
    return {}


def set_suggested_prompts(desk: Desk) -> Json:
    """What the person may ask with one click: up to four."""
    prompts = desk.json("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= _MOST_PROMPTS:
        raise SlackError(
            "invalid_arguments", [f"no more than {_MOST_PROMPTS} items allowed [json-pointer:/prompts]"]
        )
    if not all({"title", "message"} <= set(prompt) for prompt in prompts):
        raise SlackError("invalid_arguments", ["missing required field: message [json-pointer:/prompts]"])
    _shown(desk)["prompts"] = prompts
    desk.state.changed()
    return {}


def set_session_status(desk: Desk) -> Json:
    """Where a session stands; the first one makes the session, with its title."""
    status = desk.text("status")
    if status not in SESSION_STATUSES:
        raise SlackError("invalid_arguments", ["invalid status"])
    if not desk.text("thread_ts"):
        raise SlackError("invalid_arguments", ["missing required field: thread_ts"])
    session = _shown(desk)
    if "session" not in session and (title := desk.text("title")):
        session["title"] = title
    session["session"] = status
    desk.state.changed()
    return {"status": status, "agent_status": status, "title": session.get("title")}


_ASSISTANT = ("assistant:write",)

METHODS = {
    "assistant.threads.setStatus": Method(
        set_status, _OFTEN, ("channel_id", "thread_ts", "status"), ("assistant:write", "chat:write")
    ),
    "assistant.threads.setTitle": Method(set_title, TIER_3, ("channel_id", "thread_ts", "title"), _ASSISTANT),
    "assistant.threads.setSuggestedPrompts": Method(
        set_suggested_prompts, TIER_3, ("channel_id", "prompts"), _ASSISTANT
    ),
    "agents.sessions.setStatus": Method(
        set_session_status, TIER_3, ("channel_id", "status"), ("chat:write",)
    ),
}
