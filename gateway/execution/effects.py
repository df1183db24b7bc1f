"""What verbs do that is known before they are carried out: found out once, then only filled in.

Where a verb presumes rather than reads, and its input names one row and is otherwise of the kind
that has few values, it writes the same each time but for a few ids and the instant. So it is
carried out once with stand-ins for these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, Never, TypeAlias, cast

from models import Actor
from models.columns import new_id
from models.composing import Shape, composed
from models.database import Dialect
from models.gathering import Gathering, StaleError
from schema.context import Caller
from schema.errors import InvalidIdError
from schema.identity import parse
from schema.refusal import RefusedError
from schema.slot import Slot, UnforeseeableError
from schema.source import Verb
from schema.unit import Unit

#: More kinds of orders than these are not kept.
MAX_KEPT = 1000
#: Nor more statements of one kind than these.
MAX_TEXTS = 100

_Mark: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Effect:
    """What a verb does to whichever row its input names."""

    prefix: str
    """The type of the named row's id."""
    shapes: tuple[Shape, ...]
    """What is written, the named row first."""
    values: tuple[Any, ...]
    """What is bound, some of it slots."""
    places: tuple[tuple[int, str], ...]
    """Where these are, and which."""
    new: tuple[str, ...]
    """Slots of rows to be made."""
    result: Mapping[str, Any]
    """What the verb gives, which may be slots."""
    recorded: bool
    """Whether events are among what is written."""
    _texts: dict[str, str] = field(default_factory=dict, compare=False)
    """Statements, by the read of the changed row that they end with."""

    def text(self, read: str, bound: int) -> str:
        """The statement with this read, which binds so many values; empty text if it can't be."""
        try:
            return self._texts[read]
        except KeyError:
            if len(self._texts) >= MAX_TEXTS:
                self._texts.clear()
            text = self._texts[read] = composed(self.shapes, read, 0, bound, waits=False)
            return text


class Done(NamedTuple):
    """An effect on one row."""

    effect: Effect
    id: str
    values: list[Any]
    result: dict[str, Any]


class _Nothing:
    """In place of a database, for who must not read."""

    dialect: Dialect = "postgres"

    async def lease(self) -> Never:
        raise UnforeseeableError


@dataclass(frozen=True)
class Effects:
    """The effects of verbs, by what they are asked."""

    _known: dict[_Mark, Effect | None] = field(default_factory=dict)

    def of(
        self, name: str, verb: Verb, input: Mapping[str, Any], caller: Caller, now: str
    ) -> Done | None:
        """What the verb will do, if that is known."""
        mark: list[Any] = [name, caller.actor]
        for key, value in input.items():
            if key == "id":
                continue
            if key not in verb.foreseeable:
                return None
            mark += (key, value)
        known = tuple(mark)
        try:
            effect = self._known[known]
        except KeyError:
            effect = foreseen(verb, input, caller.actor)
            if len(self._known) >= MAX_KEPT:
                self._known.clear()
            self._known[known] = effect
        return None if effect is None else _filled(effect, input, caller, now)


def foreseen(verb: Verb, input: Mapping[str, Any], actor: Actor) -> Effect | None:
    """What the verb would do with this input, whichever row it names; None if it has to look."""
    places = count()
    workspace = cast("str", Slot("workspace"))
    caller = Caller(workspace, cast("str", Slot("key")), frozenset(), actor=actor)
    unit = Unit(
        Gathering(cast("Any", _Nothing()), workspace, presuming=True),
        caller,
        cast("str", Slot("now")),
        make_id=lambda: cast("str", Slot(f"new {next(places)}")),
    )
    try:
        result = _carried_out(verb.function(unit, {**input, "id": Slot("id")}))
        recorded = unit.recorded
        gathered = unit.gathered()
    except (UnforeseeableError, RefusedError, StaleError):
        return None
    if gathered is None or unit.secrets:
        return None
    shapes, id, values = gathered
    if not isinstance(id, Slot) or id.name != "id":
        return None
    slots = tuple((place, each.name) for place, each in enumerate(values) if type(each) is Slot)
    new = tuple(sorted({name for _, name in slots if name.startswith("new")}))
    return Effect(id.prefix, shapes, tuple(values), slots, new, dict(result), recorded)


def _carried_out(verb: Any) -> Mapping[str, Any]:
    """Run what waits for nobody."""
    try:
        verb.send(None)
    except StopIteration as stop:
        result: Mapping[str, Any] = stop.value
        return result
    verb.close()
    raise UnforeseeableError


def _filled(effect: Effect, input: Mapping[str, Any], caller: Caller, now: str) -> Done | None:
    try:
        id = parse(input["id"], effect.prefix)
    except InvalidIdError:
        # The verb says it better.
        return None
    known = {"id": id, "workspace": caller.workspace_id, "key": caller.key_id, "now": now}
    for each in effect.new:
        known[each] = new_id()
    values = list(effect.values)
    for place, name in effect.places:
        values[place] = known[name]
    result = {
        name: known[each.name] if type(each) is Slot else each
        for name, each in effect.result.items()
    }
    return Done(effect, id, values, result)
