"""The yardstick: graphql-core executing plain resolvers made from the same declarations.

Random operations must get the same answer here as from plans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from inspect import isawaitable, iscoroutinefunction
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql import execute as core_execute

from gateway.execution.reference.connections import Info, connection, edge, page_info
from gateway.execution.reference.sources import resolver
from models.database import Database, Dialect
from schema.context import Caller
from schema.errors import InternalError, SwitchboardError
from schema.noun import NOUNS


@dataclass(frozen=True)
class Reading:
    """The context of one execution."""

    caller: Caller
    database: Database
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    """Resolvers at work, also those whose answer nobody awaits any more."""

    @property
    def dialect(self) -> Dialect:
        """The database's dialect."""
        return self.database.dialect

    @property
    def workspace(self) -> str:
        """The caller's workspace."""
        return self.caller.workspace_id

    @property
    def now(self) -> str:
        """The present instant in the wire format."""
        return self.caller.instant

    def started(self, task: asyncio.Task[Any]) -> None:
        """Know the task until it is done."""
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            # Now it counts as retrieved.
            task.exception()


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
                resolve = connection(name)
            elif type_.name.endswith("Edge"):
                resolve = edge(name)
            elif type_.name == "PageInfo":
                resolve = page_info(name)
            else:
                resolve = resolver(type_.name, each)
            each.resolve = _awaited(resolve) if iscoroutinefunction(resolve) else _called(resolve)


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


def _called(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def called(value: Any, info: Info, **arguments: Any) -> Any:
        try:
            return resolve(value, info, **plain(arguments))
        except Exception as error:
            raise _presented(error) from error

    return called


def _awaited(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def start(value: Any, info: Info, **arguments: Any) -> asyncio.Task[Any]:
        # A task and no coroutine: graphql-core may drop it without ever awaiting it.
        task = asyncio.ensure_future(awaited(value, info, arguments))
        info.context.started(task)
        return task

    async def awaited(value: Any, info: Info, arguments: dict[str, Any]) -> Any:
        # graphql-core cancels the siblings of a failed field; a cancelled query would leave the
        # driver's thread with an answer that nobody takes.
        task = asyncio.ensure_future(resolve(value, info, **plain(arguments)))
        info.context.started(task)
        try:
            return await asyncio.shield(task)
        except Exception as error:
            raise _presented(error) from error

    return start


def _presented(error: Exception) -> GraphQLError:
    if not isinstance(error, SwitchboardError):
        error = InternalError()
    return GraphQLError(error.message, extensions=error.extensions)


def plain(value: Any) -> Any:
    """Arguments as plans have them: enums by name."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value
