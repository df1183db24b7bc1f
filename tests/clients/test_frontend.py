"""docs/frontend.md and docs/live.md: what they show works as it stands, in a page of another origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import CLIENTS, Script, scripts
from tests.clients.page import FENCES, FILES, ORIGIN, SETTINGS
from tests.gateway.furnished import house
from tests.gateway.serving import House, server

__all__ = ["house"]


@pytest.fixture
def own(node: Callable[..., str], house: House, tmp_path: Path) -> Iterator[Script]:
    """Runs scripts against a server of the test's own."""
    with server(house.url, tmp_path, cors_origins=ORIGIN) as served:
        yield scripts(node, served)


def test_session(own: Script) -> None:
    found = own("session.mjs")
    assert found["first"]["totalCount"] == 40
    assert len(found["first"]["nodes"]) == 10
    assert found["firstRefused"]
    # Refused twice: it gives up.
    assert found["revoked"] == "UNAUTHENTICATED"
    five = [{"leads": {"totalCount": 40}}] * 5
    assert found["renewedAfterRefusal"]["result"] == five
    assert found["renewedAfterRefusal"]["sessions"] == 1
    assert sorted(found["renewedAfterRefusal"]["statuses"]) == [200] * 5 + [401] * 5
    for each in ("kept", "keptLater"):
        assert found[each] == {"result": five, "sessions": 0, "statuses": [200] * 5}
    assert found["renewedAhead"] == {"result": five, "sessions": 1, "statuses": [200] * 5}
    assert found["waited"]["statuses"] == [429, 200]
    assert len(found["waits"]) == 1
    assert 0 < found["waits"][0] <= 90_000
    assert found["press"]["replayed"] is True
    assert found["again"]["replayed"] is False
    assert found["press"]["lead"]["id"] != found["again"]["lead"]["id"]
    mended = [(each["code"], each["path"]) for each in found["mended"]["errors"]]
    assert ("INVALID_EMAIL", ["email"]) in mended
    assert found["refusal"] == {"code": "INVALID_CURSOR", "path": ["leads"]}


def test_origins(script: Script) -> None:
    assert script("origin.mjs") == {"viewer": {"subject": "user-42"}}
    assert script("origin.mjs", PAGE_ORIGIN="http://localhost:5174") == "CORS: origin"


def test_every_file_is_run() -> None:
    """A fence without a name holds only commands, and their settings are tested, too."""
    # Beside them there are operations, and what a stream looks like.
    assert {kind for kind, name, _ in FENCES if not name} == {"sh", "graphql", ""}
    assert set(SETTINGS) == {"CORS_ORIGINS", "DOCUMENTS"}
    scripts = "".join(
        p.read_text() for p in CLIENTS.iterdir() if p.suffix in (".mjs", ".ts", ".py")
    )
    scripts += "".join(FILES.values())
    for name in FILES:
        path = Path(name)
        # Relay's compiler finds its documents by itself, the others are named.
        assert path.suffix == ".tsx" or path.name in scripts or f"/{path.stem}'" in scripts, name
