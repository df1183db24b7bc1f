"""Senders of mail that are killed at the worst moments."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from models.columns import wire
from tests.conftest import Filled
from tests.gateway.outreach.mail_server import MailServer, mail_server
from tests.gateway.outreach.posting import Posting, furnished
from tests.gateway.serving import ROOT
from tests.resolvers.conftest import Door

#: Within which all is settled after the last kill: leases last 9 seconds.
SECONDS = 40


@pytest_asyncio.fixture
async def posting(door: Door, tmp_path: Path) -> Posting:
    return await furnished(door, tmp_path)


@pytest.fixture
def plain() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@contextmanager
def sender(posting: Posting, world: Filled, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A sender in a process of its own."""
    now = wire(posting.door.clock.now)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.outreach.mail_process", world.url, str(folder), now],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def ended(process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(20):
        while process.poll() is None:
            await asyncio.sleep(0.02)


async def test_killed_before_the_dot_it_is_sent_later(
    posting: Posting, plain: MailServer, world: Filled, tmp_path: Path
) -> None:
    await posting.account(plain.port)
    id = await posting.order()
    with sender(posting, world, tmp_path) as process:
        plain.on["RCPT"] = lambda: process.send_signal(signal.SIGKILL)
        await ended(process)
    plain.on.clear()
    assert (await posting.read(id))["status"] == "SENDING"
    assert plain.received == []
    async with posting.sending():
        await posting.until(id, "SENT", seconds=SECONDS)
    assert len(plain.received) == 1


async def test_killed_after_the_dot_it_is_never_sent_again(
    posting: Posting, plain: MailServer, world: Filled, tmp_path: Path
) -> None:
    await posting.account(plain.port)
    id = await posting.order()
    with sender(posting, world, tmp_path) as process:
        plain.on["DATA"] = lambda: process.send_signal(signal.SIGKILL)
        await ended(process)
    plain.on.clear()
    assert len(plain.received) == 1
    if posting.door.database.dialect == "postgres":
        # Nobody can know that its sender is gone before its time is over.
        await posting.door.fetch(
            "UPDATE email SET due_at = ?1 WHERE id = ?2", "2026-01-01T00:00:00.000Z", id[-36:]
        )
    async with posting.sending():
        await posting.until(id, "UNKNOWN", seconds=SECONDS)
        other = await posting.order()
        await posting.until(other, "SENT")
    assert len(plain.received) == 2


async def test_many_kills(
    posting: Posting, plain: MailServer, world: Filled, tmp_path: Path
) -> None:
    """None is received twice; none is lost but those whose sender died after the dot."""
    dice = random.Random(7)
    await posting.account(plain.port)
    ids = [await posting.order(target={"email": f"p{n}@example.com"}) for n in range(30)]
    doubtful = 0
    for _ in range(6):
        with sender(posting, world, tmp_path) as process:
            step = dice.choice(("MAIL", "RCPT", "DATA"))
            left = [dice.randint(1, 4)]

            def kill(process: subprocess.Popen[bytes] = process, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0:
                    process.send_signal(signal.SIGKILL)

            plain.on[step] = kill
            await ended(process)
            doubtful += step == "DATA"
            plain.on.clear()
    if posting.door.database.dialect == "postgres":
        await posting.door.fetch(
            "UPDATE email SET due_at = ?1 WHERE status = 'SENDING' AND lease_until IS NULL",
            "2026-01-01T00:00:00.000Z",
        )
    async with posting.sending():
        found = [await posting.until(id, "SENT", "UNKNOWN", seconds=SECONDS) for id in ids]
    counts = Counter(each["status"] for each in found)
    print(counts)
    received = Counter(each.recipients[0] for each in plain.received)
    assert max(received.values()) == 1
    assert counts["UNKNOWN"] == doubtful > 0
    # All that were sent arrived, and in these tests those in doubt, too.
    assert len(received) == 30
