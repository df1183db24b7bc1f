"""The fixtures of the gateway's tests."""

from tests.gateway.furnished import (
    house,
    postgres_copy,
    postgres_house,
    sqlite_copy,
    sqlite_house,
    visitor,
)

__all__ = [
    "house",
    "postgres_copy",
    "postgres_house",
    "sqlite_copy",
    "sqlite_house",
    "visitor",
]
