"""From a selected connection to its splice, or a refusal where SQL can't write all of it.

What needs Python, may fail, or is read for all rows at once is read as rows: computed and
contextual fields, figures over other rows, integers that may not fit, arguments that are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphql import GraphQLObjectType

from gateway.execution.embedding import required
from gateway.execution.json_text import Fixed, Text, Where, column, members
from gateway.execution.page import PageArguments
from gateway.execution.selection import Selected
from gateway.execution.splice import Bound, Count, Cursor, More, Rows, Splice, Splices
from gateway.execution.table import Table
from gateway.execution.values import RefusedError
from models.columns import BigInteger
from schema.errors import SwitchboardError
from schema.noun import NOUNS, Noun
from schema.source import Column, Embedded, Many, Related


class UnwritableError(Exception):
    """SQL can't write this."""


def spliced(splices: Splices, field: Selected, source: Many, parent: str) -> Splice | None:
    """The connection as a splice below the row whose id is `parent`; None where that can't be."""
    before = len(splices.arguments)
    try:
        return _connection(splices, field, source, parent)
    except UnwritableError:
        del splices.arguments[before:]
        return None


def _connection(splices: Splices, field: Selected, source: Many, parent: str) -> Splice:
    assert field.arguments is not None
    noun = NOUNS[source.noun]
    page = PageArguments(noun, field.arguments, source.maximum)
    if page.constant:
        try:
            page.read({})
        except (RefusedError, SwitchboardError):
            raise UnwritableError from None
    index = len(splices.arguments)
    splices.arguments.append(page)
    table = Table("postgres", noun, source.by, source.maximum, f"s{index}")
    splice = Splice(index, table, parent)
    writer = _Writer(splices, splice)
    type_ = field.named_type
    splice.items = [(each.key, writer.part(type_, each)) for each in field.of(type_)]
    return splice


class _Writer:
    """Writes one splice."""

    def __init__(self, splices: Splices, splice: Splice) -> None:
        self._splices = splices
        self._splice = splice
        self._table = splice.table

    def part(self, type_: GraphQLObjectType, field: Selected) -> Text:
        """A field of the connection."""
        match field.name:
            case "__typename":
                return _name(type_)
            case "totalCount":
                return [Count(self._splice)]
            case "pageInfo":
                info = field.named_type
                return members([(each.key, self._info(info, each)) for each in field.of(info)])
        if field.name == "nodes":
            row = self._node(field)
        else:
            edge = field.named_type
            row = members([(each.key, self._edge(edge, each)) for each in field.of(edge)])
        self._splice.rows.append(row)
        return [Fixed("["), Rows(self._splice, len(self._splice.rows) - 1), Fixed("]")]

    def _info(self, type_: GraphQLObjectType, field: Selected) -> Text:
        match field.name:
            case "__typename":
                return _name(type_)
            case "hasNextPage" | "hasPreviousPage":
                self._splice.peeks = True
                return [More(self._splice, field.name == "hasNextPage")]
        self._splice.bounded = True
        return [Bound(self._splice, field.name == "endCursor")]

    def _edge(self, type_: GraphQLObjectType, field: Selected) -> Text:
        match field.name:
            case "__typename":
                return _name(type_)
            case "cursor":
                return [Cursor(self._splice)]
        return self._node(field)

    def _node(self, field: Selected) -> Text:
        type_ = field.named_type
        return self._object(type_, field.of(type_), self._table.alias, self._table.noun, {})

    def _object(
        self,
        type_: GraphQLObjectType,
        fields: Sequence[Selected],
        alias: str,
        noun: Noun,
        columns: dict[str, str],
    ) -> Text:
        return members(
            [(each.key, self._field(type_, each, alias, noun, columns)) for each in fields]
        )

    def _field(
        self,
        type_: GraphQLObjectType,
        field: Selected,
        alias: str,
        noun: Noun,
        columns: dict[str, str],
    ) -> Text:
        source = field.source
        if field.definition is None:
            return _name(type_)
        if isinstance(source, Column):
            name = columns.get(source.name, source.name)
            stored = noun.model._meta.fields_map[name]
            if isinstance(stored, BigInteger) and field.named_type.name == "Int":
                raise UnwritableError
            self._table.need(alias, name)
            return column(noun, alias, name, source.codec)
        if isinstance(source, Embedded):
            return self._embedded(field, source, alias, noun)
        if isinstance(source, Related):
            return self._related(field, source, alias)
        if isinstance(source, Many):
            self._table.need(alias, "id")
            return [_connection(self._splices, field, source, f"{alias}.id")]
        raise UnwritableError

    def _embedded(self, field: Selected, source: Embedded, alias: str, noun: Noun) -> Text:
        type_ = field.named_type
        inner = self._object(type_, field.of(type_), alias, noun, dict(source.columns))
        needed = required(noun, type_, source)
        for each in needed:
            self._table.need(alias, each)
        if not needed:
            return inner
        return [Where(" AND ".join(f"{alias}.{each} IS NOT NULL" for each in needed), inner)]

    def _related(self, field: Selected, source: Related, alias: str) -> Text:
        noun = NOUNS[source.noun]
        joined = self._table.join(alias, source.column, noun, source.target)
        if joined is None:
            raise UnwritableError
        type_ = field.named_type
        inner = self._object(type_, field.of(type_), joined, noun, {})
        # Where it must not be null, a foreign key says that it is there.
        return [Where(f"{joined}.id IS NOT NULL", inner)]


def _name(type_: GraphQLObjectType) -> Text:
    return [Fixed(f'"{type_.name}"')]
