"""A model is asked for what a campaign wants to know, where the provider has not found it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.gateway.outreach.conftest import Office
from tests.gateway.outreach.fake_vapi import FakeVapi
from tests.gateway.outreach.test_campaigns import do, drafted, until
from tests.gateway.outreach.test_vapi import (
    BASE,
    ENDED,
    PHONE,
    SCHEMA,
    Opening,
    report,
    vapi_office,
)

__all__ = ["vapi_office"]


@dataclass
class FakeModel:
    """Answers each question with the next of its answers, and then with the last."""

    answers: list[tuple[int, bytes]]
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            pairs = (each.partition(":") for each in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            self.asked.append((first, headers, orjson.loads(body)))
            status, said = self.answers[min(len(self.asked), len(self.answers)) - 1]
            length = f"content-length: {len(said)}\r\nconnection: close"
            writer.write(f"HTTP/1.1 {status} X\r\n{length}\r\n\r\n".encode() + said)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def serving(*answers: tuple[int, bytes]) -> AsyncIterator[tuple[FakeModel, str]]:
    fake = FakeModel(list(answers))
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    try:
        yield fake, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/"
    finally:
        server.close()


def said(content: str) -> tuple[int, bytes]:
    message = {"role": "assistant", "content": content}
    return 200, orjson.dumps({"choices": [{"index": 0, "message": message}]})


async def called(here: Office, fake: FakeVapi, *, reported: bool) -> dict[str, Any]:
    """A campaign's call at a provider whose analysis finds nothing."""
    id = await drafted(here, 0, extractionSchema=SCHEMA)
    people = [{"phone": PHONE}]
    await do(here, "addRecipients", "createdCount", campaignId=id, recipients=people)
    await do(here, "startCampaign", "campaign { id }", id=id)
    async with asyncio.timeout(20):
        while not fake.calls:
            await asyncio.sleep(0.05)
    artifact = {"messages": [{"role": "user", "message": "We have three vans."}]}
    ended = {**ENDED, "analysis": {"summary": "They talked."}, "artifact": artifact}
    fake.calls["vapi-1"] |= {**ended, "status": "ended"}
    if reported:
        await report(here, fake, **ended)
    await until(here, id, "FINISHED")
    query = """query ($id: ID!) { campaign(id: $id) { calls(first: 5) { nodes {
      extracted extractionNote artifactsAt summary } } } }"""
    async with asyncio.timeout(20):
        while True:
            (call,) = (await here.data(query, id=id))["campaign"]["calls"]["nodes"]
            if call["artifactsAt"] is not None:
                found: dict[str, Any] = call
                return found
            await asyncio.sleep(0.1)


MODEL = {"extraction_model": "small", "extraction_key": "s3cret"}


@pytest.mark.parametrize("reported", [False, True])
async def test_the_model_finds_it_out(vapi_office: Opening, reported: bool) -> None:
    async with serving((502, b"<html>"), said('{"vans": 3}')) as (model, url):
        settings: dict[str, Any] = {"extraction_url": url, **MODEL}
        async with vapi_office(public_url=BASE, **settings) as (here, fake):
            call = await called(here, fake, reported=reported)
    assert (call["extracted"], call["extractionNote"]) == ({"vans": 3}, None)
    assert call["summary"] == "They talked."
    assert len(model.asked) == 2
    first, headers, body = model.asked[1]
    assert first == "POST /v1/chat/completions HTTP/1.1"
    assert headers["authorization"] == "Bearer s3cret"
    assert body["model"] == "small"
    system, user = body["messages"]
    assert orjson.dumps(SCHEMA).decode() in system["content"]
    assert user == {"role": "user", "content": "LEAD: We have three vans."}


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (said('{"vans": "many"}'), "does not fit"),
        (said("Three vans, I think."), "gave no JSON object"),
        (said("[3]"), "gave no JSON object"),
        ((200, b'{"choices": []}'), "gave no JSON object"),
        ((200, b"<html>"), "gave no JSON object"),
        ((500, b""), "did not answer"),
    ],
)
async def test_why_nothing_was_found(
    vapi_office: Opening, answer: tuple[int, bytes], note: str
) -> None:
    async with serving(answer) as (model, url):
        settings: dict[str, Any] = {"extraction_url": url, **MODEL}
        async with vapi_office(**settings) as (here, fake):
            call = await called(here, fake, reported=False)
    assert call["extracted"] is None
    assert note in call["extractionNote"]
    # All else is there.
    assert call["summary"] == "They talked."
    assert 1 <= len(model.asked) <= 2
