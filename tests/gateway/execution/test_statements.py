"""How many statements reads take, and that nothing but declared names is in their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType, parse, validate

from gateway.execution.operation import Operation, answer
from gateway.execution.selection import Selected
from gateway.execution.variables import VariablesError
from gateway.graph import core
from models import CallStatus, Channel, EventType, PhoneNumberStatus, RecipientState
from models.database import Database, Reads, Row, Statement, T
from schema.noun import NOUNS
from schema.paging import Ordering
from schema.source import (
    Aggregate,
    Asked,
    Attribute,
    Either,
    Embedded,
    Lookup,
    Many,
    Node,
    Referenced,
    Related,
    Start,
)
from tests.gateway.execution.arguments import Arguments
from tests.gateway.execution.author import Author
from tests.gateway.execution.comparison import caller, operation, prepared
from tests.gateway.execution.conftest import Place

#: Every literal that statements are made with: the search's syntax, kinds of event, what makes
#: instants one length, and what JSON is put together with.
LITERALS = {
    *("'\"'", "'\"\"'", "'\"*'", "'1 microsecond'", "'UTC'", "','", "''"),
    *(
        f"'{each.value}'"
        for each in (*EventType, *CallStatus, *Channel, *PhoneNumberStatus, *RecipientState)
    ),
}
#: JSON in literals; every word of it is one of these, or one of the document's.
JSON = re.compile(r"""'["{}\[\]:,\w]+'""", re.ASCII)
WORDS = {"true", "false", "null", "Z"}
#: How many tables a root field's own function may count.
TABLES = 4
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}")
DEEP = """
    query ($first: Int!, $id: ID!) {
      lead(id: $id) { name agent { name } }
      agents(first: $first) {
        totalCount
        nodes {
          totalCalls totalEmails
          leads(first: $first) {
            totalCount
            nodes { name totalCalls calls(first: $first) { nodes { id events { nodes { id } } } } }
          }
          calls(first: $first) { edges { cursor node { lead { name emails { totalCount } } } } }
        }
      }
    }
