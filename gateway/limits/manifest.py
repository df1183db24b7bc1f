"""The manifest of trusted documents: a JSON file that a client's build has written.

Read are our own form, `{id: document}`, which is also that of Relay's `persisted_queries.json`,
and Apollo's persisted query manifest. An id may have `sha256:` before it, there or in requests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

APOLLO = "apollo-persisted-query-manifest"
MAX_ID = 256


class ManifestError(Exception):
    """The manifest can't be used; says which file and why."""


def read_manifest(path: str) -> dict[str, str]:
    """Documents by their ids, without `sha256:`; raises `ManifestError`."""
    try:
        given = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror or 'can not be read'}.") from None
    except orjson.JSONDecodeError as error:
        raise ManifestError(f"{path}: not valid JSON: {error}.") from None
    if not isinstance(given, dict):
        raise ManifestError(f"{path}: a manifest is a JSON object.")
    pairs = _apollo(path, given) if "operations" in given else list(given.items())
    found: dict[str, str] = {}
    for id_, text in pairs:
        if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID:
            raise ManifestError(f"{path}: an id is a string of 1 to {MAX_ID} characters.")
        if not isinstance(text, str) or not text.strip():
            raise ManifestError(f"{path}: the document {id_} is not a string.")
        name = plain(id_)
        if found.setdefault(name, text) != text:
            raise ManifestError(f"{path}: two documents have the id {id_}.")
    if not found:
        raise ManifestError(f"{path}: there are no documents.")
    return found


def plain(id_: str) -> str:
    """An id without `sha256:`."""
    return id_.removeprefix("sha256:")


def _apollo(path: str, given: dict[str, Any]) -> list[tuple[Any, Any]]:
    if given.get("format") != APOLLO or given.get("version") != 1:
        raise ManifestError(f"{path}: the format must be {APOLLO}, version 1.")
    operations = given["operations"]
    if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise ManifestError(f"{path}: `operations` must be a list of objects.")
    return [(each.get("id"), each.get("body")) for each in operations]
