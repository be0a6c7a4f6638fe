"""Looks at whether somebody posts what is due, where several processes share a database."""

from __future__ import annotations

from bot.doctor.findings import Finding
from bot.queue_jobs import STALLED
from bot.queue_tables import queue_state
from digest.ports import Clock
from digest.store.engine import Database


async def workers_finding(database: Database, clock: Clock) -> Finding:
    """Whether a worker was heard of lately. Where none is, that is wrong once something waits for one."""
    state, now = await queue_state(database), clock.now()
    if state.heard_of is not None and now - state.heard_of <= STALLED:
        ago = max(0, round((now - state.heard_of).total_seconds()))
        return Finding("workers", True, f"one was heard of {ago} seconds ago")
    last = f"; the last was heard of {state.heard_of:%Y-%m-%d %H:%M} UTC" if state.heard_of else ""
    hint = "Start `rinko run --role worker`, or `rinko run`, which does all."
    if state.waiting and state.since is not None:
        words = f"none is running, and jobs wait since {state.since:%Y-%m-%d %H:%M} UTC{last}"
        return Finding("workers", False, words, hint)
    return Finding("workers", True, f"none is running{last}", hint)
