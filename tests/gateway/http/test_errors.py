"""Errors: each code stands where the reference docs say, and the messages help."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.graphql.places import DOCUMENT, PLACES
from schema.error_code import ErrorCode
from schema.scope import SCOPES
from tests.gateway.serving import Visitor

MODERN = "application/graphql-response+json"
CREATE = """mutation ($input: CreateLeadInput!, $key: String) {
    createLead(input: $input, idempotencyKey: $key) { errors { code } } }"""


def test_every_code_has_its_place() -> None:
    assert set(PLACES) == set(ErrorCode)
    assert all(
        each.payload or each.field or each.refusal or each.policy for each in PLACES.values()
    )


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        ("INVALID_ID", {"query": '{ lead(id: "x") { id } }'}),
        ("INVALID_CURSOR", {"query": '{ leads(after: "x") { totalCount } }'}),
        ("INVALID_PAGE", {"query": "{ leads(first: -1) { totalCount } }"}),
        ("INVALID_FILTER", {"query": f'{{ leads(filter: {{query: "{"x" * 201}"}}) {{ totalCount }} }}'}),
        ("BAD_REQUEST", {"query": CREATE, "variables": {"input": {"name": "x"}, "key": ""}}),
        ("IDEMPOTENCY_KEY_REUSED", {"query": CREATE, "variables": {"input": {"name": "x"}, "key": "k"}}),
    ],
)  # fmt: skip
async def test_at_a_field(visitor: Visitor, code: str, request_: dict[str, Any]) -> None:
    if code == "IDEMPOTENCY_KEY_REUSED":
        await visitor.data(CREATE, input={"name": "other"}, key="k")
    assert PLACES[ErrorCode[code]].field
    for accept in ("application/json", MODERN):
        answer = await post(visitor, request_, accept)
        assert answer.status_code == 200
        found = answer.json()
        assert "data" in found
        (error,) = found["errors"]
        assert error["extensions"]["code"] == code
        assert len(error["path"]) == 1


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        ("GRAPHQL_PARSE_FAILED", {"query": "{"}),
        ("GRAPHQL_VALIDATION_FAILED", {"query": "{ nothing }"}),
        ("BAD_USER_INPUT", {"query": CREATE, "variables": {}}),
        ("OPERATION_NOT_FOUND", {"query": "{ __typename }", "operationName": "A"}),
        ("DOCUMENT_TOO_LARGE", {"query": "{ __typename " + "a: __typename " * 2000 + "}"}),
        ("COST_EXCEEDED", {"query": "{ leads(first: 100) { nodes { calls(first: 100) { nodes { events(first: 100) { nodes { id } } } } } } }"}),
        ("PERSISTED_QUERY_NOT_FOUND", {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}),
        ("DOCUMENT_NOT_TRUSTED", {"documentId": "x"}),
        ("FORBIDDEN", {"query": "{ calls { totalCount } }"}),
        ("BAD_REQUEST", {"query": 1}),
        ("INVALID_TEXT", {"query": "{ __typename }", "operationName": "\0"}),
    ],
)  # fmt: skip
async def test_of_a_refusal(visitor: Visitor, code: str, request_: dict[str, Any]) -> None:
    refusal = PLACES[ErrorCode[code]].refusal
    key = "key-leads" if code == "FORBIDDEN" else "key-full"
    for accept in ("application/json", MODERN):
        answer = await post(visitor, request_, accept, key)
        found = answer.json()
        assert "data" not in found
        assert [each["extensions"]["code"] for each in found["errors"]] == [code]
        status = "200" if accept != MODERN and DOCUMENT in refusal else refusal.split("; an ")[-1]
        assert str(answer.status_code) in status


async def test_unknown_fields_are_named_alone(visitor: Visitor) -> None:
    secret = {"name": "Bo", "nme": "Bo", "customFields": {"secret": [1]}}
    for request_ in (
        {"query": CREATE, "variables": {"input": secret}},
        {"query": 'mutation { createLead(input: {nme: "Bo", customFields: {secret: 1}}) { replayed } }'},
    ):  # fmt: skip
        (error,) = (await post(visitor, request_, MODERN)).json()["errors"]
        assert error["message"].endswith(
            "Expected value of type 'CreateLeadInput' not to include unknown field 'nme'. "
            "Did you mean 'name'?"
        )


async def test_unknown_scopes_are_named_and_the_known_listed(visitor: Visitor) -> None:
    query = """mutation { createApiKey(input: { name: "x", scopes: ["full", "lead:read"] }) {
        errors { code message path } } }"""
    (error,) = (await visitor.data(query))["createApiKey"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID_SCOPE", ["scopes", "1"])
    assert "'lead:read'" in error["message"]
    assert all(scope in error["message"] for scope in SCOPES)


async def test_without_a_manifest_no_document_has_an_id(visitor: Visitor) -> None:
    (error,) = (await post(visitor, {"documentId": "x"}, MODERN)).json()["errors"]
    assert "no manifest" in error["message"]


async def post(
    visitor: Visitor, request_: dict[str, Any], accept: str, key: str = "key-full"
) -> Any:
    headers = {"authorization": f"Bearer {key}", "accept": accept}
    return await visitor.http.post("/graphql", json=request_, headers=headers)
