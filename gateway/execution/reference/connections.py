"""Plain resolvers of connections, their edges and their page information."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from graphql import GraphQLResolveInfo
from tortoise.expressions import Q

from models.columns import wire
from schema import paging
from schema.errors import SwitchboardError
from schema.noun import NOUNS, Noun
from schema.source import Many

Info: TypeAlias = GraphQLResolveInfo[Any]


@dataclass
class Page:
    """A connection that has been asked for."""

    rows: list[Any]
    ordering: paging.Ordering
    more: bool
    window: paging.Window
    query: Any


def scoped(noun: Noun, info: Info) -> Any:
    """The rows of the caller's workspace that may be seen."""
    workspace = UUID(info.context.caller.workspace_id)
    key = "id" if noun.name == "Workspace" else "workspace_id"
    found = noun.model.filter(**{key: workspace})
    if noun.name == "Activity":
        found = found.filter(position__not_isnull=True)
    return found


def many(source: Many) -> Callable[..., Any]:
    """A list's resolver."""
    noun = NOUNS[source.noun]

    async def resolve(row: Any, info: Info, **arguments: Any) -> Page:
        query = scoped(noun, info)
        if source.by is not None:
            query = query.filter(**{source.by: row.id})
        window = paging.window(arguments, source.maximum)
        order = arguments.get("orderBy") or {}
        direction = order.get("direction")
        ordering = noun.ordering(
            order.get("field"), None if direction is None else direction == "DESC"
        )
        filter = arguments.get("filter") or {}
        try:
            for name, *_ in noun.narrowed(filter):
                query = query.filter(noun.conditions[name].q(filter[name]))
        except SwitchboardError as error:
            raise error.at("filter") from None
        counted = query
        for name, cursor in (("after", window.after), ("before", window.before)):
            if cursor is not None:
                value, uuid = paging.bounds(name, cursor, ordering)
                query = query.filter(_beyond(ordering, value, uuid, behind=name == "after"))
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


def _beyond(ordering: paging.Ordering, value: Any, uuid: str, *, behind: bool) -> Q:
    sign = "lt" if ordering.descending is behind else "gt"
    column = ordering.column
    beyond: Q = Q(**{f"{column}__{sign}": value})
    return beyond | Q(**{column: value, f"id__{sign}": UUID(uuid)})


def _cursor(page: Page, row: Any) -> str:
    value = getattr(row, page.ordering.column)
    if page.ordering.kind == "timestamp":
        value = wire(value)
    return paging.encode(page.ordering.mark, value, str(row.id))


def connection(name: str) -> Callable[..., Any]:
    """The resolver of a connection's field."""

    async def count(page: Page, _info: Any) -> int:
        found: int = await page.query.count()
        return found

    def resolve(page: Page, _info: Any) -> Any:
        if name == "nodes":
            return page.rows
        if name == "edges":
            return [(page, row) for row in page.rows]
        return page

    return count if name == "totalCount" else resolve


def edge(name: str) -> Callable[..., Any]:
    """The resolver of an edge's field."""

    def resolve(edge: tuple[Page, Any], _info: Any) -> Any:
        page, row = edge
        return row if name == "node" else _cursor(page, row)

    return resolve


def page_info(name: str) -> Callable[..., Any]:
    """The resolver of a field of the page information."""

    def resolve(page: Page, _info: Any) -> Any:
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
