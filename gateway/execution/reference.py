"""The yardstick: graphql-core executing plain resolvers made from the same declarations.

It serves introspection, and random operations must get the same answer here as from plans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from inspect import isawaitable, isgenerator
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from graphql import execute as core_execute
from tortoise.expressions import Q
from tortoise.functions import Count, Max, Min, Sum
from tortoise.models import Model

from gateway.execution.embedding import required
from gateway.execution.selection import source_of
from models.columns import wire
from models.database import Database
from schema import identity, paging
from schema.context import Caller
from schema.errors import InternalError, InvalidPageError, SwitchboardError
from schema.noun import NOUNS, Noun
from schema.source import (
    Aggregate,
    Asked,
    Attribute,
    Column,
    Computed,
    Contextual,
    Embedded,
    Lookup,
    Many,
    Node,
    Referenced,
    Related,
)

Info: TypeAlias = GraphQLResolveInfo[Any]


@dataclass(frozen=True)
class Reading:
    """The context of one execution."""

    caller: Caller
    database: Database
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    """Resolvers at work, also those whose answer nobody awaits any more."""

    def started(self, task: asyncio.Task[Any]) -> None:
        """Know the task until it is done."""
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            # Now it counts as retrieved.
            task.exception()


@dataclass(frozen=True)
class Part:
    """An object made of columns of another object's row."""

    row: Any
    columns: dict[str, str]


@dataclass
class Page:
    """A connection that has been asked for."""

    rows: list[Any]
    ordering: paging.Ordering
    more: bool
    window: paging.Window
    query: Any


def attach(schema: GraphQLSchema) -> None:
    """Give every field of the schema the resolver that its source stands for."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            type_.resolve_type = _type_name
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        type_.is_type_of = None
        for name, each in type_.fields.items():
            if type_.name.endswith("Connection"):
                each.resolve = _connection(name)
            elif type_.name.endswith("Edge"):
                each.resolve = _edge(name)
            elif type_.name == "PageInfo":
                each.resolve = _page_info(name)
            else:
                each.resolve = _guarded(resolver(type_.name, each))


async def execute(
    schema: GraphQLSchema, document: DocumentNode, given: dict[str, Any], reading: Reading
) -> ExecutionResult:
    """The answer to the document's only operation; returns when every resolver is done."""
    found = core_execute(schema, document, None, reading, given)
    if isawaitable(found):
        found = await found
    while reading.tasks:
        await asyncio.wait(reading.tasks)
    assert isinstance(found, ExecutionResult)
    return found


def _type_name(value: Any, *_: Any) -> str:
    return next(each.name for each in NOUNS.values() if type(value) is each.model)


