"""Reading calling windows: spans of the day in which leads may be called."""

from __future__ import annotations

from resolvers.given import Given
from schema.error_code import ErrorCode

MAX_WINDOWS = 50
DAY = 24 * 60


def calling_windows(given: Given) -> None:
    """Windows with known days that end after they begin; null empties the list."""
    if "callingWindows" not in given.input:
        return
    windows = given.input["callingWindows"] or []
    if len(windows) > MAX_WINDOWS:
        given.problem(ErrorCode.TOO_LONG, "callingWindows", f"At most {MAX_WINDOWS} windows.")
        return
    found = []
    for place, window in enumerate(windows):
        each = Given(window, (*given.path, "callingWindows", str(place)))
        days = sorted(set(window["days"]))
        if not days or days[0] < 1 or days[-1] > 7:
            each.problem(ErrorCode.OUT_OF_RANGE, "days", "Days from 1, Monday, to 7, Sunday.")
        each.integer("from", 0, DAY - 1)
        each.integer("to", 1, DAY)
        if not each.problems and window["to"] <= window["from"]:
            each.problem(ErrorCode.OUT_OF_RANGE, "to", "A window ends after it begins.")
        given.problems += each.problems
        found.append({"days": days, "from": window["from"], "to": window["to"]})
    given.columns["calling_windows"] = found
