"""The server that the tests of the live page share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.explorer.live.showroom import Showroom, showroom


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showroom]:
    """A demo workspace whose calls are played out six times as fast as in life."""
    with showroom(tmp_path_factory.mktemp("live"), speed=6) as room:
        yield room