def _guarded(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def start(value: Any, info: Info, **arguments: Any) -> asyncio.Task[Any]:
        # A task and no coroutine: graphql-core may drop it without ever awaiting it.
        task = asyncio.ensure_future(guarded(value, info, arguments))
        info.context.started(task)
        return task

    async def guarded(value: Any, info: Info, arguments: dict[str, Any]) -> Any:
        try:
            # graphql-core cancels the siblings of a failed field; a cancelled query would leave
            # the driver's thread with an answer that nobody takes.
            task = asyncio.ensure_future(resolve(value, info, **plain(arguments)))
            info.context.started(task)
            return await asyncio.shield(task)
        except SwitchboardError as error:
            raise GraphQLError(error.message, extensions=error.extensions) from error
        except GraphQLError:
            raise
        except Exception as error:
            masked = InternalError()
            raise GraphQLError(masked.message, extensions=masked.extensions) from error

    return start


def plain(value: Any) -> Any:
    """Arguments as plans have them: enums by name."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


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
        case Many():
            return _many(source)
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
        case Referenced():
            return _referenced(source)
        case Attribute():
            return _attribute(source)
    return _nothing


async def _nothing(*_: Any, **__: Any) -> None:
    return None


def _column(noun: Noun | None, source: Column) -> Callable[..., Any]:
    async def resolve(value: Any, _info: Any) -> Any:
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
    async def resolve(row: Any, _info: Any) -> Any:
        if any(getattr(row, column) is None for column in needed):
            return None
        return Part(row, dict(source.columns))

    return resolve


def _scoped(noun: Noun, info: Info) -> Any:
    workspace = UUID(info.context.caller.workspace_id)
    key = "id" if noun.name == "Workspace" else "workspace_id"
    found = noun.model.filter(**{key: workspace})
    if noun.name == "Activity":
        found = found.filter(position__not_isnull=True)
    return found


def _related(source: Related) -> Callable[..., Any]:
    async def resolve(row: Any, info: Info) -> Any:
        value = getattr(row, source.column)
        if value is None:
            return None
        found = _scoped(NOUNS[source.noun], info).filter(**{source.target: value})
        return await found.first()

    return resolve


def _lookup(source: Lookup) -> Callable[..., Any]:
    noun = NOUNS[source.noun]

    async def resolve(_row: Any, info: Info, **arguments: Any) -> Any:
        uuid = identity.parse(arguments[source.argument], noun.prefix)
        return await _scoped(noun, info).filter(id=UUID(uuid)).first()

    return resolve


def _node(source: Node) -> Callable[..., Any]:
    async def resolve(_row: Any, info: Info, **arguments: Any) -> Any:
        given = arguments[source.argument]
        ids = given if source.many else [given]
        if len(ids) > 100:
            raise InvalidPageError("At most 100 ids at once.")
        pairs = [identity.split(each) for each in ids]
        found = []
        for kind, uuid in pairs:
            noun = next((each for each in NOUNS.values() if each.prefix == kind), None)
            implemented = noun is not None and noun.name in {
                each.name
                for each in info.schema.get_possible_types(info.schema.type_map["Node"])  # type: ignore[arg-type]
            }
            row = None
            if noun is not None and implemented:
                row = await _scoped(noun, info).filter(id=UUID(uuid)).first()
            found.append(row)
        return found if source.many else found[0]

    return resolve


def _many(source: Many) -> Callable[..., Any]:
    noun = NOUNS[source.noun]

    async def resolve(row: Any, info: Info, **arguments: Any) -> Page:
        query = _scoped(noun, info)
        if source.by is not None:
            query = query.filter(**{source.by: row.id})
        window = paging.window(arguments, source.maximum)
        order = arguments.get("orderBy") or {}
        direction = order.get("direction")
        ordering = noun.ordering(
            order.get("field"), None if direction is None else direction == "DESC"
        )
        for name, value in (arguments.get("filter") or {}).items():
            if value is not None:
                query = query.filter(noun.conditions[name].q(value))
        counted = query
        for cursor, behind in ((window.after, True), (window.before, False)):
            if cursor is not None:
                query = query.filter(_behind(ordering, cursor, behind))
        down = ordering.descending is not window.backward
        sign = "-" if down else ""
        query = query.order_by(f"{sign}{ordering.column}", f"{sign}id")
        if window.offset:
            query = query.offset(window.offset)
        rows: list[Any] = await query.limit(window.size + 1)
        more = len(rows) > window.size
        del rows[window.size :]
        if window.backward:
            rows.reverse()
        return Page(rows, ordering, more, window, counted)

    return resolve


def _behind(ordering: paging.Ordering, cursor: str, behind: bool) -> Q:
    value, uuid = paging.decode(cursor, ordering)
    sign = "lt" if ordering.descending is behind else "gt"
    column = ordering.column
    beyond: Q = Q(**{f"{column}__{sign}": value})
    return beyond | Q(**{column: value, f"id__{sign}": UUID(uuid)})


def _cursor(page: Page, row: Any) -> str:
    value = getattr(row, page.ordering.column)
    if page.ordering.kind == "timestamp":
        value = wire(value)
    return paging.encode(page.ordering.mark, value, str(row.id))


def _connection(name: str) -> Callable[..., Any]:
    async def resolve(page: Page, _info: Any) -> Any:
        if name == "nodes":
            return page.rows
        if name == "edges":
            return [(page, row) for row in page.rows]
        if name == "totalCount":
            return await page.query.count()
        return page

    return resolve


def _edge(name: str) -> Callable[..., Any]:
    async def resolve(edge: tuple[Page, Any], _info: Any) -> Any:
        page, row = edge
        return row if name == "node" else _cursor(page, row)

    return resolve


def _page_info(name: str) -> Callable[..., Any]:
    async def resolve(page: Page, _info: Any) -> Any:
        window = page.window
        if name == "hasNextPage":
            return window.before is not None if window.backward else page.more
        if name == "hasPreviousPage":
            if window.backward:
                return page.more
            return window.after is not None or window.offset > 0
        if not page.rows:
            return None
        return _cursor(page, page.rows[0 if name == "startCursor" else -1])

    return resolve


_FUNCTIONS = {"count": Count, "max": Max, "min": Min, "sum": Sum}


def _aggregate(source: Aggregate) -> Callable[..., Any]:
    noun = NOUNS[source.noun]
    function, _, inside = source.expression.rstrip(")").partition("(")

    async def resolve(row: Any, info: Info) -> Any:
        query = _scoped(noun, info).filter(**{source.by: row.id})
        if inside == "*":
            return await query.count()
        column = inside.strip("{}")
        found = await query.annotate(found=_FUNCTIONS[function](column)).values("found")
        return found[0]["found"] if found else source.empty

    return resolve


def _computed(source: Computed | Contextual) -> Callable[..., Any]:
    async def resolve(row: Model, info: Info) -> Any:
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


def _referenced(source: Referenced) -> Callable[..., Any]:
    noun = NOUNS[source.noun]

    async def resolve(value: Any, info: Info) -> Any:
        uuid = getattr(value, source.attribute)
        return None if uuid is None else await _scoped(noun, info).filter(id=UUID(uuid)).first()

    return resolve


def _attribute(source: Attribute) -> Callable[..., Any]:
    async def resolve(value: Any, _info: Any) -> Any:
        return getattr(value, source.name)

    return resolve


def dump(value: Any) -> bytes:
    """The answer as bytes."""
    return orjson.dumps(value)
