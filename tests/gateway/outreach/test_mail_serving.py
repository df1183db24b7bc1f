"""Mail through the gateway as it is run: ordered over HTTP, found in the maildir, ended by a click."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.gateway.outreach.conftest import Opening

SEND = """mutation Send($key: String!) {
  sendEmail(input: {target: {email: "ada@example.com"}}, idempotencyKey: $key) {
    email { id status }
    errors { code message path }
  }
}"""
READ = "query ($id: ID!) { email(id: $id) { status subject endedAt } }"


async def test_ordered_sent_and_ended(office: Opening, tmp_path: Path) -> None:
    async with office(mail_directory=str(tmp_path / "mail")) as place:
        await place.rows("UPDATE agent SET email_address = 'ava@northwind.example'")
        payload = (await place.data(SEND, key="one"))["sendEmail"]
        assert payload["errors"] == []
        id = payload["email"]["id"]
        async with asyncio.timeout(15):
            while (found := (await place.data(READ, id=id))["email"])["status"] != "SENT":
                await asyncio.sleep(0.02)
        assert found["endedAt"] is not None
        (file,) = (tmp_path / "mail" / "new").iterdir()
        message = message_from_bytes(file.read_bytes(), policy=default)
        assert message["To"] == "ada@example.com"
        link = str(message["List-Unsubscribe"]).strip("<>")
        path = "/unsubscribe/" + link.partition("/unsubscribe/")[2]
        clicked = await place.visitor.http.post(path, content="List-Unsubscribe=One-Click")
        assert clicked.status_code == 200
        (problem,) = (await place.data(SEND, key="two"))["sendEmail"]["errors"]
        assert problem["code"] == "SUPPRESSED"
