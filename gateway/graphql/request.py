"""From an HTTP request's parts to GraphQL requests: pure, and strict about shapes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.execution.request import Request, refused

MAX_QUERY_STRING = 16 * 1024
_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
#: The members of a request and what they must be.
_SHAPE: dict[str, tuple[type, str]] = {
    "query": (str, "a string"),
    "operationName": (str, "a string"),
    "documentId": (str, "a string"),
    "variables": (dict, "an object"),
    "extensions": (dict, "an object"),
}


def from_body(
    body: bytes, max_batch: int, debug: bool, documents_only: bool = False
) -> list[Request] | Request:
    """The request or batch in a JSON body."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused("BAD_REQUEST", "The body is not valid JSON in UTF-8.") from None
    if b"u0000" in body:
        _refuse_nul(given)
    if isinstance(given, list):
        if not max_batch:
            raise refused(
                "BAD_REQUEST", "Batching is switched off: SWITCHBOARD_MAX_BATCH allows it."
            )
        if not 0 < len(given) <= max_batch:
            raise refused("BAD_REQUEST", f"A batch has 1 to {max_batch} operations.")
        return [_request(each, False, debug, documents_only) for each in given]
    return _request(given, False, debug, documents_only)


def from_message(given: dict[str, Any], debug: bool, documents_only: bool = False) -> Request:
    """The request in a message of a WebSocket."""
    _refuse_nul(given)
    return _request(given, False, debug, documents_only)


def from_query(query_string: bytes, debug: bool, documents_only: bool = False) -> Request:
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
            raise refused("BAD_REQUEST", f"`{name[:40]}` was given twice.")
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
    for name in ("operationName", "documentId"):
        if given.get(name) == "":
            del given[name]
    if "%00" in query_string.decode("ascii") or b"u0000" in query_string:
        _refuse_nul(given)
    return _request(given, True, debug, documents_only)


def _request(given: Any, read_only: bool, debug: bool, documents_only: bool) -> Request:
    if not isinstance(given, dict):
        raise refused("BAD_REQUEST", "A request is a JSON object with `query`.")
    for name, value in given.items():
        if name in _SHAPE and value is not None:
            kind, what = _SHAPE[name]
            if not isinstance(value, kind):
                raise refused("BAD_REQUEST", f"`{name}` must be {what}.")
    text = given.get("query")
    document_id = given.get("documentId")
    extensions = given.get("extensions")
    hash_ = _hash(extensions) if extensions else None
    if text is None and document_id is None and hash_ is None:
        raise refused("BAD_REQUEST", "`query` is missing, or the `documentId` of a known one.")
    if document_id is not None and text:
        raise refused("BAD_REQUEST", "Give `query` or `documentId`, not both.")
    return Request(
        text or "",
        given.get("operationName"),
        given.get("variables") or {},
        read_only,
        debug,
        document_id,
        hash_,
        documents_only,
    )


def _hash(extensions: dict[str, Any]) -> str | None:
    """The hash of an automatic persisted query."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    version = persisted.get("version") if isinstance(persisted, dict) else None
    if version != 1 or version is True:
        raise refused("BAD_REQUEST", "`extensions.persistedQuery` has version 1.")
    found = persisted.get("sha256Hash")
    if not isinstance(found, str) or not _HASH.fullmatch(found):
        raise refused("BAD_REQUEST", "`persistedQuery.sha256Hash` is 64 hexadecimal digits.")
    return found.lower()


def _refuse_nul(given: Any) -> None:
    """PostgreSQL can't store NUL: it is refused wherever it stands."""
    waiting = [given]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if "\0" in value:
                raise refused("INVALID_TEXT", "Text must not contain NUL characters.")
        elif isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
