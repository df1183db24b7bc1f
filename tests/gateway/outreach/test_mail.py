"""Mail through a real server: what it gets, and what becomes of what it says."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import pytest_asyncio

import models
from gateway.outreach import smtp
from gateway.outreach.mail_claim import DELAYS
from models.columns import wire
from tests.gateway.outreach.mail_server import PASSWORD, USER, MailServer, certificate, mail_server
from tests.gateway.outreach.posting import ADDRESS, Posting, furnished
from tests.port import free_port
from tests.resolvers.conftest import Door

AUTH = {"username": USER, "credentials": {"password": PASSWORD}}


@pytest_asyncio.fixture
async def posting(door: Door, tmp_path: Path) -> Posting:
    return await furnished(door, tmp_path)


@pytest.fixture
def plain() -> Iterator[MailServer]:
    """A server without TLS or passwords."""
    with mail_server() as server:
        yield server


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[MailServer, ssl.SSLContext]]:
    """A server that wants both, and what to trust it by."""
    path = certificate(tmp_path)
    with mail_server(path) as server:
        yield server, ssl.create_default_context(cafile=str(path))


@pytest_asyncio.fixture
async def post(posting: Posting, plain: MailServer) -> AsyncIterator[Posting]:
    """A workspace with the plain server, and a sender at work."""
    await posting.account(plain.port)
    async with posting.sending():
        yield posting


async def test_arrives(posting: Posting, secure: tuple[MailServer, ssl.SSLContext]) -> None:
    server, context = secure
    await posting.account(server.port, **AUTH)
    first = await posting.order(subject="Grüße & <more>", message="Hello Ada,\n.\n..dots\nÜ")
    async with posting.sending(context):
        found = await posting.until(first, "SENT")
        second = await posting.order(inReplyToId=first, message="Again")
        await posting.until(second, "SENT")
    one, two = server.received
    assert (one.tls, one.user) == (True, USER)
    assert (one.sender, one.recipients) == ("ava@northwind.example", (ADDRESS,))
    message = one.message
    assert message["To"] == ADDRESS
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Åva "the" Agent', "ava@northwind.example")
    assert message["Reply-To"] == "team@northwind.example"
    assert message["Subject"] == "Grüße & <more>"
    assert message["Message-ID"] == found["messageId"]
    assert message["Date"].datetime == posting.door.clock.now
    assert (message["In-Reply-To"], message["References"], message["Bcc"]) == (None, None, None)
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    assert text.startswith("Hello Ada,\n.\n..dots\nÜ\n\nYours, Ava\n\n--\n")
    assert "<p>Hello Ada,<br>\n.<br>\n..dots<br>\nÜ</p>" in html
    link = message["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://switchboard.example.com/unsubscribe/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in text
    assert link in html
    answer = two.message
    assert answer["Subject"] == "Re: Grüße & <more>"
    assert answer["In-Reply-To"] == answer["References"] == message["Message-ID"]
    # Both went over one connection.
    assert server.sessions == 1
    assert found["providerMessageId"] == "Q1"
    assert found["providerAccount"]["verifiedAt"] is not None
    assert found["sentAt"] == found["sendingAt"] == wire(posting.door.clock.now)
    assert await posting.door.events(first) == [
        ("EMAIL_QUEUED", 1),
        ("EMAIL_SENDING", 2),
        ("EMAIL_SENT", 3),
    ]


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_password_never_goes_in_the_clear(
    posting: Posting, plain: MailServer, tmp_path: Path, trusted: bool
) -> None:
    """Neither to a server without TLS, nor to one that is not known to be the right one."""
    context = None
    if trusted:
        await posting.account(plain.port, **AUTH)
    server = plain
    with mail_server(certificate(tmp_path)) as stranger:
        if not trusted:
            server = stranger
            await posting.account(stranger.port, **AUTH)
        id = await posting.order()
        async with posting.sending(context):
            found = await posting.until(id, "SCHEDULED")
    assert found["waitingFor"] == "PROVIDER"
    assert found["providerAccount"]["lastError"]
    assert server.received == []


async def test_a_wrong_password_is_the_accounts_fault(
    posting: Posting, secure: tuple[MailServer, ssl.SSLContext]
) -> None:
    server, context = secure
    wrong = {"username": USER, "credentials": {"password": "wrong"}}
    account = await posting.account(server.port, **wrong)
    id = await posting.order()
    async with posting.sending(context) as sender:
        found = await posting.until(id, "SCHEDULED")
        assert found["waitingFor"] == "PROVIDER"
        assert "535" in found["providerAccount"]["lastError"]
        assert server.received == []
        await posting.door.done(
            "updateProviderAccount", {"id": account, "credentials": {"password": PASSWORD}}, ""
        )
        posting.door.clock.advance(seconds=DELAYS[0])
        sender.ring("")
        found = await posting.until(id, "SENT")
    assert found["providerAccount"]["lastError"] is None


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
async def test_refused_for_now_is_tried_later(post: Posting, plain: MailServer, step: str) -> None:
    plain.answers[step] = ["451 4.7.1 Greylisted", "452 4.2.2 Full"]
    id = await post.order()
    for tried in range(2):
        found = await post.until(id, "SCHEDULED")
        now = post.door.clock.now
        assert found["notBefore"] == wire(now + timedelta(seconds=DELAYS[tried]))
        assert (found["waitingFor"], found["sendingAt"]) == ("PROVIDER", None)
        assert found["errorCode"] == ("4.7.1", "4.2.2")[tried]
        version = found["version"]
        post.door.clock.advance(seconds=DELAYS[tried])
        async with asyncio.timeout(10):
            while (await post.read(id))["version"] == version:
                await asyncio.sleep(0.02)
    await post.until(id, "SENT")
    assert len(plain.received) == (1 if step == "RCPT" else 3)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
async def test_refused_for_good_has_failed(post: Posting, plain: MailServer, step: str) -> None:
    plain.answers[step] = ["550 5.1.1 No such user"]
    id, next_ = await post.order(), await post.order()
    found = await post.until(id, "FAILED")
    assert (found["errorCode"], found["endDetail"]) == ("5.1.1", "550 5.1.1 No such user")
    assert found["endedAt"] is not None
    # The connection is as good as before.
    await post.until(next_, "SENT")
    assert plain.sessions == 1


async def test_a_sender_that_is_refused_is_the_accounts_fault(
    post: Posting, plain: MailServer
) -> None:
    plain.answers["MAIL"] = ["550 5.7.60 Not your address"]
    found = await post.until(await post.order(), "SCHEDULED")
    assert "Not your address" in found["providerAccount"]["lastError"]


async def test_a_connection_lost_before_the_dot_is_no_doubt(
    post: Posting, plain: MailServer
) -> None:
    plain.answers["RCPT"] = ["drop"]
    id = await post.order()
    await post.until(id, "SCHEDULED")
    post.door.clock.advance(seconds=DELAYS[0])
    await post.until(id, "SENT")
    assert len(plain.received) == 1


@pytest.mark.parametrize("silence", ["drop", "hang", "nonsense"])
async def test_silence_after_the_dot_is_doubt(
    post: Posting, plain: MailServer, silence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "DOT", 0.5)
    if silence == "drop":
        plain.answers["DATA"] = ["drop"]
    elif silence == "nonsense":
        plain.answers["DATA"] = ["354 Once more?"]
    else:
        plain.on["DATA"] = lambda: time.sleep(1.5)
    id = await post.order()
    found = await post.until(id, "UNKNOWN")
    plain.on.clear()
    assert found["endDetail"] is None
    for _ in range(3):
        post.door.clock.advance(days=1)
        await asyncio.sleep(0.6)
    assert (await post.read(id))["status"] == "UNKNOWN"
    assert len(plain.received) == 1
    assert (await post.door.events(id))[-1][0] == "EMAIL_UNKNOWN"


async def test_a_server_that_is_away_is_waited_for(posting: Posting) -> None:
    port = free_port()
    await posting.account(port)
    id = await posting.order()
    async with posting.sending():
        for delay in DELAYS:
            found = await posting.until(id, "SCHEDULED")
            posting.door.clock.advance(seconds=delay)
            async with asyncio.timeout(10):
                while (await posting.read(id))["version"] == found["version"]:
                    await asyncio.sleep(0.02)
        found = await posting.until(id, "FAILED")
    assert found["endDetail"]
    assert sum(DELAYS) > 86_400


async def test_a_server_that_ends_idle_connections(post: Posting, plain: MailServer) -> None:
    await post.until(await post.order(), "SENT")
    plain.answers["MAIL"] = ["421 4.4.2 Idle too long"]
    second = await post.order()
    await post.until(second, "SCHEDULED", "SENT")
    post.door.clock.advance(seconds=DELAYS[0])
    await post.until(second, "SENT")
    assert [each.recipients for each in plain.received] == [(ADDRESS,)] * 2


async def test_cancelled_while_it_is_handed_over(post: Posting, plain: MailServer) -> None:
    """The last look before the final dot sees it; the server has taken nothing."""
    door, loop = post.door, asyncio.get_running_loop()
    outcomes = []

    async def cancel() -> None:
        (row,) = await door.fetch(
            "SELECT id FROM email WHERE status = 'SENDING' AND owner IS NOT NULL"
        )
        payload = await door.done("cancelEmail", {"id": f"email_{row[0]}"}, "outcome")
        outcomes.append(payload["outcome"])

    def on_rcpt() -> None:
        plain.on.clear()
        asyncio.run_coroutine_threadsafe(cancel(), loop).result(10)

    plain.on["RCPT"] = on_rcpt
    found = await post.until(await post.order(), "CANCELLED")
    assert outcomes == ["REQUESTED"]
    assert (found["sendingAt"], plain.received) == (None, [])
    await post.until(await post.order(), "SENT")


async def test_an_opt_out_while_it_is_handed_over(post: Posting, plain: MailServer) -> None:
    door, loop = post.door, asyncio.get_running_loop()

    def opt_out() -> None:
        plain.on.clear()
        asyncio.run_coroutine_threadsafe(
            door.done("suppress", {"email": ADDRESS.upper()}, "created"), loop
        ).result(10)

    plain.on["RCPT"] = opt_out
    found = await post.until(await post.order(), "SUPPRESSED")
    assert (found["blockedCode"], plain.received) == ("SUPPRESSED", [])


async def test_the_policy_is_asked_again(posting: Posting, plain: MailServer) -> None:
    await posting.account(plain.port)
    one, two = await posting.order(), await posting.order(target={"email": "new@example.com"})
    # An opt-out of which nobody told the queue, as an import brings it.
    await posting.door.fetch("UPDATE lead SET outreach_disabled = true WHERE email = ?1", ADDRESS)
    await posting.door.fetch(
        "UPDATE lead SET email = 'other@example.com' WHERE email = 'new@example.com'"
    )
    async with posting.sending():
        found = await posting.until(one, "SUPPRESSED")
        await posting.until(two, "SENT")
    assert found["blockedCode"] == "OPTED_OUT"
    # To the very address that it was accepted for.
    assert [each.recipients for each in plain.received] == [("new@example.com",)]


async def test_daily_caps_hold(posting: Posting, plain: MailServer) -> None:
    await posting.account(plain.port)
    ids = [await posting.order() for _ in range(5)]
    await posting.door.fetch("UPDATE agent SET max_emails_per_day = 2")
    async with posting.sending(), posting.sending():
        for id in ids[:2]:
            await posting.until(id, "SENT")
        for id in ids[2:]:
            found = await posting.until(id, "SCHEDULED")
            assert (found["waitingFor"], found["notBefore"]) == (
                "DAILY_CAP",
                "2026-02-03T00:00:00.000Z",
            )
        assert len(plain.received) == 2
        posting.door.clock.advance(days=1)
        for id in ids[2:4]:
            await posting.until(id, "SENT")
        await posting.until(ids[4], "SCHEDULED")
    assert len(plain.received) == 4


async def test_each_goes_once_however_many_send(posting: Posting, plain: MailServer) -> None:
    await posting.account(plain.port)
    ids = [await posting.order(target={"email": f"p{n}@example.com"}) for n in range(30)]
    async with posting.sending(), posting.sending():
        for id in ids:
            await posting.until(id, "SENT")
    sent = [each.recipients for each in plain.received]
    assert sorted(sent) == sorted((f"p{n}@example.com",) for n in range(30))


async def test_without_a_server_it_is_kept_in_files(posting: Posting) -> None:
    id = await posting.order(subject="Hi")
    async with posting.sending():
        found = await posting.until(id, "SENT")
        assert found["providerAccount"] is None
        again = await posting.order(subject="Later")
        await posting.until(again, "SENT")
    root = posting.maildir.root
    assert sorted(each.name for each in root.iterdir()) == ["cur", "new", "tmp"]
    files = {each.name: each for each in (root / "new").iterdir()}
    assert set(files) == {f"{each[-36:]}.switchboard" for each in (id, again)}
    message = message_from_bytes(files[f"{id[-36:]}.switchboard"].read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == (ADDRESS, "Hi")
    # A mail program has read it; the same e-mail is not put there once more.
    files[f"{id[-36:]}.switchboard"].rename(root / "cur" / f"{id[-36:]}.switchboard:2,S")
    posting.maildir.deliver(id[-36:], b"again")
    assert len(list((root / "new").iterdir())) == 1


async def test_a_pinned_workspace_writes_to_nobody(posting: Posting, plain: MailServer) -> None:
    await posting.account(plain.port)
    await posting.door.fetch("UPDATE workspace SET simulated = true")
    async with posting.sending():
        await posting.until(await posting.order(), "SENT")
    assert plain.received == []
    assert len(list((posting.maildir.root / "new").iterdir())) == 1


async def test_an_encoded_word_holds_no_header(post: Posting, plain: MailServer) -> None:
    word = "=?utf-8?q?Hi=0d=0aReply-To:_evil@example.com=0d=0a=0d=0a<h1>evil</h1>?="
    await post.door.fetch(
        "UPDATE agent SET name = ?1"
        if post.door.database.dialect == "sqlite"
        else "UPDATE agent SET name = $1",
        word,
    )
    id = await post.order(subject=f"To {word}")
    await post.until(id, "SENT")
    head, _, body = plain.received[-1].content.partition(b"\r\n\r\n")
    replies = [each for each in head.split(b"\r\n") if each.startswith(b"Reply-To:")]
    assert not any(b"evil" in each for each in replies)
    assert b"<h1>evil" not in body
    assert b"\nList-Unsubscribe:" in head


async def test_headers_are_what_mail_programs_read(post: Posting, plain: MailServer) -> None:
    """Links and ids stand there in the clear, however long, and no line is longer than may be."""
    id = await post.order(subject="Ü" * 290)
    await post.until(id, "SENT")
    for _ in range(24):
        id = await post.order(inReplyToId=id, message="wörd " * 200)
    found = await post.until(id, "SENT", seconds=30)
    raw = plain.received[-1].content
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("ascii").replace("\r\n ", " ").split("\r\n")
    headers = dict(each.split(": ", 1) for each in lines)
    assert headers["List-Unsubscribe"].startswith("<https://switchboard.example.com/unsubscribe/")
    assert headers["List-Unsubscribe"].endswith(">")
    assert headers["Message-ID"] == found["messageId"]
    references = headers["References"].split(" ")
    assert len(references) == 20
    assert references[-1] == headers["In-Reply-To"]
    assert all(re.fullmatch(r"<[^<>\s]+>", each) for each in references)
    assert plain.received[0].message["Subject"] == "Ü" * 290
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


async def test_addresses_that_mail_servers_take(post: Posting, plain: MailServer) -> None:
    await post.until(await post.order(target={"email": "ada@bücher.example"}), "SENT")
    assert plain.received[0].recipients == ("ada@xn--bcher-kva.example",)
    assert plain.received[0].message["To"] == "ada@xn--bcher-kva.example"
    found = await post.until(await post.order(target={"email": "ädä@example.com"}), "FAILED")
    await post.door.fetch("UPDATE agent SET email_address = 'ava@bücher.example'")
    found_too = await post.until(await post.order(), "SENT")
    assert found_too["messageId"].endswith("@xn--bcher-kva.example>")
    assert plain.received[-1].sender == "ava@xn--bcher-kva.example"
    assert found["endDetail"] == "The address has letters that mail servers don't take."


async def test_a_lost_key_is_waited_for(posting: Posting, plain: MailServer) -> None:
    await posting.account(plain.port, **AUTH)
    id = await posting.order()
    await posting.door.fetch("UPDATE provider_account SET credentials = ?1", b"x" * 60)
    async with posting.sending():
        found = await posting.until(id, "SCHEDULED")
    assert found["waitingFor"] == "PROVIDER"


async def test_a_server_that_hangs_holds_up_no_other_workspace(posting: Posting) -> None:
    other = await _neighbour(posting)
    accepted: list[asyncio.StreamWriter] = []
    port = free_port()
    silent = await asyncio.start_server(
        lambda _, writer: accepted.append(writer), "127.0.0.1", port
    )
    await posting.account(port)
    stuck, quick = await posting.order(), await other.order()
    async with posting.sending():
        async with asyncio.timeout(15):
            while not accepted:
                await asyncio.sleep(0.02)
        await other.until(quick, "SENT")
        assert (await posting.read(stuck))["status"] == "SENDING"
        silent.close()
        for each in accepted:
            each.transport.abort()
        await posting.until(stuck, "SCHEDULED")
    await silent.wait_closed()


async def _neighbour(posting: Posting) -> Posting:
    """The same of the second workspace, without a server."""
    door = posting.door.foreign()
    agent, lead = door.id(models.Agent)[-36:], door.id(models.Lead)[-36:]
    await door.fetch(
        "UPDATE agent SET name = 'Bo', active = true, archived_at = NULL, outreach_model = 'BOTH', "
        "email_address = 'bo@example.com', reply_to = NULL, max_emails_per_day = NULL WHERE id = ?1",
        agent,
    )
    await door.fetch(
        "UPDATE workspace SET default_agent_id = ?1 WHERE id = ?2", agent, door.workspace.id
    )
    await door.fetch(
        "UPDATE lead SET email = 'else@example.com', outreach_disabled = false, "
        "consent_state = 'GRANTED', agent_id = NULL WHERE id = ?1",
        lead,
    )
    return Posting(door, posting.scene, posting.maildir)


def _part(message: EmailMessage, kind: str) -> str:
    """The text or the HTML, its lines ended as Python does."""
    found = message.get_body((kind,))
    assert isinstance(found, EmailMessage)
    content: str = found.get_content()
    return content.replace("\r\n", "\n")