"""


async def recorded(
    found: Operation, given: dict[str, Any], database: Database, workspace: str
) -> list[Statement]:
    """The statements of one run."""
    statements: list[Statement] = []
    variables = found.coercion.read(given)
    reads = answer(found, variables, given, caller(workspace), database.dialect)
    await database.run(_noted(reads, statements))
    return statements


def _noted(reads: Reads[T], statements: list[Statement]) -> Reads[T]:
    rows: list[Row] | None = None
    while True:
        try:
            statement = reads.send(rows)  # type: ignore[arg-type]
        except StopIteration as stop:
            result: T = stop.value
            return result
        statements.append(statement)
        rows = yield statement


def allowed(fields: Sequence[Selected]) -> int:
    """One statement per selected list and root, one per count, figure and concrete type."""
    total = 0
    for field in fields:
        source = field.source
        if isinstance(source, Many):
            total += _list(field)
        elif isinstance(source, Aggregate):
            total += 1
        elif isinstance(source, Node | Either):
            for type_ in field.collector.possible_types(field.named_type):
                total += 1 + allowed(field.of(type_))
        elif isinstance(source, Lookup | Referenced):
            total += 1 + allowed(field.of(field.named_type))
        elif isinstance(source, Start):
            total += 1
        elif isinstance(source, Asked):
            total += TABLES + allowed(field.of(field.named_type))
        elif isinstance(source, Related | Embedded | Attribute):
            type_ = field.named_type
            total += allowed(field.of(type_)) if isinstance(type_, GraphQLObjectType) else 0
    return total


def _list(field: Selected) -> int:
    total, reads = 0, 0
    for part in field.of(field.named_type):
        if part.name == "totalCount":
            total += 1
        elif part.definition is not None:
            reads = 1
        if part.name == "nodes":
            total += allowed(part.of(part.named_type))
        if part.name == "edges":
            for each in part.of(part.named_type):
                if each.name == "node":
                    total += allowed(each.of(each.named_type))
    return total + reads


async def test_statements_per_selection(place: Place, database: Database) -> None:
    """Random operations, most with several levels of lists."""
    first, second = place.samples
    author = Author(core(), Arguments(Random(5), first, second))
    most = tried = 0
    while tried < 150:
        written = author.write()
        document = parse(written.text)
        if validate(core(), document):
            continue
        found = prepared(document, database)
        try:
            statements = await recorded(found, written.variables, database, first.workspace)
        except VariablesError:
            continue
        fields = found.variant(found.coercion.read(written.variables)).fields
        assert len(statements) <= allowed(fields), written.text
        for sql, values in statements:
            assert first.workspace in values, sql
            _assert_clean(sql, values, written.text)
        most = max(most, len(statements))
        tried += 1
    assert most >= 8


def _assert_clean(sql: str, values: Sequence[Any], document: str) -> None:
    assert not UUID.search(sql), sql
    prefixes = {each.prefix for each in NOUNS.values()}
    known = WORDS | set(core().type_map) | prefixes | _marks() | set(re.findall(r"\w+", document))
    for literal in set(re.findall("'[^']*'", sql)) - LITERALS:
        assert JSON.fullmatch(literal), sql
        words = set(re.findall(r"\w+", literal))
        assert all(each in known or each.removesuffix("_") in known for each in words), sql
    for value in values:
        if isinstance(value, str) and len(value) > 8:
            assert value not in sql


@cache
def _marks() -> set[str]:
    """What cursors begin with."""
    return {
        Ordering(noun.prefix, column, noun.kind(column), descending).mark
        for noun in NOUNS.values()
        for column in {noun.default_order[0], *(each.value for each in noun.order or ())}
        for descending in (False, True)
    }


@pytest.mark.parametrize("first", [3, 20, 100])
async def test_statements_do_not_grow_with_rows(
    place: Place, database: Database, first: int
) -> None:
    samples = place.samples[0]
    lead = next(row for row in samples.rows["Lead"] if row["agent_id"])
    given = {"first": first, "id": samples.public(NOUNS["Lead"], lead)}
    found = operation(DEEP, database)
    statements = await recorded(found, given, database, samples.workspace)
    # The totals of calls and of e-mails are two tables.
    assert allowed(found.variant(given).fields) == 12
    # PostgreSQL writes the calls below their agents and leads as JSON, in their parents' statement.
    assert len(statements) == (8 if database.dialect == "postgres" else 12)


async def test_values_do_not_shape_statements(place: Place, database: Database) -> None:
    """The same text whatever the values are, and whoever asks."""
    text = """
        query ($agent: ID!, $stage: LeadStage!, $text: String!, $from: DateTime) {
          agent(id: $agent) {
            leads(first: 3, filter: {stage: [$stage], query: $text, createdAt: {from: $from}}) {
              totalCount nodes { id }
            }
          }
          leads(last: 2, filter: {agentId: $agent, externalId: $text}) { totalCount nodes { id } }
        }
    """
    found = operation(text, database)
    seen = []
    for samples in place.samples:
        for stage, words in (
            ("NEW", "ace"),
            ("QUALIFIED", "'; DROP TABLE lead; --"),
            ("LOST", 'a"b*%'),
        ):
            agent = samples.public(NOUNS["Agent"], samples.rows["Agent"][0])
            given = {"agent": agent, "stage": stage, "text": words, "from": "2026-01-01T00:00:00Z"}
            statements = await recorded(found, given, database, samples.workspace)
            seen.append([sql for sql, _ in statements])
            for sql, values in statements:
                _assert_clean(sql, values, text)
                assert not any(each in sql for each in (stage, "DROP", 'a"b'))
    assert len(seen[0]) == (3 if database.dialect == "postgres" else 5)
    assert all(each == seen[0] for each in seen)
