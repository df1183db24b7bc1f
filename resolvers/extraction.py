"""What to find out in a call: JSON Schemas, understood as people write them."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

#: Keywords whose value is a schema, a list of schemas, or a mapping of names to schemas.
ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPPING = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")


def normalised(schema: Any) -> Any:
    """The schema with `required: true` on a property moved to where JSON Schema has it."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    properties = found.get("properties")
    wanted = found.get("required", [])
    if isinstance(properties, dict) and isinstance(wanted, list):
        marked = {
            name: each.get("required") if isinstance(each, dict) else None
            for name, each in properties.items()
        }
        wanted = [*wanted, *(n for n, mark in marked.items() if mark is True and n not in wanted)]
        found["properties"] = {
            name: {key: value for key, value in each.items() if key != "required"}
            if isinstance(marked[name], bool)
            else each
            for name, each in properties.items()
        }
        if wanted:
            found["required"] = wanted
    for name in ONE:
        if name in found:
            found[name] = normalised(found[name])
    for name in LIST:
        if isinstance(found.get(name), list):
            found[name] = [normalised(each) for each in found[name]]
    for name in MAPPING:
        if isinstance(found.get(name), dict):
            found[name] = {key: normalised(each) for key, each in found[name].items()}
    return found


def problem(schema: dict[str, Any]) -> str | None:
    """Why a normalised schema can't be used; None if it can."""
    dialect = schema.get("$schema")
    if dialect is not None and not isinstance(dialect, str):
        return "`$schema` must be a text."
    if schema.get("type", "object") != "object":
        return "The schema must describe an object."
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema, format_checker=kind.FORMAT_CHECKER)
    except SchemaError as error:
        where = "/".join(str(each) for each in error.path)
        return f"{where or 'The schema'}: {error.message}"[:300]
    return _unresolved(schema, schema)


def _unresolved(part: Any, schema: dict[str, Any]) -> str | None:
    """Nothing is fetched from elsewhere, so references must lead to a place in the schema."""
    if isinstance(part, list):
        return next((each for each in (_unresolved(one, schema) for one in part) if each), None)
    if not isinstance(part, dict):
        return None
    target = part.get("$ref")
    if isinstance(target, str) and not _leads(target, schema):
        return f"The reference {target[:100]} leads nowhere in the schema."
    return _unresolved(list(part.values()), schema)


def _leads(target: str, schema: Any) -> bool:
    if target == "#":
        return True
    if not target.startswith("#/"):
        return False
    for step in target[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and name.isdecimal() and int(name) < len(schema):
            schema = schema[int(name)]
        elif isinstance(schema, dict) and name in schema:
            schema = schema[name]
        else:
            return False
    return isinstance(schema, dict | bool)
