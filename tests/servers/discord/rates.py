"""Rate limits: buckets with their headers, the limit over all requests, and the ban of an address."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from tests.servers.discord.world import Behaviour

_BAN_SECONDS = 600.0


@dataclass(frozen=True)
class TooMany:
    """One answer of 429: to what, by which limit (`user`, `global`, `shared`, `fault`), for how long."""

    at: float
    request: str
    scope: str
    seconds: float


@dataclass
class _Bucket:
    left: int
    resets: float


class Rates:
    """Counts requests in fixed windows, in real time."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.refusals: list[TooMany] = []
        self._behaviour = behaviour
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._whole = _Bucket(0, 0.0)
        self._invalid: deque[float] = deque()

    @property
    def avoidable(self) -> list[TooMany]:
        """The 429 that a client could have known of: all but shared ones and made ones."""
        return [each for each in self.refusals if each.scope in ("user", "global")]

    def passes(self, request: str, bucket: str, major: str, *, counts: bool) -> TooMany | None:
        """Count a request; what refuses it. `counts` is off where the global limit does not apply."""
        now = time.monotonic()
        if counts and (waiting := _take(self._whole, self._behaviour.global_rate, now)):
            return self.refuse(request, "global", waiting)
        rate = self._behaviour.rates[bucket]
        found = self._buckets.setdefault((bucket, major), _Bucket(0, 0.0))
        if waiting := _take(found, rate, now):
            return self.refuse(request, "user", waiting)
        return None

    def refuse(self, request: str, scope: str, seconds: float) -> TooMany:
        """Note a 429."""
        made = TooMany(time.monotonic(), request, scope, seconds)
        self.refusals.append(made)
        return made

    def headers(self, bucket: str, major: str) -> dict[str, str]:
        """What every answer tells of its bucket."""
        found = self._buckets.get((bucket, major))
        if found is None:
            return {}
        after = max(found.resets - time.monotonic(), 0.0)
        return {
            "X-RateLimit-Limit": str(self._behaviour.rates[bucket][0]),
            "X-RateLimit-Remaining": str(found.left),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": blake2b(bucket.encode(), digest_size=16).hexdigest(),
        }

    def note_answer(self, status: int, scope: str | None) -> None:
        """Count answers that show a client out of hand; shared 429 are no fault of its own."""
        if status in (401, 403) or (status == 429 and scope != "shared"):
            self._invalid.append(time.monotonic())

    @property
    def banned(self) -> bool:
        """The address sent too much that was refused, and gets no more answers."""
        while self._invalid and self._invalid[0] < time.monotonic() - _BAN_SECONDS:
            self._invalid.popleft()
        return len(self._invalid) >= self._behaviour.ban_after


def too_many_headers(refusal: TooMany) -> dict[str, str]:
    """The headers of a 429."""
    headers = {
        "Via": "1.1 google",
        "Retry-After": str(max(1, round(refusal.seconds + 0.5))),
        "X-RateLimit-Scope": "user" if refusal.scope == "fault" else refusal.scope,
    }
    return headers | {"X-RateLimit-Global": "true"} if refusal.scope == "global" else headers


def too_many_body(refusal: TooMany) -> Mapping[str, Any]:
    """The body of a 429."""
    if refusal.scope == "shared":
        message = "The resource is being rate limited."
    else:
        message = "You are being rate limited."
    seconds = round(refusal.seconds, 3)
    return {"message": message, "retry_after": seconds, "global": refusal.scope == "global"}


def _take(bucket: _Bucket, rate: tuple[int, float], now: float) -> float | None:
    """Take one out of a bucket; the seconds until there is one again, where it is empty."""
    limit, seconds = rate
    if now >= bucket.resets:
        bucket.left, bucket.resets = limit, now + seconds
    if bucket.left <= 0:
        return bucket.resets - now
    bucket.left -= 1
    return None
