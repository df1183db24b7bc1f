"""JSON Schemas as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from resolvers.extraction import normalised, problem


def test_required_on_a_property_is_understood() -> None:
    given: dict[str, Any] = {
        "type": "object",
        "properties": {
            "amount": {"type": "number", "required": True},
            "when": {"type": "string", "required": False},
            "address": {
                "type": "object",
                "properties": {"city": {"type": "string", "required": True}},
                "required": True,
            },
            "items": {
                "type": "array",
                "items": {"type": "object", "properties": {"a": {"required": True}}},
            },
        },
        "required": ["when"],
        "anyOf": [{"properties": {"b": {"required": True}}}],
    }
    found = normalised(given)
    assert problem(found) is None
    assert found["required"] == ["when", "amount", "address"]
    assert found["properties"]["amount"] == {"type": "number"}
    assert found["properties"]["address"]["required"] == ["city"]
    assert found["properties"]["items"]["items"]["required"] == ["a"]
    assert found["anyOf"][0]["required"] == ["b"]
    assert normalised(found) == found
    # What was given is not touched.
    assert given["properties"]["amount"]["required"] is True


def test_names_that_look_like_keywords_are_names() -> None:
    schema = {
        "properties": {
            "required": {"type": "boolean"},
            "properties": {"type": "string", "default": {"properties": {"a": {"required": True}}}},
            "items": {"type": "string"},
        }
    }
    assert normalised(schema) == schema
    assert problem(schema) is None


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}},
        {"properties": {"a": {"$ref": "#/$defs/a~1b"}}, "$defs": {"a/b": {"type": "string"}}},
        {"properties": {"a": {"anyOf": [{"type": "string"}, {"$ref": "#/properties/a/anyOf/0"}]}}},
        {"properties": {"a": {"$ref": "#"}}},
        {"$schema": "https://example.com/unknown"},
    ],
)
def test_good_ones(schema: dict[str, Any]) -> None:
    assert problem(normalised(schema)) is None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": ["object", "null"]},
        {"type": 7},
        {"required": True},
        {"properties": []},
        {"properties": {"a": {"type": "text"}}},
        {"properties": {"a": {"pattern": "("}}},
        {"properties": {"a": {"enum": "x"}}},
        {"properties": {"a": {"minimum": "1"}}},
        {"$schema": ["x"]},
        {"properties": {"a": {"$ref": "https://example.com/schema.json"}}},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"properties": {"a": {"$ref": "#/$defs/none"}}},
        {"properties": {"a": {"$ref": "#/properties/a/anyOf/7"}}},
        {"properties": {"a": {"$ref": "#anchor"}}},
    ],
)
def test_bad_ones(schema: dict[str, Any]) -> None:
    message = problem(normalised(schema))
    assert message
    assert len(message) <= 300
