"""Introspection is answered once for each document, away from the event loop."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from graphql import get_introspection_query, graphql_sync

from gateway.execution import operation
from gateway.execution.introspection import introspect
from gateway.graph import core
from tests.gateway.serving import House, inside

Threads = list[str]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Threads:
    """Where introspection was carried out, each time."""
    found: Threads = []

    def noted(*arguments: Any) -> Any:
        found.append(threading.current_thread().name)
        return introspect(*arguments)

    monkeypatch.setattr(operation, "introspect", noted)
    return found


async def test_the_whole_schema_once(house: House, threads: Threads) -> None:
    text = get_introspection_query(descriptions=True, input_value_deprecation=True)
    async with inside(house) as visitor:
        first, second = [await visitor.data(text) for _ in range(2)]
    assert first == second == graphql_sync(core(), text).data
    assert len(threads) == 1
    assert threads[0].startswith("documents")


async def test_each_value_of_a_variable_once(house: House, threads: Threads) -> None:
    text = """
        query ($name: String!, $all: Boolean = true) {
          a: __type(name: $name) { name fields(includeDeprecated: $all) { name } }
          __schema @include(if: $all) { queryType { name } }
          leads(first: 1) { totalCount }
        }
    """
    async with inside(house) as visitor:
        for _ in range(2):
            for name in ("Lead", "Nothing", "Call"):
                answer = (await visitor.ask(text, variables={"name": name})).json()["data"]
                assert (answer["a"] or {"name": None})["name"] == (
                    None if name == "Nothing" else name
                )
                assert answer["__schema"] == {"queryType": {"name": "Query"}}
                assert "totalCount" in answer["leads"]
    # Two answers for each name; of all of them only the last four are kept.
    assert 6 <= len(threads) <= 12
    assert all(each.startswith("documents") for each in threads)


async def test_what_multiplies(house: House) -> None:
    """Aliases have everything written again, and one below another as often again."""
    below = " ".join(f"b{each}: fields {{ name }}" for each in range(2))
    above = " ".join(f"a{each}: fields {{ type {{ ...F }} }}" for each in range(2))
    deep = f"{{ __schema {{ types {{ {above} }} }} }} fragment F on __Type {{ {below} }}"
    many = " ".join(f"a{each}: __schema {{ types {{ name }} }}" for each in range(4))
    types = " ".join(f'a{each}: __type(name: "Lead") {{ name }}' for each in range(20))
    async with inside(house) as visitor:
        for text in (deep, f"{{ {many} }}"):
            (error,) = (await visitor.ask(text)).json()["errors"]
            assert error["extensions"]["code"] == "DOCUMENT_TOO_LARGE"
            assert "aliases in introspection" in error["message"]
        assert len(await visitor.data(f"{{ {types} }}")) == 20
        whole = await visitor.ask(get_introspection_query())
        after = await visitor.ask("{ __typename }")
    spent = [int(each.headers["x-ratelimit-remaining"]) for each in (whole, after)]
    assert spent[0] - spent[1] == 1
    assert 100_000 - spent[0] > 20 + len(whole.content) // (64 * 1024)
