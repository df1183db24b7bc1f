"""Public ids: `<type>_<uuid>`, unique everywhere."""

from __future__ import annotations

import re
from collections.abc import Container

from schema.errors import InvalidIdError

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def parse(public: str, prefix: str) -> str:
    """The UUID of a public id of the type `prefix`; raises `InvalidIdError`."""
    kind, _, uuid = public.rpartition("_")
    if kind != prefix or not _UUID.fullmatch(uuid):
        raise InvalidIdError(f"An id here has the form {prefix}_<uuid>.")
    return uuid


def split(public: str, prefixes: Container[str]) -> tuple[str, str]:
    """The type's prefix and the UUID of a public id of any type; raises `InvalidIdError`."""
    kind, _, uuid = public.rpartition("_")
    if kind not in prefixes or not _UUID.fullmatch(uuid):
        raise InvalidIdError("An id has the form <type>_<uuid>, such as lead_<uuid>.")
    return kind, uuid
