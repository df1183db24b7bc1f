"""Code that reads a connection, at the root or below all parents at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.execution.rows import Rows
from gateway.execution.selection import Selected
from gateway.execution.table import Table
from schema.noun import Noun

if TYPE_CHECKING:
    from gateway.execution.plan import Planner


#: Stands for the loop over the rows until all their columns are known.
EACH = "<each row>"


class ListCode:
    """One selected connection."""

    def __init__(
        self, planner: Planner, field: Selected, noun: Noun, by: str | None, maximum: int
    ) -> None:
        self._planner = planner
        self._field = field
        self._noun = noun
        self._by = by
        self._rows = Rows(planner, Table(planner.dialect, noun, by, maximum), int(by is not None))
        self._maximum = maximum
        self._reads_rows = False
        self._peeks = False
        self._counts = False

    def compile(self) -> str:
        """Add the function; gives its name. Its parameters: `V, C` and, below parents, `keys`."""
        code = self._planner.code
        code.reads += 1
        paging = code.constant("a", self._planner.paging(self._field, self._noun, self._maximum))
        table = code.constant("t", self._rows.table)
        root = self._by is None
        value = self._connection()
        lines = [] if root else ["if not keys: return {}"]
        lines += [
            f"p = {paging}.page_of(V, C)",
            f"if type(p) is Failure: return {'p' if root else 'Failing(p)'}",
        ]
        if self._reads_rows:
            lines += self._read(table, root)
        if self._counts:
            lines.append(
                f"n = (yield count({table}, p, C.workspace))[0][0]"
                if root
                else f"n = {{r[0]: r[1] for r in "
                f"(yield child_counts({table}, p, C.workspace, keys))}}"
            )
        lines += self._build(value.replace(EACH, self._rows.each("", "g").strip()), root)
        name = code.name("read")
        code.function(name, "V, C" if root else "V, C, keys", lines)
        return name

    def _read(self, table: str, root: bool) -> list[str]:
        peek = self._peeks
        if root:
            lines = [f"g = rows = yield page({table}, p, C.workspace, {peek}, C.below)"]
            if peek:
                lines += ["m = len(g) > p.size", "if m: del g[p.size:]"]
            lines.append("if p.backward: g.reverse()")
        else:
            lines = [
                f"rows = yield children({table}, p, C.workspace, keys, {peek}, C.below)",
                "groups = [[] for k in keys]",
                "for r in rows: groups[r[0]].append(r)",
            ]
            if peek:
                lines += [
                    "more = [len(g) > p.size for g in groups]",
                    "if True in more:",
                    "    for g in groups: del g[p.size:]",
                    "    rows = [r for g in groups for r in g]",
                ]
            lines += ["if p.backward:", "    for g in groups: g.reverse()"]
        if self._dynamic_order:
            dates = [each for each in self._order_columns() if self._noun.kind(each) == "timestamp"]
            self._planner.code.names["str_"] = str
            lines.append(
                f"w = W if p.shape.column in {dates!r} else str_"
                if self._planner.dialect == "postgres"
                else "w = str_"
            )
        return lines + self._rows.reads()

    def _build(self, value: str, root: bool) -> list[str]:
        if root:
            return [f"return {value}"]
        if not self._reads_rows:
            return ["found = {}", "for k in keys:", f"    found[k] = {value}", "return found"]
        more = ", more" if self._peeks else ""
        names = "k, g, m" if self._peeks else "k, g"
        return [
            "found = {}",
            f"for {names} in zip(keys, groups{more}):",
            f"    found[k] = {value}",
            "return found",
        ]

    def _connection(self) -> str:
        type_ = self._field.named_type
        items = [f"{each.key!r}: {self._part(type_.name, each)}" for each in self._field.of(type_)]
        return "{" + ", ".join(items) + "}"

    def _part(self, typename: str, field: Selected) -> str:
        match field.name:
            case "__typename":
                return repr(typename)
            case "totalCount":
                self._counts = True
                return "n" if self._by is None else "n.get(k, 0)"
            case "pageInfo":
                return self._page_info(field)
            case "nodes":
                self._reads_rows = True
                return f"[{self._node(field)} {EACH}]"
            case "edges":
                self._reads_rows = True
                return f"[{self._edge(field)} {EACH}]"
        raise TypeError(f"a connection has no {field.name}")

    def _node(self, field: Selected) -> str:
        return self._rows.object(field.named_type, field.of(field.named_type), "t", self._noun)

    def _edge(self, field: Selected) -> str:
        items = []
        for each in field.of(field.named_type):
            match each.name:
                case "__typename":
                    value = repr(field.named_type.name)
                case "cursor":
                    value = self._cursor()
                case _:
                    value = self._node(each)
            items.append(f"{each.key!r}: {value}")
        return "{" + ", ".join(items) + "}"

    def _page_info(self, field: Selected) -> str:
        items = []
        for each in field.of(field.named_type):
            match each.name:
                case "__typename":
                    value = "'PageInfo'"
                case "hasNextPage":
                    self._reads_rows = self._peeks = True
                    value = "p.has_before if p.backward else m"
                case "hasPreviousPage":
                    self._reads_rows = self._peeks = True
                    value = "m if p.backward else p.has_after"
                case "startCursor":
                    self._reads_rows = True
                    value = f"({self._cursor('g[0]')} if g else None)"
                case _:
                    self._reads_rows = True
                    value = f"({self._cursor('g[-1]')} if g else None)"
            items.append(f"{each.key!r}: {value}")
        return "{" + ", ".join(items) + "}"

    _dynamic_order = False

    def _cursor(self, row: str | None = None) -> str:
        """The expression of the cursor of a row, or of each."""
        rows = self._rows
        column = self._fixed_order()
        if column is None:
            self._dynamic_order = True
            value = f"w({_value(row, rows.order())})"
        elif self._noun.kind(column) != "timestamp" or self._planner.dialect == "sqlite":
            value = _value(row, rows.place("t", column))
        elif row is None:
            value = rows.instant(self._noun, "t", column)
        else:
            value = f"W({_value(row, rows.place('t', column))})"
        return f'f"{{p.mark}}{{{_value(row, rows.place("t", "id"))}}}{{{value}}}"'

    def _fixed_order(self) -> str | None:
        """The ordering's column where no variable decides it."""
        arguments = self._field.arguments
        assert arguments is not None
        for argument in arguments.node.arguments or ():
            if argument.name.value == "orderBy":
                if arguments.is_dynamic("orderBy"):
                    return None
                order: dict[str, Any] = arguments.fixed("orderBy") or {}
                return self._noun.ordering(order.get("field"), True).column
        return self._noun.default_order[0]

    def _order_columns(self) -> list[str]:
        noun = self._noun
        found = {noun.default_order[0]}
        if noun.order is not None:
            found |= {each.value for each in noun.order}
        return sorted(found)


def _value(row: str | None, place: int) -> str:
    return f"v{place}" if row is None else f"{row}[{place}]"
