"""What an order may ask of the simulator: `metadata.simulate` says how the call goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: How a call can end, and what a conversation can come to.
OUTCOMES = ("COMPLETED", "VOICEMAIL", "NO_ANSWER", "BUSY", "REJECTED", "FAILED")
TALKS = ("meeting", "interested", "callback", "not_interested", "opt_out")


def mistake(metadata: Mapping[str, Any]) -> str | None:
    """What is wrong with it, in words for a person; None where nothing is, or nothing is asked."""
    wanted = metadata.get("simulate")
    if wanted is None:
        return None
    if not isinstance(wanted, dict):
        return 'simulate is an object, such as {"outcome": "BUSY"}.'
    for name, value in wanted.items():
        words = {"outcome": OUTCOMES, "talk": TALKS}.get(name)
        if words is None:
            return f"simulate has outcome and talk, not {str(name)[:50]}."
        if value not in words:
            return f"simulate.{name} is one of {', '.join(words)}."
    return None
