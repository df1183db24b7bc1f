"""What fails, where, and which nulls move up, in both executors."""

from __future__ import annotations

import pytest

from models.database import Database
from schema.noun import NOUNS
from tests.gateway.execution.asker import Asker
from tests.gateway.execution.comparison import compiled, operation
from tests.gateway.execution.conftest import DROPPED

pytestmark = pytest.mark.filterwarnings(DROPPED)


async def test_null_cannot_decide_a_directive(database: Database) -> None:
    text = "query ($on: Boolean = true) { leads(first: 1) { nodes { id @include(if: $on) } } }"
    found = operation(text, database)
    answer = await compiled(found, {"on": None}, database, "")
    assert answer.data is None
    (error,) = answer.errors
    assert "'if' has invalid value" in error.message
    assert [(each.line, each.column) for each in error.locations or ()] == [(1, 73)]


async def test_bad_cursor_below_nullable_parents(ask: Asker) -> None:
    answer = await ask.answer(
        """
        query ($id: ID!) {
          lead(id: $id) { id calls(first: 2, after: "bad") { nodes { id } } }
          agents(first: 1) { totalCount }
        }
        """,
        id=ask.id("Lead"),
    )
    assert answer.data is not None
    assert answer.data["lead"] is None
    assert answer.data["agents"]["totalCount"] == 5
    (error,) = answer.errors
    assert error.formatted == {
        "message": "The cursor isn't one of ours.",
        "locations": [{"line": 3, "column": 30}],
        "path": ["lead", "calls"],
        "extensions": {"code": "INVALID_CURSOR", "argument": ["after"]},
    }


async def test_bad_cursor_below_lists_of_non_null_items(ask: Asker) -> None:
    answer = await ask.answer(
        '{ leads(first: 3) { nodes { id calls(before: "bad") { totalCount } } } }'
    )
    assert answer.data is None
    paths = [each.path for each in answer.errors]
    assert paths == [["leads", "nodes", place, "calls"] for place in range(3)]


async def test_bad_cursor_below_nullable_relations_in_a_list(ask: Asker) -> None:
    text = """
        { calls(first: 50) { nodes { id lead { id calls(last: 1, after: "bad") { totalCount } } } } }
    """
    answer = await ask.answer(text)
    assert answer.data is not None
    nodes = answer.data["calls"]["nodes"]
    assert {each["lead"] for each in nodes} == {None}
    with_lead = [row for row in ask.samples.rows["Call"] if row["lead_id"] is not None]
    assert 0 < len(answer.errors) <= len(with_lead)
    assert all(
        each.path is not None and each.path[-2:] == ["lead", "calls"] for each in answer.errors
    )


async def test_bad_arguments_behind_no_parent_do_not_matter(ask: Asker) -> None:
    stranger = ask.strangers.public(NOUNS["Lead"], ask.strangers.rows["Lead"][0])
    data = await ask(
        'query ($id: ID!) { lead(id: $id) { calls(after: "bad") { totalCount } } }', id=stranger
    )
    assert data == {"lead": None}


async def test_one_of_two_same_lists_fails(ask: Asker) -> None:
    answer = await ask.answer(
        """
        query ($id: ID!, $far: Int) {
          a: node(id: $id) { ... on Agent { calls(first: $far) { totalCount } } }
          b: node(id: $id) { ... on Agent { calls(first: 1) { totalCount } } }
        }
        """,
        id=ask.id("Agent"),
        far=101,
    )
    assert answer.data is not None
    assert answer.data["a"] is None
    assert answer.data["b"]["calls"]["totalCount"] > 0
    assert [each.path for each in answer.errors] == [["a", "calls"]]
    assert answer.errors[0].extensions == {"code": "INVALID_PAGE", "argument": ["first"]}


async def test_null_for_a_variable_that_only_its_default_makes_fit(ask: Asker) -> None:
    text = """
        query ($field: LeadOrderField = NAME, $stage: LeadStage = NEW) {
          leads(first: 3, orderBy: {field: $field}, filter: {stage: [$stage]}) { totalCount }
        }
    """
    assert (await ask(text))["leads"]["totalCount"] > 0
    for name in ("field", "stage"):
        answer = await ask.answer(text, **{name: None})
        assert answer.data is None
        assert len(answer.errors) == 1


