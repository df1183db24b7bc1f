"""The link in each e-mail that ends all e-mails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest_asyncio

from gateway.outreach.envelope import unsubscribing
from models.database import Row, connect
from schema.installation import Installation
from schema.vault import Vault
from tests.gateway.serving import House, Visitor, inside

KEY = "k" * 32
INSTALLATION = Installation(Vault.of([KEY]), "http://gateway")
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Recipient:
    """Somebody who got an e-mail."""

    visitor: Visitor
    link: str
    email: str

    async def run(self, sql: str, *values: object) -> list[Row]:
        database = await connect(self.visitor.house.url)
        try:
            async with database.transaction() as transaction:
                mark = "$" if database.dialect == "postgres" else "?"
                return await transaction.fetch(sql.replace("?", mark), values)
        finally:
            await database.close()

    async def suppressions(self) -> list[tuple[str, str, str]]:
        sql = "SELECT channel, address, reason FROM suppression WHERE email_id = ?1"
        return [(row[0], row[1], row[2]) for row in await self.run(sql, self.email)]

    async def click(self, link: str | None = None, method: str = "POST") -> httpx2.Response:
        """As a mail program does: without key or cookie."""
        content = ONE_CLICK if method == "POST" else None
        headers = FORM if method == "POST" else {}
        return await self.visitor.http.request(
            method, link or self.link, content=content, headers=headers
        )


@pytest_asyncio.fixture
async def recipient(house: House, tmp_path: Path) -> AsyncIterator[Recipient]:
    settings = {"secret_keys": KEY, "mail_directory": str(tmp_path / "mail")}
    async with inside(house, **settings) as visitor:
        data = await visitor.data("{ emails(first: 2) { nodes { id lead { id } } } }")
        email, waiting = (each["id"][-36:] for each in data["emails"]["nodes"])
        workspace = house.workspaces[0]
        link = unsubscribing(INSTALLATION, workspace, email)
        assert link is not None
        found = Recipient(visitor, link, email)
        await found.run("DELETE FROM suppression")
        # Another e-mail to the same person waits.
        await found.run(
            "UPDATE email SET status = 'SENT', to_email = 'Ada@example.com' WHERE id = ?1", email
        )
        await found.run(
            "UPDATE email SET status = 'SCHEDULED', due_at = '2100-01-01T00:00:00.000Z', "
            "to_email = 'ada@example.com' WHERE id = ?1",
            waiting,
        )
        yield found


async def test_one_click_ends_all(recipient: Recipient) -> None:
    answer = await recipient.click()
    assert answer.status_code == 200
    assert "Ada@example.com gets no more e-mails from us." in answer.text
    assert "set-cookie" not in answer.headers
    assert await recipient.suppressions() == [("EMAIL", "ada@example.com", "OPT_OUT")]
    rows = await recipient.run(
        "SELECT status, blocked_code FROM email WHERE to_email = 'ada@example.com'"
    )
    assert ("SUPPRESSED", "SUPPRESSED") in [(row[0], row[1]) for row in rows]
    data = await recipient.visitor.data(
        "{ activity(first: 9, filter: {type: [SUPPRESSION_ADDED]}) { nodes { actor email { id } } } }"
    )
    about = [each for each in data["activity"]["nodes"] if each["email"]]
    assert {"actor": "LEAD", "email": {"id": f"email_{recipient.email}"}} in about
    # Once more is no error, and changes nothing.
    answers = await asyncio.gather(*(recipient.click() for _ in range(5)))
    assert {each.status_code for each in answers} == {200}
    assert len(await recipient.suppressions()) == 1


async def test_at_once_by_many(recipient: Recipient) -> None:
    answers = await asyncio.gather(*(recipient.click() for _ in range(10)))
    assert {each.status_code for each in answers} == {200}
    assert len(await recipient.suppressions()) == 1


async def test_a_look_changes_nothing(recipient: Recipient) -> None:
    """Programs follow links in e-mails to see whether they are harmful."""
    for method in ("GET", "HEAD"):
        answer = await recipient.click(method=method)
        assert answer.status_code == 200
    assert await recipient.suppressions() == []
    page = (await recipient.click(method="GET")).text
    assert "Shall Ada@example.com get no more e-mails from us?" in page
    button = re.search(r'<button name="([^"]+)" value="([^"]+)"', page)
    assert button is not None
    assert "=".join(button.groups()) == ONE_CLICK
    assert 'method="post"' in page
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_what_was_said_of_an_address_is_shown_as_text(recipient: Recipient) -> None:
    await recipient.run(
        "UPDATE email SET to_email = '<b>@example.com' WHERE id = ?1", recipient.email
    )
    page = (await recipient.click(method="GET")).text
    assert "&lt;b&gt;@example.com" in page
    assert "<b>" not in page


async def test_an_altered_link_does_nothing(recipient: Recipient) -> None:
    start, workspace, email, signature = recipient.link.rsplit("/", 3)
    other = recipient.visitor.house.workspaces[1]
    flipped = ("0" if signature[0] != "0" else "1") + signature[1:]
    for parts in (
        (other, email, signature),
        (workspace, other, signature),
        (workspace, email, flipped),
        (workspace, email, signature[:-1]),
        (workspace, email, signature.upper() + "x"),
        (workspace, email, "ü" * 64),
        (workspace, "x", signature),
    ):
        link = "/".join((start, *parts))
        for method in ("GET", "POST"):
            assert (await recipient.click(link, method)).status_code == 404, link
    assert await recipient.suppressions() == []
    assert (await recipient.click(method="PUT")).status_code == 405


async def test_an_old_key_still_opens_it(house: House, tmp_path: Path) -> None:
    settings = {"secret_keys": f"{'n' * 32},{KEY}", "mail_directory": str(tmp_path / "mail")}
    async with inside(house, **settings) as visitor:
        data = await visitor.data("{ emails(first: 1) { nodes { id } } }")
        email = data["emails"]["nodes"][0]["id"][-36:]
        link = unsubscribing(INSTALLATION, house.workspaces[0], email)
        assert link is not None
        answer = await visitor.http.post(link, content=ONE_CLICK, headers=FORM)
        assert answer.status_code == 200
