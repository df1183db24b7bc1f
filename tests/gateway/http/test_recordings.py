"""Signed links to recordings and transcripts: who may follow them, how long, and which parts."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
import wave
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio

from gateway.app import create_app
from gateway.media import MediaStore
from gateway.outreach.sound import size
from gateway.settings import Settings
from models.database import Row, connect
from tests.gateway.serving import FULL, House, Visitor, lifespan, server
from tests.resolvers.conftest import Clock

KEYS = "k" * 32
SOUND = bytes(range(256)) * 4
READ = """query ($id: ID!) { node(id: $id) { ... on Recording { url urlExpiresAt } } }"""


@dataclass(frozen=True)
class Listener:
    """A visitor with one recording."""

    visitor: Visitor
    clock: Clock
    media: Path
    recording: str
    call: str

    async def link(self, key: str = "key-full") -> str:
        answer = (
            await self.visitor.ask(READ, key=key, variables={"id": f"recording_{self.recording}"})
        ).json()
        url: str = answer["data"]["node"]["url"]
        return url

    async def fetch(self, url: str, method: str = "GET", **headers: str) -> httpx2.Response:
        return await self.visitor.http.request(
            method, url, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    async def run(self, sql: str, *values: object) -> list[Row]:
        database = await connect(self.visitor.house.url)
        try:
            async with database.transaction() as transaction:
                mark = "$" if database.dialect == "postgres" else "?"
                return await transaction.fetch(sql.replace("?", mark), values)
        finally:
            await database.close()


@pytest_asyncio.fixture
async def listener(house: House, tmp_path: Path) -> AsyncIterator[Listener]:
    """A gateway with a recording of some bytes."""
    media = tmp_path / "media"
    settings = Settings(
        database_url=house.url,
        explorer=False,
        webhooks=False,
        rate_limit="10000/minute",
        address_rate_limit="10000/minute",
        secret_keys=KEYS,
        media_directory=str(media),
        public_url="http://gateway/",
    )
    clock = Clock(datetime.now(UTC))
    gateway = create_app(settings, clock)
    async with lifespan(gateway):
        transport = httpx2.ASGITransport(gateway, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            visitor = Visitor(http, gateway, house)
            text = "{ calls(first: 100) { nodes { id recording { id } } } }"
            nodes = (await visitor.data(text))["calls"]["nodes"]
            node = next(each for each in nodes if each["recording"])
            recording, call = node["recording"]["id"][-36:], node["id"][-36:]
            found = Listener(visitor, clock, media, recording, call)
            store = MediaStore(media)
            path = store.place(house.workspaces[0], recording, "wav")
            store.write(path, [SOUND])
            await found.run(
                "UPDATE recording SET state = 'AVAILABLE', path = ?1, media_type = 'audio/wav', "
                "provider = 'TWILIO' WHERE id = ?2",
                path,
                recording,
            )
            yield found


async def test_is_fetched_without_a_key(listener: Listener) -> None:
    url = await listener.link()
    assert url.startswith(f"http://gateway/recordings/{listener.recording}?")
    answer = await listener.fetch(url)
    assert answer.status_code == 200
    assert answer.content == SOUND
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert re.fullmatch(r'inline; filename="call-\d+\.wav"', answer.headers["content-disposition"])
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "max-age=3600" in answer.headers["cache-control"]
    assert str(listener.media) not in str(answer.headers)
    head = await listener.fetch(url, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(SOUND))
    assert (await listener.fetch(url, "POST")).status_code == 405


@pytest.mark.parametrize(
    ("asked", "status", "part", "said"),
    [
        ("bytes=0-", 206, slice(0, None), "bytes 0-1023/1024"),
        ("bytes=0-0", 206, slice(0, 1), "bytes 0-0/1024"),
        ("bytes=100-199", 206, slice(100, 200), "bytes 100-199/1024"),
        ("bytes=1000-", 206, slice(1000, None), "bytes 1000-1023/1024"),
        ("bytes=1000-99999", 206, slice(1000, None), "bytes 1000-1023/1024"),
        ("bytes=1023-1023", 206, slice(1023, None), "bytes 1023-1023/1024"),
        ("bytes=-24", 206, slice(1000, None), "bytes 1000-1023/1024"),
        ("bytes=-99999", 206, slice(0, None), "bytes 0-1023/1024"),
        ("bytes=1024-", 416, None, "bytes */1024"),
        ("bytes=5000-6000", 416, None, "bytes */1024"),
        ("bytes=-0", 416, None, "bytes */1024"),
        # What isn't a range, or more than one, is as if it weren't there.
        ("bytes=200-100", 200, slice(0, None), None),
        ("bytes=0-1,5-6", 200, slice(0, None), None),
        ("bytes=a-b", 200, slice(0, None), None),
        ("bytes=-", 200, slice(0, None), None),
        ("items=0-5", 200, slice(0, None), None),
        ("", 200, slice(0, None), None),
        (f"bytes=0-{'9' * 400}", 200, slice(0, None), None),
    ],
)
async def test_ranges(
    listener: Listener, asked: str, status: int, part: slice | None, said: str | None
) -> None:
    url = await listener.link()
    answer = await listener.fetch(url, range=asked)
    assert answer.status_code == status
    assert answer.headers.get("content-range") == said
    if part is None:
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        return
    assert answer.content == SOUND[part]
    assert answer.headers["content-length"] == str(len(SOUND[part]))
    head = await listener.fetch(url, "HEAD", range=asked)
    assert (head.status_code, head.content) == (status, b"")
    assert head.headers["content-length"] == str(len(SOUND[part]))


async def test_conditions(listener: Listener) -> None:
    url = await listener.link()
    tag = (await listener.fetch(url)).headers["etag"]
    for given in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        answer = await listener.fetch(url, if_none_match=given)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await listener.fetch(url, if_none_match='"x"')).status_code == 200
    assert (await listener.fetch(url, range="bytes=0-9", if_range=tag)).status_code == 206
    changed = await listener.fetch(url, range="bytes=0-9", if_range='"other"')
    assert (changed.status_code, changed.content) == (200, SOUND)


async def test_a_link_ends_after_an_hour(listener: Listener) -> None:
    begun = datetime.now(UTC)
    found = await listener.visitor.data(READ, id=f"recording_{listener.recording}")
    url = found["node"]["url"]
    end = datetime.fromisoformat(found["node"]["urlExpiresAt"])
    assert timedelta(minutes=60, seconds=-1) <= end - begun < timedelta(minutes=60, seconds=30)
    listener.clock.now = end - timedelta(milliseconds=1)
    assert (await listener.fetch(url)).status_code == 200
    listener.clock.now = end
    answer = await listener.fetch(url)
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INVALID_LINK"
    assert "expired" in error["message"]


async def test_an_altered_link_opens_nothing(listener: Listener) -> None:
    url = urlsplit(await listener.link())
    query = dict(parse_qsl(url.query))
    there = await listener.visitor.ask(
        "{ calls(first: 100) { nodes { recording { id } } } }", key="key-other"
    )
    foreign = next(
        each["recording"]["id"][-36:]
        for each in there.json()["data"]["calls"]["nodes"]
        if each["recording"]
    )
    other = listener.visitor.house.workspaces[1]
    signature = query["signature"]
    bad = [
        {"expires": str(int(query["expires"]) + 1)},
        {"expires": "99999999999"},
        {"expires": "+" + query["expires"]},
        {"expires": "1e9"},
        {"expires": "9" * 5000},
        {"workspace": other},
        {"workspace": ""},
        {"signature": ""},
        {"signature": signature[:-1]},
        {"signature": signature + "0"},
        {"signature": signature.upper()},
        {"signature": f" {signature}"},
        {"signature": "ü"},
        {"more": "x"},
    ]
    bad += [
        {
            "signature": signature[:place]
            + ("0" if signature[place] != "0" else "1")
            + signature[place + 1 :]
        }
        for place in range(0, 64, 7)
    ]
    for change in bad:
        answer = await listener.fetch(f"{url.path}?{urlencode({**query, **change})}")
        assert answer.status_code == 403, change
        assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_LINK"
    for path in (
        f"/recordings/{foreign}",
        f"/recordings/{listener.call}",
        f"/transcripts/{listener.recording}",
        f"/recordings/{listener.recording.upper()}",
        "/recordings/..%2f..%2fetc%2fpasswd",
        "/recordings/%00",
    ):
        assert (await listener.fetch(f"{path}?{url.query}")).status_code in (403, 404), path
    for missing in query:
        rest = {name: value for name, value in query.items() if name != missing}
        assert (await listener.fetch(f"{url.path}?{urlencode(rest)}")).status_code == 403
    # No key opens it either, and nothing is listed.
    bearer = "Bearer key-full"
    assert (await listener.fetch(url.path, authorization=bearer)).status_code == 403
    assert (await listener.fetch("/recordings/", authorization=bearer)).status_code == 404
    assert (await listener.fetch("/recordings", authorization=bearer)).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "state = 'DELETED'",
        "state = 'PENDING'",
        "path = '../../../etc/passwd'",
        "path = '/etc/passwd'",
        "path = 'none'",
        "path = ''",
        "path = NULL",
    ],
)
async def test_what_is_not_there_is_not_found(listener: Listener, change: str) -> None:
    url = await listener.link()
    await listener.run(f"UPDATE recording SET {change} WHERE id = ?1", listener.recording)
    answer = await listener.fetch(url)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("change", ["state = 'PENDING'", "path = NULL"])
async def test_there_is_no_link_to_nothing(listener: Listener, change: str) -> None:
    await listener.run(f"UPDATE recording SET {change} WHERE id = ?1", listener.recording)
    found = await listener.visitor.data(READ, id=f"recording_{listener.recording}")
    assert found["node"] == {"url": None, "urlExpiresAt": None}


async def test_a_simulated_call_is_heard(listener: Listener) -> None:
    await listener.run(
        "UPDATE recording SET provider = 'SIMULATOR', path = NULL, duration_ms = 9000, "
        "media_type = NULL WHERE id = ?1",
        listener.recording,
    )
    await listener.run("DELETE FROM transcript_turn WHERE call_id = ?1", listener.call)
    for position, (speaker, text, start, end) in enumerate(
        [("AGENT", "Hello,\n is that Ada?", 500, 2500), ("LEAD", "Speaking.", 3000, 4000)]
    ):
        await listener.run(
            "INSERT INTO transcript_turn (workspace_id, id, call_id, position, speaker, text, "
            "start_ms, end_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            listener.visitor.house.workspaces[0],
            listener.recording[:-1] + str(position),
            listener.call,
            position,
            speaker,
            text,
            start,
            end,
        )
    (
        listener.media
        / listener.visitor.house.workspaces[0]
        / listener.recording[-2:]
        / f"{listener.recording}.wav"
    ).unlink()
    url = await listener.link()
    answers = await asyncio.gather(*(listener.fetch(url) for _ in range(5)))
    assert {each.status_code for each in answers} == {200}
    (sound,) = {each.content for each in answers}
    with wave.open(io.BytesIO(sound)) as file:
        assert file.getnframes() == 72_000
    assert any(sound[44:])
    part = await listener.fetch(url, range="bytes=44-1043")
    assert part.content == sound[44:1044]
    await listener.run(
        "UPDATE call SET artifacts_at = ?1 WHERE id = ?2", "2026-01-01T00:00:00.000Z", listener.call
    )
    text = "query ($id: ID!) { call(id: $id) { transcriptUrl } }"
    found = (await listener.visitor.data(text, id=f"call_{listener.call}"))["call"]
    words = await listener.fetch(found["transcriptUrl"])
    assert words.text == "[00:00] Agent: Hello, is that Ada?\n[00:03] Lead: Speaking.\n"
    assert words.headers["content-type"] == "text/plain; charset=utf-8"
    await listener.run("UPDATE call SET artifacts_at = NULL WHERE id = ?1", listener.call)
    assert (await listener.visitor.data(text, id=f"call_{listener.call}"))["call"] == {
        "transcriptUrl": None
    }


async def test_links_belong_to_the_workspace(listener: Listener) -> None:
    many = "{ calls(first: 100) { nodes { recording { url urlExpiresAt } transcriptUrl } } }"
    urls = [
        each["recording"]["url"]
        for each in (await listener.visitor.data(many))["calls"]["nodes"]
        if each["recording"] and each["recording"]["url"]
    ]
    assert urlsplit(await listener.link()).path in {urlsplit(each).path for each in urls}
    # Not the key but the workspace decides; a key that reads no calls gets no link.
    second = await listener.link("key-second")
    assert (await listener.fetch(second)).content == SOUND
    refused = (
        await listener.visitor.ask(
            READ, key="key-leads", variables={"id": f"recording_{listener.recording}"}
        )
    ).json()
    assert (refused.get("data") or {}).get("node") is None


def test_over_the_wire(sqlite_copy: House, tmp_path: Path) -> None:
    """Through the HTTP server itself, to the address that it knows."""
    path = sqlite_copy.url.removeprefix("sqlite://")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE recording SET state = 'AVAILABLE', provider = 'SIMULATOR', path = NULL, "
            "duration_ms = 4000, media_type = 'audio/wav'"
        )
    text = "{ calls(first: 100) { nodes { recording { url } } } }"
    with server(sqlite_copy.url, tmp_path) as found:
        answer = httpx2.post(f"{found.url}/graphql", json={"query": text}, headers=FULL).json()
        calls = answer["data"]["calls"]["nodes"]
        url = next(each["recording"]["url"] for each in calls if each["recording"])
        assert url.startswith(f"http://localhost:{found.port}/recordings/")
        whole = httpx2.get(url)
        assert (whole.status_code, len(whole.content)) == (200, size(4000))
        part = httpx2.get(url, headers={"range": "bytes=2-9"})
        assert (part.status_code, part.content) == (206, whole.content[2:10])
        assert httpx2.head(url).headers["content-length"] == str(size(4000))
        assert httpx2.get(url[:-1]).status_code == 403
        log = found.logged()
    assert "signature" not in log
    assert (Path(path).parent / "media").is_dir()