async def test_wrong_ids(ask: Asker) -> None:
    for wrong in ("lead_1", "lead", "7", f"{ask.id('Lead')} ", ask.id("Agent")):
        answer = await ask.answer("query ($id: ID!) { lead(id: $id) { id } }", id=wrong)
        assert answer.data == {"lead": None}
        assert [each.path for each in answer.errors] == [["lead"]]
        assert answer.errors[0].extensions == {"code": "INVALID_ID", "argument": ["id"]}
    for wrong in ("foo_" + ask.id("Lead")[5:], "lead_1", "", "_" + ask.id("Lead")[5:]):
        answer = await ask.answer("query ($id: ID!) { node(id: $id) { id } }", id=wrong)
        assert answer.data == {"node": None}
        assert [each.path for each in answer.errors] == [["node"]]
        assert answer.errors[0].extensions == {"code": "INVALID_ID", "argument": ["id"]}


async def test_wrong_ids_among_right_ones(ask: Asker) -> None:
    ids = [ask.id("Lead"), "foo_1", ask.id("Agent"), ask.id("Lead") + "0"]
    answer = await ask.answer("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert answer.data == {"nodes": [{"id": ids[0]}, None, {"id": ids[2]}, None]}
    assert [(each.path, each.extensions) for each in answer.errors] == [
        (["nodes", place], {"code": "INVALID_ID", "argument": ["ids", str(place)]})
        for place in (1, 3)
    ]
    answer = await ask.answer(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ids[0]] * 101
    )
    assert answer.data is None
    assert answer.errors[0].extensions == {"code": "INVALID_PAGE", "argument": ["ids"]}


@pytest.mark.parametrize(
    ("arguments", "argument", "code"),
    [
        ('filter: {agentId: "x"}', ["filter", "agentId"], "INVALID_ID"),
        ('filter: {ids: ["LEAD", "x"]}', ["filter", "ids", "1"], "INVALID_ID"),
        (f'filter: {{query: "{"x" * 201}"}}', ["filter", "query"], "INVALID_FILTER"),
        ('after: "x"', ["after"], "INVALID_CURSOR"),
        ('before: "x"', ["before"], "INVALID_CURSOR"),
    ],
)
async def test_the_argument_is_named(
    ask: Asker, arguments: str, argument: list[str], code: str
) -> None:
    given = arguments.replace("LEAD", ask.id("Lead"))
    answer = await ask.answer(f"{{ leads({given}) {{ totalCount }} }}")
    assert [each.extensions for each in answer.errors] == [{"code": code, "argument": argument}]
    nested = await ask.answer(
        f"{{ agents(first: 2) {{ nodes {{ leads({given}) {{ totalCount }} }} }} }}"
    )
    assert {str(each.extensions) for each in nested.errors} == {
        str({"code": code, "argument": argument})
    }


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("offset: 1, last: 1", "offset"),
        ('offset: 1, after: "x"', "offset"),
        ('offset: 0, before: "x"', "offset"),
        ("offset: -1", "offset"),
        ("offset: 1000001", "offset"),
        ("first: 1, last: 1", "last"),
        ("first: -1", "first"),
        ("last: 101", "last"),
    ],
)
async def test_impossible_pages(ask: Asker, arguments: str, wrong: str) -> None:
    answer = await ask.answer(f"{{ leads({arguments}) {{ totalCount }} }}")
    assert answer.data is None
    assert [each.extensions for each in answer.errors] == [
        {"code": "INVALID_PAGE", "argument": [wrong]}
    ]


async def test_text_with_nul_is_refused(ask: Asker) -> None:
    for filter_ in ("name", "query", "email"):
        if filter_ == "name":
            text = "query ($t: String) { agents(filter: {name: $t}) { totalCount } }"
        else:
            text = f"query ($t: String) {{ leads(filter: {{{filter_}: $t}}) {{ totalCount }} }}"
        answer = await ask.answer(text, t="a\0b")
        assert answer.data is None
        assert answer.errors[0].extensions == {
            "code": "INVALID_TEXT",
            "argument": ["filter", filter_],
        }


async def test_wide_integers_do_not_fit(ask: Asker) -> None:
    wide = [row["id"] for row in ask.samples.rows["Recording"] if (row["size_bytes"] or 0) >= 2**31]
    answer = await ask.answer(
        "query ($id: ID!) { node(id: $id) { ... on Recording { sizeBytes } } }",
        id=f"recording_{wide[0]}",
    )
    assert answer.data == {"node": {"sizeBytes": None}}
    assert [each.path for each in answer.errors] == [["node", "sizeBytes"]]


async def test_money_without_currency_is_none(ask: Asker) -> None:
    rows = {f"call_{row['id']}": row for row in ask.samples.rows["Call"]}
    data = await ask("{ calls(first: 100) { nodes { id cost { currency amountMicros } } } }")
    for call in data["calls"]["nodes"]:
        row = rows[call["id"]]
        whole = row["cost_micros"] is not None and row["cost_currency"] is not None
        assert (call["cost"] is not None) is whole
