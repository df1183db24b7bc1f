"""From an HTTP request's parts to GraphQL requests: pure, and strict about shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.execution.engine import Request, RequestRefusedError, refused

MAX_QUERY_STRING = 16 * 1024


def from_body(body: bytes, max_batch: int, debug: bool) -> list[Request] | Request:
    """The request or batch in a JSON body."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused("BAD_REQUEST", "The body is not valid JSON in UTF-8.") from None
    if b"u0000" in body:
        _refuse_nul(given)
    if isinstance(given, list):
        if not max_batch:
            raise refused("BAD_REQUEST", "Batching is switched off.")
        if not 0 < len(given) <= max_batch:
            raise refused("BAD_REQUEST", f"A batch has 1 to {max_batch} operations.")
        return [_request(each, False, debug) for each in given]
    return _request(given, False, debug)


def from_query(query_string: bytes, debug: bool) -> Request:
    """The request in a GET's query string."""
    if len(query_string) > MAX_QUERY_STRING:
        raise refused("BAD_REQUEST", "The query string is too long; use POST.", 414)
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except (UnicodeDecodeError, ValueError):
        raise refused("BAD_REQUEST", "The query string is not valid UTF-8.") from None
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in given:
            raise refused("BAD_REQUEST", f"`{name}` was given twice.")
        given[name] = value
    for name in ("variables", "extensions"):
        if name in given:
            if not given[name]:
                del given[name]
                continue
            try:
                given[name] = orjson.loads(given[name])
            except orjson.JSONDecodeError:
                raise refused("BAD_REQUEST", f"`{name}` is not valid JSON.") from None
    if given.get("operationName") == "":
        del given["operationName"]
    _refuse_nul(given)
    return _request(given, True, debug)


def _request(given: Any, read_only: bool, debug: bool) -> Request:
    if not isinstance(given, Mapping):
        raise refused("BAD_REQUEST", "A request is a JSON object with `query`.")
    text = given.get("query")
    name = given.get("operationName")
    variables = given.get("variables")
    extensions = given.get("extensions")
    document_id = given.get("documentId")
    for field, value, kind, what in (
        ("query", text, str, "a string"),
        ("operationName", name, str, "a string"),
        ("documentId", document_id, str, "a string"),
        ("variables", variables, dict, "an object"),
        ("extensions", extensions, dict, "an object"),
    ):
        if value is not None and not isinstance(value, kind):
            raise refused("BAD_REQUEST", f"`{field}` must be {what}.")
    if text is None and document_id is None and not (extensions or {}).get("persistedQuery"):
        raise refused("BAD_REQUEST", "`query` is missing.")
    return Request(
        text or "",
        name,
        variables or {},
        read_only,
        debug,
        document_id,
        _hash(extensions or {}),
    )


def _hash(extensions: Mapping[str, Any]) -> str | None:
    """The hash of an automatic persisted query."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, Mapping) or persisted.get("version") != 1:
        raise refused("BAD_REQUEST", "`extensions.persistedQuery` has version 1.")
    found = persisted.get("sha256Hash")
    if not isinstance(found, str) or len(found) != 64:
        raise refused("BAD_REQUEST", "`persistedQuery.sha256Hash` is 64 hexadecimal digits.")
    return found.lower()


def _refuse_nul(value: Any) -> None:
    """PostgreSQL can't store NUL; it is refused alike everywhere, literals included."""
    if isinstance(value, str):
        if "\0" in value or "\\u0000" in value:
            raise refused("INVALID_TEXT", "Text must not contain NUL characters.")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _refuse_nul(key)
            _refuse_nul(each)
    elif isinstance(value, list):
        for each in value:
            _refuse_nul(each)


__all__ = ["RequestRefusedError", "from_body", "from_query"]
