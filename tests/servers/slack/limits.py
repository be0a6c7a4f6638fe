"""How often each method may be called: Slack's tiers, and about one message a second in a channel."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.servers.slack.state import Time

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
"""Calls of a method in a minute, for each workspace."""


@dataclass
class Limits:
    """What is allowed. A test turns these fields; `enforced = False` lets everything through."""

    clock: Time
    enforced: bool = True
    posts_per_second: float = 1.0
    post_burst: int = 3
    """Messages a channel takes at once before the pace counts."""
    history_per_minute: int = TIER_3
    history_most: int = 999
    """Most messages of one page of history or replies."""
    update_text: int = 4_000
    post_text: int = 40_000
    stream_text: int = 12_000
    stream_idle: float = 300
    """Seconds without an append after which a stream is over; Slack does not say how many."""
    trigger_seconds: float = 3
    response_url_uses: int = 5
    response_url_seconds: float = 1800
    _calls: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _posts: dict[str, tuple[float, float]] = field(default_factory=dict)

    def restrict_history(self) -> None:
        """As for an app sold outside the Marketplace: one call a minute, fifteen messages."""
        self.history_per_minute, self.history_most = TIER_1, 15

    def wait(self, team: str, method: str, per_minute: int) -> int:
        """Whole seconds until a workspace may call a method; 0 counts the call and lets it through."""
        if not self.enforced:
            return 0
        if method in ("conversations.history", "conversations.replies"):
            per_minute = self.history_per_minute
        now, calls = self.clock.now().timestamp(), self._calls[team, method]
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= per_minute:
            return max(1, math.ceil(calls[len(calls) - per_minute] + 60 - now))
        calls.append(now)
        return 0

    def wait_to_post(self, channel: str) -> int:
        """The same for a new message in a channel: a bucket that fills at the pace."""
        if not self.enforced:
            return 0
        now = self.clock.now().timestamp()
        left, at = self._posts.get(channel, (float(self.post_burst), now))
        left = min(self.post_burst, left + (now - at) * self.posts_per_second)
        self._posts[channel] = (left - 1 if left >= 1 else left, now)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / self.posts_per_second))
