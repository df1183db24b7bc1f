"""What a subscription hears of: events of some types, about one thing, or those that a filter meets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models import EventType
from schema.condition import AnyOf, Refers, Values, meets
from schema.noun import NOUNS
from schema.range import Between

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Topic:
    """Which events of the log a subscription wants."""

    types: frozenset[str] | None = None
    """Of these types; None: of all."""
    column: str | None = None
    """The column of the event that names what it is about, such as `call_id`."""
    id: str | None = None
    """The UUID in that column."""
    noun: str | None = None
    """The noun with that UUID, which must exist."""
    text: str = "{}"
    """The value of an `ActivityFilter` as JSON, so that equal topics are equal."""
    ends: bool = False
    """Whether there is nothing more to hear once the call is over."""
    spoken: bool = False
    """Whether words are wanted that somebody is just saying, and that no event tells."""

    @cached_property
    def filter(self) -> dict[str, Any]:
        """The filter's value."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @cached_property
    def _tests(self) -> list[Test]:
        return [
            predicate(name, value)
            for name, value in sorted(self.filter.items())
            if value is not None
        ]

    def wants(self, event: Any) -> bool:
        """Whether an event, by its columns as attributes, belongs to the topic."""
        if self.types is not None and event.type not in self.types:
            return False
        if self.column is not None and getattr(event, self.column) != self.id:
            return False
        return all(each(event) for each in self._tests)

    def sql(self, bind: Values) -> list[str]:
        """The same as conditions over the table of events, `t`."""
        found = meets(NOUNS["Activity"], self.filter, "t", bind)
        if self.types is not None:
            kinds = AnyOf("type")
            shape, values = kinds.split(sorted(self.types))
            bind.expect(values)
            found.append(kinds.sql(shape, "t", bind.dialect, bind))
        if self.column is not None:
            found.append(f"t.{self.column} = {bind('uuid', self.id)}")
        return found


def filtered(filter: Mapping[str, Any] | None) -> Topic:
    """The topic of an `ActivityFilter`; raises what is wrong with it."""
    found = {name: value for name, value in (filter or {}).items() if value is not None}
    # Split now, so that whoever subscribes hears what is wrong.
    list(NOUNS["Activity"].narrowed(found))
    return Topic(text=json.dumps(found, sort_keys=True, ensure_ascii=False))


def predicate(name: str, value: Any) -> Test:
    """What a field of an `ActivityFilter` means, as a test of an event's attributes."""
    condition: Any = NOUNS["Activity"].conditions[name]
    column = condition.column
    if isinstance(condition, AnyOf):
        words = frozenset(value)
        return lambda event: getattr(event, column) in words
    if isinstance(condition, Refers):
        _, (id,) = condition.split(value)
        return lambda event: getattr(event, column) == id
    if isinstance(condition, Between):
        low, high = value.get("from"), value.get("to")
        return lambda event: (
            (low is None or getattr(event, column) >= low)
            and (high is None or getattr(event, column) < high)
        )
    raise TypeError(f"{name}: a subscription can't test {condition}")


#: What happens to a call beside what is said.
CALL_TYPES = frozenset(
    each.value
    for each in EventType
    if each.value.startswith("CALL_") and each is not EventType.CALL_TRANSCRIPT_TURN
)
#: What brings a campaign on; that a recipient is called is told by the call alone.
CAMPAIGN_TYPES = frozenset(
    each.value
    for each in EventType
    if each.value.startswith(("CAMPAIGN_", "RECIPIENT")) or each is EventType.CALL_DIALING
)
SPOKEN_TYPES = frozenset({EventType.CALL_TRANSCRIPT_TURN.value})
