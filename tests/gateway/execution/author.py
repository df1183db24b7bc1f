"""Random operations written along the schema's types."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLID,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from gateway.execution.selection import source_of
from schema.noun import NOUNS, Noun
from schema.source import Many
from tests.gateway.execution.arguments import Arguments
from tests.gateway.execution.variables import Variables

MAX_DEPTH = 7
#: About how many objects of one kind an answer should hold.
MAX_OBJECTS = 24


@dataclass(frozen=True)
class Written:
    """One request."""

    text: str
    variables: dict[str, Any]
    workspace: int = 0


class Author:
    """Writes operations; fields that were selected least come first."""

    def __init__(self, schema: GraphQLSchema, arguments: Arguments, workspace: int = 0) -> None:
        self._schema = schema
        self._arguments = arguments
        self._workspace = workspace
        self._pick: Random = arguments.pick
        self._selected: Counter[str] = Counter()
        self._begin()

    def write(self) -> Written:
        """The next operation; now and then one that validation refuses."""
        self._begin()
        root = self._schema.query_type
        assert root is not None
        names = self._least(root, list(root.fields), self._pick.choice((1, 1, 1, 2, 3)))
        items = [self._field(root, name, root.fields[name], 1, 1) for name in names]
        if self._pick.random() < 0.1:
            items.append("__typename")
        return self._written(root, items)

    def aim(self, coordinate: str) -> Written:
        """An operation with this field of a noun or its filter, as of `Lead.calls(first:)`."""
        self._begin()
        root = self._schema.query_type
        assert root is not None
        name, _, field = coordinate.partition("(")[0].partition(".")
        if name.removesuffix("Filter") in NOUNS and name not in NOUNS:
            return self._filtered(root, NOUNS[name.removesuffix("Filter")], field)
        if name not in NOUNS:
            return self.write()
        type_: Any = self._schema.type_map[name]
        written = self._field(type_, field, type_.fields[field], 3, 1)
        id_ = self._variables.write(self._arguments.id(NOUNS[name]), GraphQLNonNull(GraphQLID))
        return self._written(root, [f"node(id: {id_}) {{ ... on {name} {{ {written} }} }}"])

    def _filtered(self, root: GraphQLObjectType, noun: Noun, field: str) -> Written:
        """An operation that filters the workspace's list of the noun by this."""
        name, listed = next(
            (name, each)
            for name, each in root.fields.items()
            if isinstance(source := source_of(each), Many) and source.noun == noun.name
        )
        given = {field: self._arguments.meeting(noun, field)}
        filter_ = self._variables.write(given, listed.args["filter"].type)
        return self._written(root, [f"{name}(filter: {filter_}) {{ nodes {{ id }} }}"])

    def _written(self, root: GraphQLObjectType, items: list[str]) -> Written:
        body = self._braces(self._fragmented(root, items))
        name = self._pick.choice(("query", "query Random"))
        text = "\n".join([f"{name}{self._variables.header} {body}", *self._fragments.values()])
        return Written(text, self._variables.given, self._workspace)

    def _begin(self) -> None:
        self._variables = Variables(self._pick, self._pick.choice((0.0, 0.15, 0.5)))
        self._fragments: dict[str, str] = {}
        self._reusable: list[tuple[str, str]] = []
        self._aliases = 0

    def _field(
        self, parent: GraphQLObjectType, name: str, field: GraphQLField, depth: int, rows: int
    ) -> str:
        pick = self._pick
        self._selected[f"{parent.name}.{name}"] += 1
        type_ = get_named_type(field.type)
        size = 1
        written = ""
        if field.args:
            many = isinstance(source_of(field), Many)
            size = self._size(rows, depth) if many else 1
            drawn = self._arguments.of(field, size)
            pairs = [
                f"{k}: {self._variables.write(v, field.args[k].type)}" for k, v in drawn.items()
            ]
            pick.shuffle(pairs)
            written = f"({', '.join(pairs)})" if pairs else ""
        key = f"{self._alias()}: {name}" if pick.random() < (0.5 if written else 0.1) else name
        head = f"{key}{written}{self._directive()}"
        if not is_composite_type(type_):
            return head
        found = f"{head} {self._selection(type_, depth + 1, rows * size)}"
        if pick.random() < 0.06:
            # The same response key again: both selections become one.
            again = self._selection(type_, depth + 1, rows * size)
            found = f"{found} {key}{written} {again}"
        return found

    def _size(self, rows: int, depth: int) -> int:
        if depth == 1 and self._pick.random() < 0.07:
            return 50
        return self._pick.randint(1, max(1, min(5, MAX_OBJECTS // rows)))

    def _selection(self, type_: Any, depth: int, rows: int) -> str:
        if is_abstract_type(type_):
            return self._abstract(type_, depth, rows)
        if type_.name.endswith("Connection"):
            names = [n for n in ("nodes", "edges", "nodes") if self._pick.random() < 0.55] or [
                "nodes"
            ]
            names += [n for n in ("pageInfo", "totalCount") if self._pick.random() < 0.35]
            items = [
                self._field(type_, n, type_.fields[n], depth, rows) for n in dict.fromkeys(names)
            ]
        else:
            items = self._items(type_, depth, rows)
        if self._pick.random() < 0.12:
            items.insert(self._pick.randrange(len(items) + 1), self._typename())
        return self._braces(self._fragmented(type_, items))

    def _items(self, type_: GraphQLObjectType, depth: int, rows: int) -> list[str]:
        plain, below = [], []
        for name, field in type_.fields.items():
            named = get_named_type(field.type)
            # An edge without its node would be none.
            deepest = MAX_DEPTH + type_.name.endswith("Edge")
            deep = is_composite_type(named) and (depth >= deepest or rows > MAX_OBJECTS)
            if is_composite_type(named) and named.name not in ("Money", "PageInfo"):
                if not deep:
                    below.append(name)
            else:
                plain.append(name)
        many = self._pick.choice((0, 1, 1, 1, 2) if depth < 4 else (0, 1, 1))
        names = self._least(type_, plain, self._pick.choice((1, 2, 2, 2, 3, 3, 3, 6, 6, 60)))
        if type_.name.endswith("Edge"):
            many = 1
        names += self._least(type_, below, many)
        self._pick.shuffle(names)
        return [self._field(type_, name, type_.fields[name], depth, rows) for name in names]

    def _abstract(self, type_: Any, depth: int, rows: int) -> str:
        bare = isinstance(type_, GraphQLInterfaceType)
        items = ["id"] if bare and self._pick.random() < 0.6 else [self._typename()]
        possible = list(self._schema.get_possible_types(type_))
        for each in possible:
            if self._pick.random() < 0.6:
                inner = self._braces(self._items(each, depth, rows))
                items.append(f"... on {each.name}{self._directive()} {inner}")
        if self._pick.random() < 0.3:
            name = "id" if bare else "__typename"
            items.append(f"... on {type_.name} {{ {self._alias()}: {name} }}")
        return self._braces(items)

    def _fragmented(self, type_: GraphQLObjectType, items: list[str]) -> list[str]:
        pick = self._pick
        fitting = [name for on, name in self._reusable if on == type_.name]
        if fitting and pick.random() < 0.3:
            items = [*items, f"...{pick.choice(fitting)}{self._directive()}"]
        chance = pick.random()
        if chance > 0.25 or not items:
            return items
        cut = pick.randrange(len(items))
        kept, moved = items[:cut], items[cut:]
        on = pick.choice([type_.name, *(each.name for each in type_.interfaces)])
        if on != type_.name:
            return [*items, f"... on {on}{self._directive()} {{ id {self._typename()} }}"]
        if chance < 0.1:
            head = pick.choice(("...", f"... on {on}"))
            return [*kept, f"{head}{self._directive()} {self._braces(moved)}"]
        name = f"F{len(self._fragments)}"
        self._fragments[name] = f"fragment {name} on {on} {self._braces(moved)}"
        self._reusable.append((on, name))
        return [*kept, f"...{name}{self._directive()}", *(kept[:1] if pick.random() < 0.3 else [])]

    def _directive(self) -> str:
        if self._pick.random() > 0.05:
            return ""
        shown = self._pick.random() < 0.7
        if self._pick.random() < 0.5:
            return f" @include(if: {self._variables.boolean(shown)})"
        return f" @skip(if: {self._variables.boolean(not shown)})"

    def _typename(self) -> str:
        return "__typename" if self._pick.random() < 0.7 else f"{self._alias()}: __typename"

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"

    def _least(self, type_: Any, names: list[str], count: int) -> list[str]:
        """Those selected least so far, in a random order."""
        ranked = sorted(
            names, key=lambda each: (self._selected[f"{type_.name}.{each}"], self._pick.random())
        )
        # Not always the very least: some company is random.
        wide = ranked[: max(count * 2, 3)]
        self._pick.shuffle(wide)
        return wide[:count]

    @staticmethod
    def _braces(items: list[str]) -> str:
        return f"{{ {' '.join(items)} }}"
