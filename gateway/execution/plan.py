"""From a selection to a plan: generated code that asks for rows and builds the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, is_abstract_type

from gateway.execution.code import Code
from gateway.execution.completion import null_error
from gateway.execution.lists import ListCode
from gateway.execution.page import PageArguments
from gateway.execution.rows import Rows
from gateway.execution.runtime import Asking, Identifying, Paging
from gateway.execution.selection import Selected
from gateway.execution.splice import Splice, Splices
from gateway.execution.splicing import spliced
from gateway.execution.table import Table
from models.database import Dialect
from schema.noun import NOUNS, Noun
from schema.source import (
    Asked,
    Attribute,
    Introspection,
    Lookup,
    Many,
    Node,
    Referenced,
    Start,
)


@dataclass(frozen=True)
class PayloadPlan:
    """The plan of a verb's payload."""

    run: Callable[..., Any]
    alone: bool
    """Whether it takes one statement at most."""
    joined: bool
    """Whether rows are read along with those that refer to them."""


class Planner:
    """Compiles the selections of one operation."""

    def __init__(self, dialect: Dialect, *, splicing: bool = True) -> None:
        self.code = Code(dialect)
        self.splices = Splices()
        self._splicing = splicing and dialect == "postgres"

    @property
    def dialect(self) -> Dialect:
        """The database's dialect."""
        return self.code.dialect

    @property
    def single(self) -> bool:
        """Whether what has been compiled reads rows of its own, by one statement."""
        return self.code.reads == 1 and not self.splices.arguments

    def query(self, fields: list[Selected]) -> Callable[..., Any]:
        """`run(V, C)`: reads that give the data of a query."""
        lines = ["d = {}"]
        for each in fields:
            lines += self._root(each)
        lines.append("return d")
        return self._run("V, C", lines, lambda: self._unspliced().query(fields))

    def payload(self, field: Selected) -> PayloadPlan:
        """`run(V, C, o)`: reads that give the selection of a verb's payload `o`."""
        lines: list[str] = []
        value = self._plain(field, "o", lines, [("o", "(o,)")])
        lines.append(f"return {value}")
        run = self._run("V, C, o", lines, lambda: self._unspliced().payload(field).run)
        alone = self.code.reads <= 1 and (self.splices.sure or not self.splices.arguments)
        tables = (each for each in self.code.names.values() if isinstance(each, Table))
        return PayloadPlan(run, alone, any(each.joins for each in tables))

    def feed(self, field: Selected) -> Callable[..., Any]:
        """`run(V, C, os)`: reads that give the selection of a subscription for each event of `os`."""
        lines: list[str] = []
        value = self._plain(field, "o", lines, [("o", "os")])
        lines.append(f"return [{value} for o in os]")
        return self._run("V, C, os", lines, lambda: self._unspliced().feed(field))

    def _run(
        self, parameters: str, lines: list[str], unspliced: Callable[[], Callable[..., Any]]
    ) -> Callable[..., Any]:
        if self.splices.arguments:
            self.code.names["splices"] = self.splices
            before = ["C.below = splices.read(V)"]
            if not self.splices.sure:
                # A field with wrong arguments fails by itself, and text can't hold that.
                self.code.names["unspliced"] = unspliced()
                before.append(
                    f"if C.below is None: C.below = NO_PAGES; return (yield from unspliced({parameters}))"
                )
            lines = [*before, *lines]
        self.code.function("run", parameters, lines)
        return self.code.build("run")

    def _unspliced(self) -> Planner:
        return Planner(self.dialect, splicing=False)

    def splice(self, field: Selected, source: Many, parent: str) -> Splice | None:
        """The connection as a column of its parent's row, where that can be."""
        return spliced(self.splices, field, source, parent) if self._splicing else None

    def _root(self, field: Selected) -> list[str]:
        target = f"d[{field.key!r}]"
        source = field.source
        if field.definition is None:
            return [f"{target} = 'Query'"]
        if isinstance(source, Many):
            call = ListCode(self, field, NOUNS[source.noun], None, source.maximum).compile()
            return [f"{target} = yield from {call}(V, C)"]
        assert field.arguments is not None
        if isinstance(source, Lookup):
            noun = NOUNS[source.noun]
            asking = self.code.constant(
                "a", Identifying(source.argument, noun.prefix, field.arguments, field.nodes)
            )
            call = self.by_ids(noun, field)
            return [
                f"u = {asking}.uuid(V, C)",
                f"{target} = u if type(u) is Failure else (yield from {call}(V, C, [u])).get(u)",
            ]
        if isinstance(source, Node):
            return self._nodes(field, source, target)
        if isinstance(source, Start):
            return [f"{target} = C.cursor"]
        if isinstance(source, Introspection):
            name = self.code.constant("f", field)
            return [f"{target} = C.introspect({name})"]
        if isinstance(source, Asked):
            asking = self.code.constant("a", Asking(field.arguments, field.nodes))
            function = self.code.constant("k", source.function)
            name = self.code.name("o")
            lines = [f"{name} = yield from asked({function}, {asking}, V, C)"]
            inner: list[str] = []
            value = self._plain(field, name, inner, [(name, f"({name},)")])
            lines.append(f"if type({name}) is Failure or {name} is None: {target} = {name}")
            lines.append("else:")
            lines += [f"    {line}" for line in [*inner, f"{target} = {value}"]]
            return lines
        raise TypeError(f"{field.name} can't be a root field: {source}")

    def children(self, field: Selected, source: Many) -> str:
        """The function that reads a nested connection for all parents."""
        return ListCode(self, field, NOUNS[source.noun], source.by, source.maximum).compile()

    def paging(self, field: Selected, noun: Noun, maximum: int) -> Paging:
        """The arguments of a connection."""
        assert field.arguments is not None
        page = PageArguments(noun, field.arguments, maximum)
        return Paging(page, field.arguments, field.nodes)

    def by_ids(self, noun: Noun, field: Selected, type_: Any = None, by: str = "id") -> str:
        """The function that reads nouns by their UUIDs, or another column, into a dict."""
        self.code.reads += 1
        typed = type_ is not None
        type_ = type_ or field.named_type
        rows = Rows(self, Table(self.dialect, noun, by), 0)
        key = rows.place("t", by)
        value = rows.object(type_, field.of(type_), "t", noun)
        if typed:
            value = f"Typed({type_.name!r}, {value})"
        table = self.code.constant("t", rows.table)
        name = self.code.name("read")
        self.code.function(
            name,
            "V, C, keys",
            [
                "if not keys: return {}",
                f"rows = (yield by_id({table}, C.workspace, keys[0], C.below)) if len(keys) == 1 "
                f"else (yield by_ids({table}, C.workspace, keys, C.below))",
                *rows.reads(),
                f"return {{{rows.each(f'v{key}: {value}', 'rows')}}}",
            ],
        )
        return name

    def _nodes(self, field: Selected, source: Node, target: str) -> list[str]:
        assert field.arguments is not None
        asking = self.code.constant(
            "a", Identifying(source.argument, None, field.arguments, field.nodes)
        )
        calls = {}
        scopes = {}
        for type_ in field.collector.possible_types(field.named_type):
            noun = NOUNS[type_.name]
            calls[noun.prefix] = self.by_ids(noun, field, type_)
            scopes[noun.prefix] = f"{noun.scope}:read"
        reads = ", ".join(f"{prefix!r}: {call}" for prefix, call in calls.items())
        one = "" if source.many else "[0]"
        return [
            f"ids = {asking}.split(V, C)",
            f"if type(ids) is Failure: {target} = ids",
            "else:",
            "    found = {}",
            f"    for kind, call in {{{reads}}}.items():",
            "        keys = distinct([u for k, u in ids if k == kind])",
            f"        if keys and C.caller.may({scopes!r}[kind]):",
            "            found[kind] = yield from call(V, C, keys)",
            f"    {target} = [k if type(k) is Failure else found.get(k, {{}}).get(u) "
            f"for k, u in ids]{one}",
        ]

    def _plain(
        self, field: Selected, value: str, lines: list[str], loops: list[tuple[str, str]]
    ) -> str:
        """The expression of a plain object `value`; adds the lines that read what it refers to."""
        type_ = field.named_type
        items = []
        for each in field.of(type_):
            if each.definition is None:
                items.append(f"{each.key!r}: {type_.name!r}")
            else:
                found = self._plain_field(type_, each, value, lines, loops)
                items.append(f"{each.key!r}: {found}")
        return "{" + ", ".join(items) + "}"

    def _plain_field(
        self,
        parent: GraphQLObjectType,
        field: Selected,
        value: str,
        lines: list[str],
        loops: list[tuple[str, str]],
    ) -> str:
        source = field.source
        assert field.definition is not None
        if isinstance(source, Referenced):
            noun = NOUNS[source.noun]
            name = self.code.name("c")
            keys = " ".join(f"for {each} in {over}" for each, over in loops)
            call = self.by_ids(noun, field)
            lines.append(
                f"{name} = yield from {call}(V, C, distinct([{value}.{source.attribute} {keys}]))"
            )
            key = f"{value}.{source.attribute}"
            if not isinstance(field.definition.type, GraphQLNonNull):
                return f"{name}.get({key})"
            error = self.code.constant("x", null_error(parent, field))
            failure = f"C.fail({error}, {self.code.constant('f', field.nodes)})"
            return f"({name}[{key}] if {key} in {name} else {failure})"
        if isinstance(source, Start):
            return "C.cursor"
        if not isinstance(source, Attribute):
            raise TypeError(f"{field.name} can't be a field of a plain object: {source}")
        read = f"{value}.{source.name}"
        named = field.named_type
        if is_abstract_type(named):
            raise TypeError(f"{field.name}: a plain object's field can't be abstract")
        if not hasattr(named, "fields"):
            return read
        name = self.code.name("o")
        type_ = field.definition.type
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        over = f"({read} or ())" if isinstance(type_, GraphQLList) else f"one({read})"
        inner = self._plain(field, name, lines, [*loops, (name, over)])
        found = f"[{inner} for {name} in {over}]"
        if isinstance(type_, GraphQLList):
            return f"(None if {read} is None else {found})"
        return f"first({found})"
