"""Fields of verbs' inputs, in one line each."""

from __future__ import annotations

from typing import Any

import strawberry
from tortoise.models import Model


def optional(description: str) -> Any:
    """A field that may be absent."""
    return strawberry.field(default=strawberry.UNSET, description=description)


def required(description: str) -> Any:
    """A field that must be given."""
    return strawberry.field(description=description)


def like(model: type[Model], column: str) -> Any:
    """A field that may be absent and means what the column means."""
    return optional(model._meta.fields_map[column].description or "")
