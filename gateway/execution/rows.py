"""Code that turns a row into an object: one expression per field, by the field's source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson
from graphql import GraphQLNonNull, GraphQLObjectType

from gateway.execution.code import Code
from gateway.execution.completion import null_error
from gateway.execution.embedding import required
from gateway.execution.runtime import guarded, narrow
from gateway.execution.selection import Selected
from gateway.execution.table import Table, instant
from models.columns import BigInteger
from schema.noun import NOUNS, Noun
from schema.source import (
    Aggregate,
    Codec,
    Column,
    Computed,
    Contextual,
    Either,
    Embedded,
    Many,
    Related,
)

if TYPE_CHECKING:
    from gateway.execution.plan import Planner


@dataclass(eq=False)
class Rows:
    """The rows of one read, under construction."""

    planner: Planner
    table: Table
    shift: int
    """1 where the statement puts the parent's place before the columns."""
    below: list[tuple[str, str, int]] = field(default_factory=list)
    """Reads for all rows at once: result's name, call, place of the key."""
    _instants: dict[int, str] = field(default_factory=dict)
    """The expressions of instants by their places."""
    _figures: dict[tuple[str, str, int], tuple[str, list[str]]] = field(default_factory=dict)
    _eithers: list[str] = field(default_factory=list)

    @property
    def code(self) -> Code:
        """The plan's code."""
        return self.planner.code

    def place(self, alias: str, column: str) -> int:
        """Where a column stands in the row."""
        return self.table.column(alias, column) + self.shift

    def order(self) -> int:
        """Where the value stands that the rows are ordered by, if the request decides that."""
        return self.table.order() + self.shift

    def each(self, code: str, rows: str) -> str:
        """The expression `code` for each of the rows, with its values by their names.

        To be written once all columns are known.
        """
        names = [f"v{place}" for place in range(max(1, len(self.table.columns)) + self.shift)]
        instants = [f"for w{place} in ({text},)" for place, text in sorted(self._instants.items())]
        return " ".join([f"{code} for {', '.join(names)}, in {rows}", *instants])

    def instant(self, noun: Noun, alias: str, column: str) -> str:
        """An instant in the wire format, made once per row; SQLite stores it so."""
        place = self.place(alias, column)
        if self.code.dialect == "sqlite":
            return f"v{place}"
        text = f'f"{{v{place}[:10]}}T{{v{place}[11:23]}}Z"'
        if noun.nullable(column) or alias != self.table.alias:
            text += f" if v{place} is not None else None"
        self._instants[place] = text
        return f"w{place}"

    def object(
        self,
        type_: GraphQLObjectType,
        fields: list[Selected],
        alias: str,
        noun: Noun,
        columns: dict[str, str] | None = None,
    ) -> str:
        """The expression of an object from a row; `columns` renames what sources name."""
        items = []
        for each in fields:
            value = (
                repr(type_.name)
                if each.definition is None
                else self._field(type_, each, alias, noun, columns or {})
            )
            items.append(f"{each.key!r}: {value}")
        return "{" + ", ".join(items) + "}"

    def _field(
        self,
        parent: GraphQLObjectType,
        field: Selected,
        alias: str,
        noun: Noun,
        columns: dict[str, str],
    ) -> str:
        source = field.source
        if isinstance(source, Column):
            name = columns.get(source.name, source.name)
            value = self.column(noun, alias, name, source.codec)
            return self._narrow(field, noun, name, value)
        if isinstance(source, Embedded):
            type_ = field.named_type
            inner = self.object(type_, field.of(type_), alias, noun, dict(source.columns))
            places = [self.place(alias, each) for each in required(noun, type_, source)]
            if not places:
                return inner
            present = " and ".join(f"v{place} is not None" for place in places)
            return f"({inner} if {present} else None)"
        if isinstance(source, Related):
            return self._related(field, source, alias, self._nothing(parent, field))
        if isinstance(source, Either):
            return self._any_of(field, source, alias)
        if isinstance(source, Many):
            splice = self.planner.splice(field, source, f"{alias}.id")
            if splice is not None:
                self.table.need(alias, "id")
                return f"Fragment(v{self.table.splice(splice) + self.shift})"
            call = self.planner.children(field, source)
            return self._below(call, self.place(alias, "id"))
        if isinstance(source, Aggregate):
            return self._figure(source, alias)
        if isinstance(source, Computed | Contextual):
            missing = null_error(parent, field) if _non_null(field) else None
            call = self.code.constant("k", guarded(source.function, field.nodes, missing))
            values = ["C"] if isinstance(source, Computed) else ["C", "C.caller"]
            values += [self._decoded(noun, alias, each) for each in source.columns]
            return f"{call}({', '.join(values)})"
        raise TypeError(f"{field.name} has a source that rows don't have: {source}")

    def _nothing(self, parent: GraphQLObjectType, field: Selected) -> str:
        """What stands where there is nothing: null, or a failure if that must not be."""
        if not _non_null(field):
            return "None"
        error = self.code.constant("x", null_error(parent, field))
        return f"C.fail({error}, {self.code.constant('f', field.nodes)})"

    def _narrow(self, field: Selected, noun: Noun, name: str, value: str) -> str:
        """A wide integer column in a field of 32 bits: what doesn't fit is a failure."""
        stored = noun.model._meta.fields_map[name]
        if not isinstance(stored, BigInteger) or field.named_type.name != "Int":
            return value
        self.code.names["narrow"] = narrow
        return f"narrow(C, {value}, {self.code.constant('f', field.nodes)})"

    def column(self, noun: Noun, alias: str, name: str, codec: Codec | None) -> str:
        """The expression of a column as it goes on the wire."""
        kind = noun.kind(name)
        if codec is None:
            codec = (
                kind if kind in ("bool", "timestamp", "json") else "plain"  # type: ignore[assignment]
            )
        if codec == "timestamp":
            return self.instant(noun, alias, name)
        value = f"v{self.place(alias, name)}"
        return self._encoded(value, codec, noun, noun.nullable(name))

    def _encoded(self, value: str, codec: Codec | None, noun: Noun, nullable: bool) -> str:
        match codec:
            case "id":
                return f"{noun.prefix + '_'!r} + {value}"
            case "bool":
                return value if self.code.dialect == "postgres" else f"B[{value}]"
            case "json":
                return f"F({value})"
            case "timestamp":
                if self.code.dialect == "sqlite":
                    return value
                found = f"W({value})"
            case "seconds":
                found = f"{value} // 1000"
            case "string":
                found = f"str({value})"
            case _:
                return value
        return f"({found} if {value} is not None else None)" if nullable else found

    def _decoded(self, noun: Noun, alias: str, name: str) -> str:
        """The expression of a column for a function: JSON parsed, the rest as on the wire."""
        if noun.kind(name) == "json":
            self.code.names["loads"] = orjson.loads
            value = f"v{self.place(alias, name)}"
            return f"(loads({value}) if {value} is not None else None)"
        return self.column(noun, alias, name, None)

    def _related(self, field: Selected, source: Related, alias: str, nothing: str) -> str:
        noun = NOUNS[source.noun]
        joined = self.table.join(alias, source.column, noun, source.target)
        if joined is None:
            call = self.planner.by_ids(noun, field, by=source.target)
            key = self.place(alias, source.column)
            name = self.code.name("c")
            self.below.append((name, call, key))
            if nothing == "None":
                return f"{name}.get(v{key})"
            return f"({name}[v{key}] if v{key} in {name} else {nothing})"
        present = self.place(joined, "id")
        inner = self.object(field.named_type, field.of(field.named_type), joined, noun)
        return f"({inner} if v{present} is not None else {nothing})"

    def _any_of(self, field: Selected, source: Either, alias: str) -> str:
        key, kind = self.place(alias, source.column), self.place(alias, source.kind)
        name = self.code.name("c")
        types = {each.name: each for each in field.collector.possible_types(field.named_type)}
        self._eithers.append(f"{name} = {{}}")
        for word, noun in source.nouns:
            call = self.planner.by_ids(NOUNS[noun], field, types[noun])
            keys = f"distinct([r[{key}] for r in rows if r[{kind}] == {word!r}])"
            self._eithers += [
                f"if C.caller.may({NOUNS[noun].scope + ':read'!r}):",
                f"    {name}[{word!r}] = yield from {call}(V, C, {keys})",
            ]
        return f"({name}[v{kind}].get(v{key}) if v{kind} in {name} else None)"

    def _below(self, call: str, key: int) -> str:
        name = self.code.name("c")
        self.below.append((name, call, key))
        return f"{name}[v{key}]"

    def _figure(self, source: Aggregate, alias: str) -> str:
        key = self.place(alias, "id")
        group = (source.noun, source.by, key)
        if group not in self._figures:
            name = self.code.name("c")
            self.code.reads += 1
            self._figures[group] = (name, [])
        name, expressions = self._figures[group]
        noun = NOUNS[source.noun]
        columns = {each: f"t.{each}" for each in noun.model._meta.db_fields}
        expression = source.expression.format(**columns)
        if source.codec == "timestamp":
            expression = instant(self.code.dialect, expression)
        if expression not in expressions:
            expressions.append(expression)
        place = expressions.index(expression) + 1
        empty = self.code.constant("e", source.empty)
        self.code.names.setdefault("NONE", ())
        value = self._encoded(f"{name}[v{key}][{place}]", source.codec, noun, source.empty is None)
        return f"({value} if v{key} in {name} else {empty})"

    def reads(self) -> list[str]:
        """The lines that read what stands below, once the rows are in `rows`."""
        lines = []
        for (noun, by, key), (name, expressions) in self._figures.items():
            label = self.code.constant("n", NOUNS[noun])
            texts = self.code.constant("x", tuple(expressions))
            lines += [
                f"ids = distinct([r[{key}] for r in rows])",
                f"{name} = {{f[0]: f for f in (yield figures(C.dialect, {label}, {by!r}, "
                f"{texts}, C.workspace, ids))}} if ids else {{}}",
            ]
        for name, call, key in self.below:
            keys = f"distinct([r[{key}] for r in rows])"
            lines.append(f"{name} = yield from {call}(V, C, {keys})")
        return lines + self._eithers


def _non_null(field: Selected) -> bool:
    return field.definition is not None and isinstance(field.definition.type, GraphQLNonNull)
