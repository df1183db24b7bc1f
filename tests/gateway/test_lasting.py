"""What goes on in the background goes on, whatever befalls what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway import lasting as module
from gateway.lasting import lasting


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)


def counted(
    fails: Callable[[], Awaitable[None]],
) -> tuple[Callable[[], Awaitable[None]], asyncio.Event]:
    again = asyncio.Event()
    rounds = iter(range(10))

    async def work() -> None:
        if next(rounds) == 0:
            await fails()
        again.set()
        await asyncio.Event().wait()

    return work, again


async def cut_short() -> None:
    waited = asyncio.get_running_loop().create_future()
    waited.cancel()
    await waited


async def broken() -> None:
    raise RuntimeError("no")


@pytest.mark.parametrize("fails", [cut_short, broken])
async def test_it_begins_again(fails: Callable[[], Awaitable[None]]) -> None:
    work, again = counted(fails)
    task = lasting(work)
    async with asyncio.timeout(5):
        await again.wait()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_done_is_done() -> None:
    async def work() -> None:
        return

    await asyncio.wait_for(lasting(work), 5)
