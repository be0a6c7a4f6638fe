"""The methods of the Web API that the local Slack speaks."""

from __future__ import annotations

from tests.servers.slack.desk import Method
from tests.servers.slack.methods import agents, chat, conversations, misc, streams, views

METHODS: dict[str, Method] = (
    chat.METHODS | streams.METHODS | conversations.METHODS | views.METHODS | agents.METHODS | misc.METHODS
)
