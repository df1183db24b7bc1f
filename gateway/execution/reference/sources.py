"""Plain resolvers, one for each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import isgenerator
from typing import Any
from uuid import UUID

from graphql import GraphQLError, GraphQLField, get_named_type
from tortoise.expressions import RawSQL
from tortoise.models import Model

from gateway.execution.embedding import required
from gateway.execution.reference.connections import Info, many, scoped
from gateway.execution.selection import source_of
from models.columns import wire
from schema import identity
from schema.errors import InvalidIdError, InvalidPageError
from schema.noun import NOUNS, PREFIXES, Noun
from schema.place import Place, standing
from schema.source import (
    Aggregate,
    Asked,
    Attribute,
    Codec,
    Column,
    Computed,
    Contextual,
    Either,
    Embedded,
    Lookup,
    Many,
    Node,
    Referenced,
    Related,
    Start,
)


@dataclass(frozen=True)
class Part:
    """An object made of columns of another object's row."""

    row: Any
    columns: dict[str, str]


def resolver(type_name: str, definition: GraphQLField) -> Callable[..., Any]:
    """The plain resolver of a field's source."""
    noun = NOUNS.get(type_name)
    source = source_of(definition)
    match source:
        case Column():
            return _column(noun, source)
        case Embedded():
            assert noun is not None
            return _embedded(source, required(noun, get_named_type(definition.type), source))
        case Related():
            return _related(source)
        case Either():
            return _either(source)
        case Many():
            return many(source)
        case Aggregate():
            return _aggregate(source)
        case Computed() | Contextual():
            return _computed(source)
        case Lookup():
            return _lookup(source)
        case Node():
            return _node(source)
        case Asked():
            return _asked(source)
        case Start():
            return _start
        case Referenced():
            return _referenced(source)
        case Attribute():
            return _attribute(source)
    return _nothing


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _column(noun: Noun | None, source: Column) -> Callable[..., Any]:
    def resolve(value: Any, _info: Any) -> Any:
        name = source.name
        row = value
        if isinstance(value, Part):
            row, name = value.row, value.columns.get(name, name)
        found = getattr(row, name)
        if found is None:
            return None
        if source.codec == "id":
            assert noun is not None
            return f"{noun.prefix}_{found}"
        if source.codec == "seconds":
            return found // 1000
        return found

    return resolve


def _embedded(source: Embedded, needed: list[str]) -> Callable[..., Any]:
    def resolve(row: Any, _info: Any) -> Any:
        if any(getattr(row, column) is None for column in needed):
            return None
        return Part(row, dict(source.columns))

    return resolve


def _related(source: Related) -> Callable[..., Any]:
    async def resolve(row: Any, info: Info) -> Any:
        value = getattr(row, source.column)
        if value is None:
            return None
        found = scoped(NOUNS[source.noun], info).filter(**{source.target: value})
        return await found.first()

    return resolve


def _either(source: Either) -> Callable[..., Any]:
    nouns = {word: NOUNS[name] for word, name in source.nouns}

    async def resolve(row: Any, info: Info) -> Any:
        noun = nouns.get(getattr(row, source.kind))
        if noun is None or not info.context.caller.may(f"{noun.scope}:read"):
            return None
        return await scoped(noun, info).filter(id=getattr(row, source.column)).first()

    return resolve


def _lookup(source: Lookup) -> Callable[..., Any]:
    noun = NOUNS[source.noun]

    async def resolve(_row: Any, info: Info, **arguments: Any) -> Any:
        try:
            uuid = identity.parse(arguments[source.argument], noun.prefix)
        except InvalidIdError as error:
            raise error.at(source.argument) from None
        return await scoped(noun, info).filter(id=UUID(uuid)).first()

    return resolve


def _node(source: Node) -> Callable[..., Any]:
    async def find(info: Info, id: str, *path: str) -> Any:
        try:
            prefix, uuid = identity.split(id, PREFIXES)
        except InvalidIdError as error:
            raise error.at(*path) from None
        noun = PREFIXES[prefix]
        if not info.context.caller.may(f"{noun.scope}:read"):
            return None
        return await scoped(noun, info).filter(id=UUID(uuid)).first()

    async def one(_row: Any, info: Info, **arguments: Any) -> Any:
        return await find(info, arguments[source.argument], source.argument)

    async def each(_row: Any, info: Info, **arguments: Any) -> Any:
        ids = arguments[source.argument]
        if len(ids) > 100:
            raise InvalidPageError("At most 100 ids at once.").at(source.argument)
        found: list[Any] = []
        for place, id in enumerate(ids):
            try:
                found.append(await find(info, id, source.argument, str(place)))
            except InvalidIdError as error:
                # graphql-core raises an exception that it finds in a list, where it stands.
                found.append(GraphQLError(error.message, extensions=error.extensions))
        return found

    return each if source.many else one


def _aggregate(source: Aggregate) -> Callable[..., Any]:
    noun = NOUNS[source.noun]
    columns = noun.model._meta.db_fields
    expression = source.expression.format(**{each: f'"{each}"' for each in columns})

    async def resolve(row: Any, info: Info) -> Any:
        query = scoped(noun, info).filter(**{source.by: row.id})
        found = (await query.annotate(found=RawSQL(expression)).values("found"))[0]["found"]
        return source.empty if found is None else _coded(found, source.codec)

    return resolve


def _coded(value: Any, codec: Codec) -> Any:
    return str(value) if codec == "string" else value


def _computed(source: Computed | Contextual) -> Callable[..., Any]:
    def resolve(row: Model, info: Info) -> Any:
        values = [_wire(getattr(row, name)) for name in source.columns]
        if isinstance(source, Contextual):
            values.insert(0, info.context.caller)
        return source.function(*values)

    return resolve


def _wire(value: Any) -> Any:
    if hasattr(value, "astimezone"):
        return wire(value)
    return str(value) if isinstance(value, UUID) else value


def _asked(source: Asked) -> Callable[..., Any]:
    async def resolve(_row: Any, info: Info, **arguments: Any) -> Any:
        found = source.function(info.context, arguments)
        if isgenerator(found):
            return await info.context.database.run(found)
        return found

    return resolve


async def _start(_row: Any, info: Info) -> str:
    reading = info.context
    place: Place
    place, _ = await reading.database.run(standing(reading.dialect, reading.workspace))
    return place.cursor


def _referenced(source: Referenced) -> Callable[..., Any]:
    noun = NOUNS[source.noun]

    async def resolve(value: Any, info: Info) -> Any:
        uuid = getattr(value, source.attribute)
        return None if uuid is None else await scoped(noun, info).filter(id=UUID(uuid)).first()

    return resolve


def _attribute(source: Attribute) -> Callable[..., Any]:
    def resolve(value: Any, _info: Any) -> Any:
        return getattr(value, source.name)

    return resolve
