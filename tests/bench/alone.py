"""What a measurement runs in: the benchmark's PostgreSQL, cores of its own, an event loop."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import uvloop

from tests.bench.database import Server, running
from tests.bench.document import apart, write
from tests.bench.place import Cores, pinned

T = TypeVar("T")


@contextmanager
def laboratory(cores: Cores) -> Iterator[tuple[Server, asyncio.Runner]]:
    """The database, and what drives the load beside it."""
    with (
        running(cores) as server,
        pinned(cores.rest),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        yield server, runner


def alone(
    name: str, measure: Callable[[Server, Cores], Awaitable[T]], section: Callable[[T], str]
) -> None:
    """Make one measurement, print its figures, and put them into the document if asked to."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.bench.{name}")
    parser.add_argument("--write", action="store_true", help="put the figures into the document")
    options = parser.parse_args()
    cores = Cores.found()

    async def work(server: Server) -> T:
        return await measure(server, cores)

    with laboratory(cores) as (server, runner):
        text = apart(section(runner.run(work(server))))
    print(text)
    if options.write:
        write(name, text)
