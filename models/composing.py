"""Several writes as one statement of PostgreSQL that does all of them or nothing.

Its text depends on the shape alone, that is on which columns of which tables are written, and is
made once for each.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias

from tortoise.fields import Field
from tortoise.models import Model

from models.columns import BigInteger, Bytes, Flag, Integer, Json, Timestamp, Uuid
from models.held import Source
from models.writing import Names, key

Kind: TypeAlias = Literal["insert", "update", "delete"]

_TYPES: tuple[tuple[type[Field[Any]], str], ...] = (
    (Uuid, "uuid"),
    (Timestamp, "timestamptz"),
    (Json, "json"),
    (Flag, "boolean"),
    (Integer, "integer"),
    (BigInteger, "bigint"),
    (Bytes, "bytea"),
)
#: `t` is what the plans call the row: its columns, and it as a whole.
_DOTTED = re.compile(r'\bt\."?(\w+)')
_WHOLE = re.compile(r'\bt\b(?!\."?\w)')
#: How a read begins that gives the row's id first.
_ID_FIRST = ("SELECT t.id,", "SELECT t.id ")


class Shape(NamedTuple):
    """What the text of one write depends on."""

    kind: Kind
    model: type[Model]
    names: Names
    """Columns that get values, which are bound in this order; then, but for inserts, the key and
    what is asked."""
    rows: int = 1
    held: tuple[Source, ...] = ()
    """Values of the one row of an insert that are made of columns of the changed row."""
    asked: tuple[tuple[str, bool], ...] = ()
    """Columns that must be, or must not be, what is bound for the row to be changed or removed."""


class _Marks:
    """Numbers the bound values, with the types of their columns."""

    def __init__(self, bound: int) -> None:
        self._count = bound

    def __call__(self, model: type[Model], name: str) -> str:
        self._count += 1
        return f"${self._count}::{_type(model, name)}"


@lru_cache(1024)
def composed(
    shapes: tuple[Shape, ...],
    read: str = "",
    root: int = 0,
    bound: int = 0,
    *,
    waits: bool = True,
) -> str:
    """The statement of these writes; it gives the rows of `read`, or one row.

    At most one of them changes or removes a row, only if it is as was asked, and comes first. The
    others select from what it returns: if that is nothing they do nothing. That also
    gives an event its sequence after the row it tells of has been locked. `read` sees the row that
    the write number `root` has written, and binds the first `bound` values; empty text if it can't.

    One that never `waits` for a lock takes a row that somebody has locked for one that is not as
    was asked, changes a row, which is its root, and gives the row's id first.
    """
    if not waits and (root or shapes[0].kind != "update" or not read.startswith(_ID_FIRST)):
        return ""
    if read and not _readable(shapes, read, root):
        return ""
    marks = _Marks(bound)
    guard = None if shapes[0].kind == "insert" else "w0"
    parts = []
    for number, shape in enumerate(shapes):
        insert = shape.kind == "insert"
        made = _insert(shape, guard, marks) if insert else _guarded(shape, marks, waits)
        # What others select from has to come back.
        wanted = _held_columns(shapes) if f"w{number}" == guard else set()
        if read and number == root:
            wanted |= _read_columns(shape.model, read)
        if wanted or f"w{number}" == guard:
            made += f" RETURNING {_list(wanted)}"
        parts.append(f"w{number} AS ({made})")
    if read:
        last = read.replace(_from(shapes[root].model), f"FROM w{root} t ", 1)
    else:
        last = "SELECT 1" if guard is None else f"SELECT 1 FROM {guard}"
    return f"WITH {', '.join(parts)} {last}"


def _readable(shapes: tuple[Shape, ...], read: str, root: int) -> bool:
    """Whether this read of one row can be put upon the writes, of which `root` writes that row.

    It sees all tables as they were before, so it must not look at one that is written. And no
    join may lose the row, as a statement that gives no row is taken to have done nothing.
    """
    model = shapes[root].model
    _, found, rest = read.partition(_from(model))
    by_id = f" WHERE t.{key(model)} = $1::uuid AND t.id = $2::uuid"
    if not found or not rest.endswith(by_id) or rest.count("JOIN") != rest.count("LEFT JOIN"):
        return False
    tables = {_table(each.model) for each in shapes} - {_table(model)}
    return read.count(_table(model)) == 1 and not any(each in read for each in tables)


def _held_columns(shapes: tuple[Shape, ...]) -> set[str]:
    return {each for shape in shapes for source in shape.held for each in source.columns}


def _read_columns(model: type[Model], read: str) -> set[str]:
    """The columns of the row that a read names; all of them where that is hard to tell."""
    names = set(_DOTTED.findall(read))
    if _WHOLE.search(read.replace(_from(model), "", 1)) or not names <= model._meta.db_fields:
        return {"*"}
    return names


def _list(columns: set[str]) -> str:
    if "*" in columns:
        return "*"
    return ", ".join(_quoted(tuple(sorted(columns)))) or "1"


def _guarded(shape: Shape, marks: _Marks, waits: bool) -> str:
    model = shape.model
    table, by = _table(model), key(model)
    if shape.kind == "delete":
        head = f"DELETE FROM {table}"
    else:
        changes = [f'"{name}" = {marks(model, name)}' for name in shape.names]
        head = f"UPDATE {table} SET {', '.join([*changes, 'version = version + 1'])}"
    workspace, id = marks(model, by), marks(model, "id")
    asked = f"{by} = {workspace} AND id = {id}" + "".join(
        f' AND "{name}" IS {"NOT " if same else ""}DISTINCT FROM {marks(model, name)}'
        for name, same in shape.asked
    )
    if waits:
        return f"{head} WHERE {asked}"
    free = f"SELECT id FROM {table} WHERE {asked} FOR NO KEY UPDATE SKIP LOCKED"
    return f"{head} WHERE {by} = {workspace} AND id = ({free})"


def _insert(shape: Shape, guard: str | None, marks: _Marks) -> str:
    model, names = shape.model, shape.names
    columns = ", ".join(_quoted(names))
    head = f"INSERT INTO {_table(model)} ({columns})"
    if shape.rows == 1:
        held = {each.name: each for each in shape.held}
        made = [
            _held(guard, held[name], marks, model) if name in held else marks(model, name)
            for name in names
        ]
        source = "" if guard is None else f" FROM {guard}"
        return f"{head} SELECT {', '.join(made)}{source}"
    rows = [[marks(model, name) for name in names] for _ in range(shape.rows)]
    values = ", ".join(f"({place}, {', '.join(row)})" for place, row in enumerate(rows))
    source = "" if guard is None else f", {guard}"
    # Ordered, as they get their sequence one after the other.
    chosen = ", ".join(f"v.{each}" for each in _quoted(names))
    return (
        f"{head} SELECT {chosen} FROM (VALUES {values}) v (place, {columns}){source} "
        "ORDER BY v.place"
    )


def _held(guard: str | None, source: Source, marks: _Marks, model: type[Model]) -> str:
    columns = [f'{guard}."{each}"' for each in source.columns]
    if not source.within:
        return columns[0]
    around = [marks(model, source.name) for _ in range(len(columns) + 1)]
    return f"concat({', '.join([*chain(*zip(around, columns, strict=False)), around[-1]])})"


def _from(model: type[Model]) -> str:
    """How the plans name the table of a row that they read by its id."""
    return f"FROM {_table(model)} t "


def _table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def _quoted(names: Names) -> list[str]:
    return [f'"{name}"' for name in names]


def _type(model: type[Model], name: str) -> str:
    stored = model._meta.fields_map[name]
    return next((type_ for kind, type_ in _TYPES if isinstance(stored, kind)), "text")
