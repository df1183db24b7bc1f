"""The simulator plays what may be asked of it, and nothing else may be asked."""

from __future__ import annotations

from gateway.outreach import simulated_call
from resolvers import simulating


def test_what_may_be_asked_for_is_played() -> None:
    asked = {each.lower().replace("_", "-") for each in simulating.OUTCOMES}
    assert asked == set(simulated_call.OUTCOMES)
    assert set(simulating.TALKS) == set(simulated_call.TALKS)
