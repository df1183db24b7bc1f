"""Mercurius on Fastify: compiled queries (JIT) and loaders written by hand, one statement each."""

from __future__ import annotations

from pathlib import Path

from tests.bench.contenders import plain
from tests.bench.contenders.contender import Call
from tests.bench.contenders.node import Node
from tests.bench.query import Query, Variables


class Mercurius(Node):
    """The server of `server.mjs`."""

    name = "mercurius"
    title = "Mercurius, JIT, loaders by hand"
    source = Path(__file__).parent
    packages = ("mercurius", "graphql-jit", "fastify", "graphql", "pg")

    def call(self, query: Query, variables: Variables) -> Call:
        """One request."""
        return plain.call(query, variables)
