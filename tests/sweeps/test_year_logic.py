"""No life of a channel is found in which a week comes twice or goes by in silence."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.digest.lives import acts, begins, check, lives, schedules

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(1800)]
EXAMPLES = 5000


@given(begins, schedules, st.lists(acts, max_size=12))
@settings(max_examples=EXAMPLES, derandomize=False, suppress_health_check=list(HealthCheck))
def test_no_counter_example_is_found(
    begin: datetime, schedule: tuple[str, str], what: list[tuple[str, object]]
) -> None:
    check(lives(begin=begin, schedule=schedule, what=what))
