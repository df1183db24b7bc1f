"""Strawberry and Tortoise with DataLoaders, as their manuals lead one to write it."""

from __future__ import annotations

import os

from tests.bench.contenders import plain
from tests.bench.contenders.contender import Call, pythons, uvicorn
from tests.bench.database import Server
from tests.bench.query import Query, Variables


class Naive:
    """The application of `naive_schema`."""

    name = "naive"
    title = "Strawberry, Tortoise, DataLoaders"

    def versions(self) -> dict[str, str]:
        """What it is made of."""
        return pythons("strawberry-graphql", "tortoise-orm", "uvicorn", "asyncpg")

    def install(self) -> None:
        """Nothing: this project has it all."""

    def command(self, port: int) -> list[str]:
        """The application on this port."""
        return uvicorn("tests.bench.contenders.naive_schema:application", port)

    def environment(self, server: Server, name: str) -> dict[str, str]:
        """The database."""
        return os.environ | {"PGHOST": str(server.directory), "PGDATABASE": name}

    def call(self, query: Query, variables: Variables) -> Call:
        """One request."""
        call = plain.call(query, variables)
        # Starlette mounts with a slash at the end.
        return Call("/graphql/", call.body, call.headers)
