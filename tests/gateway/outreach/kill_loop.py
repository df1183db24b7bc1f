"""The kill loop: calls are ordered while processes are killed and the carrier misbehaves.

    python -m tests.gateway.outreach.kill_loop --calls 1000 --kills 50 --database sqlite

Clients repeat unanswered requests under the same key. The gateway's processes are killed with
SIGKILL, half of the time by the carrier on receiving a request, before or after it answers. In the
end the carrier's books and ours must agree; the counts are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import orjson

from gateway.bounds import variable
from models.database import connect
from models.migrate import migrate
from tests.databases import created, postgres
from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.workspace import KEY, furnish
from tests.port import free_port

ROOT = Path(__file__).parents[3]
#: What the carrier does to creates, in percent.
FAULTS = {
    "none": 60,
    "accept_500": 8,
    "accept_reset": 8,
    "accept_html": 5,
    "accept_truncated": 5,
    "accept_hang": 1,
    "drop": 4,
    "too_many": 6,
    "refuse": 3,
}
MODES = {
    "lookup": {"lookup": "BY_REFERENCE", "dedupes_creates": False},
    "none": {"lookup": "NONE", "dedupes_creates": False},
    "dedupes": {"lookup": "NONE", "dedupes_creates": True},
}
ENDED = {
    "COMPLETED",
    "VOICEMAIL",
    "NO_ANSWER",
    "BUSY",
    "REJECTED",
    "FAILED",
    "CANCELLED",
    "BLOCKED",
}
#: Seconds after the last restart in which all must have come to its end.
SETTLING = 60.0
#: Seconds that an attempt without a fault takes at most.
UNDER_WAY = 1.0
PLACE = """
mutation Place($input: PlaceCallInput!, $key: String!) {
  placeCall(input: $input, idempotencyKey: $key) { call { id } errors { code message } replayed }
}
"""


@dataclass
class Loop:
    """One run."""

    calls: int
    kills: int
    mode: str
    seed: int = 7
    clients: int = 16
    report: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.killed = 0
        self.by_carrier = 0
        self.accepted: dict[str, str] = {}
        """Keys and the ids of their calls."""
        self.kill_times: list[float] = []
        """When somebody was killed, in seconds since the epoch."""
        self.processes: list[Process] = []
        self.carrier = Carrier(
            dedupes=self.mode == "dedupes",
            lookup=self.mode == "lookup",
            callbacks=self.mode == "none",
            faults=FAULTS,
            seed=self.seed,
            hang=30,
            on_create=self._on_create,
        )
        self.repeats = 0

    async def _on_create(self, reference: str, when: str) -> None:
        """The carrier kills on receiving a create, at either of its worst moments."""
        half = self.kills // 2 + 1
        # Spread over the whole run, not all of it at the beginning.
        pace = len(self.carrier.creates) / self.calls
        if self.by_carrier < half * min(1.0, pace * 1.1) and self.dice.random() < 0.5:
            self.by_carrier += 1
            self._kill()

    def _kill(self) -> None:
        self.kill_times.append(time.time())
        for each in self.processes:
            if each.dies:
                each.kill()
        self.killed += 1

    async def run(self, url: str, folder: Path) -> dict[str, Any]:
        await migrate(url)
        base = await self.carrier.start()
        workspace = await furnish(url, base, MODES[self.mode])
        port = free_port()
        self.processes = processes(url, folder, port, public=self.mode == "none")
        for each in self.processes:
            each.start()
        keeping = asyncio.create_task(self._keep())
        killing = asyncio.create_task(self._kills())
        began = time.monotonic()
        try:
            await self._order(f"http://127.0.0.1:{port}")
            await killing
            rows = await self._settle(url, workspace)
        finally:
            keeping.cancel()
            for each in self.processes:
                each.stop()
            await self.carrier.stop()
        return self._judge(rows, time.monotonic() - began)

    async def _keep(self) -> None:
        """Start again whatever has died."""
        while True:
            for each in self.processes:
                if each.dead:
                    each.start()
            await asyncio.sleep(0.05)

    async def _kills(self) -> None:
        """Kill out of the blue, as long as there is work."""
        while self.killed < self.kills:
            await asyncio.sleep(self.dice.uniform(0.3, 1.2))
            random_ones = self.killed - self.by_carrier
            pace = len(self.accepted) / self.calls
            left_over = pace >= 1 and random_ones < self.kills - self.by_carrier
            if random_ones < self.kills / 2 * pace or left_over:
                self._kill()

    async def _order(self, base: str) -> None:
        numbers = iter(range(self.calls))
        async with httpx2.AsyncClient(base_url=base, timeout=10, trust_env=False) as http:
            await asyncio.gather(*(self._client(http, numbers) for _ in range(self.clients)))

    async def _client(self, http: httpx2.AsyncClient, numbers: Iterator[int]) -> None:
        """Order calls one by one; what was not answered is asked again under the same key."""
        for number in numbers:
            key = f"order-{number}"
            while key not in self.accepted:
                try:
                    answer = await http.post(
                        "/graphql",
                        json={"query": PLACE, "variables": _order(number, key)},
                        headers={"authorization": f"Bearer {KEY}"},
                    )
                    found = answer.json()
                except (httpx2.HTTPError, ValueError):
                    self.repeats += 1
                    await asyncio.sleep(0.1)
                    continue
                if found.get("errors"):
                    code = found["errors"][0]["extensions"]["code"]
                    if code not in (
                        "UNAVAILABLE",
                        "IDEMPOTENCY_IN_PROGRESS",
                        "TIMEOUT",
                        "INTERNAL",
                    ):
                        raise AssertionError(found)
                    self.repeats += 1
                    await asyncio.sleep(0.1)
                    continue
                payload = found["data"]["placeCall"]
                assert not payload["errors"], payload
                self.accepted[key] = payload["call"]["id"].removeprefix("call_")
            await asyncio.sleep(self.dice.uniform(0, 0.2))

    async def _settle(self, url: str, workspace: str) -> list[Any]:
        """Wait until every call has come to its end, no longer than promised."""
        while True:
            # The carrier may still kill.
            last = max(each.started for each in self.processes)
            rows = await _rows(url, workspace)
            left = [row for row in rows if not self._done(row)]
            waits = Counter(row[1] for row in left)
            print(
                f"{time.monotonic() - last:5.1f} s: {len(left)} left {dict(waits)}", file=sys.stderr
            )
            if not left or time.monotonic() - last > SETTLING:
                self.report["settled_after"] = round(time.monotonic() - last, 1)
                self.report["unsettled"] = len(left)
                return rows
            await asyncio.sleep(0.5)

    def _done(self, row: Any) -> bool:
        id, status, provider_id = row[0], row[1], row[2]
        made = self.carrier.of(id)
        if made is not None:
            return provider_id == made.id and status in ENDED
        return status in ENDED or status == "UNKNOWN"

    def _judge(self, rows: list[Any], took: float) -> dict[str, Any]:
        carrier = self.carrier
        wrong: list[str] = []
        by_id = {row[0]: row for row in rows}
        for key, id in self.accepted.items():
            if id not in by_id:
                wrong.append(f"{key}: the accepted call {id} is lost")
        if len(rows) != len(set(self.accepted.values())):
            wrong.append(f"{len(rows)} calls for {len(self.accepted)} orders")
        for id, (_, status, provider_id, dialed_at, reason) in by_id.items():
            made = carrier.of(id)
            if carrier.creates[id] > 1:
                wrong.append(f"{id} was dialled {carrier.creates[id]} times")
            if made is not None:
                if provider_id != made.id or status != made.outcome:
                    wrong.append(
                        f"{id}: {status} {provider_id}, the carrier has {made.outcome} {made.id}"
                    )
            elif status not in ("UNKNOWN", "FAILED"):
                wrong.append(f"{id}: {status} {reason}, and the carrier never saw it")
            if status == "UNKNOWN":
                if self.mode == "dedupes":
                    wrong.append(f"{id}: in doubt, though the carrier knows repetitions")
                elif not self._excused(id, dialed_at):
                    wrong.append(f"{id}: in doubt without a fault")
        statuses = Counter(row[1] for row in rows)
        self.report |= {
            "mode": self.mode,
            "orders": len(self.accepted),
            "repeated": self.repeats,
            "kills": self.killed,
            "by_carrier": self.by_carrier,
            "created": sum(carrier.creates.values()),
            "requests": sum(carrier.requests.values()),
            "twice": sum(count > 1 for count in carrier.creates.values()),
            "faults": dict(Counter(carrier.faulted.values())),
            "statuses": dict(statuses),
            "seconds": round(took, 1),
            "wrong": wrong,
        }
        return self.report

    def _excused(self, id: str, dialed_at: str) -> bool:
        """Whether its attempt met a fault, or was under way at a kill."""
        since = datetime.fromisoformat(dialed_at).timestamp()
        return id in self.carrier.faulted or any(
            since - 0.05 <= each <= since + UNDER_WAY for each in self.kill_times
        )


@dataclass
class Process:
    """A gateway process that is started again whenever it dies."""

    command: str
    environment: dict[str, str]
    log: Path
    dies: bool
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    @property
    def dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from gateway.cli import main; main()", self.command],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.started = time.monotonic()

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


def processes(url: str, folder: Path, port: int, *, public: bool) -> list[Process]:
    settings = {
        "database_url": url,
        "port": port,
        "rate_limit": "1000000/minute",
        "explorer": False,
        "secret_keys": "k" * 64,
        "private_providers": True,
        "log_level": "warning",
    }
    if public:
        settings["public_url"] = f"http://127.0.0.1:{port}"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SWITCHBOARD_")}
    environment = inherited | {variable(k): str(v) for k, v in settings.items()}
    serving = Process("serve", environment, folder / "serve.log", dies=True)
    if url.startswith("sqlite://"):
        return [serving]
    workers = [
        Process("worker", environment, folder / f"worker-{each}.log", dies=True) for each in (1, 2)
    ]
    return [serving, *workers]


def _order(number: int, key: str) -> dict[str, Any]:
    # Reserved for fiction: 555-0100 to 555-0199 in every area.
    area, line = 201 + number // 100, 100 + number % 100
    return {"input": {"target": {"phone": f"+1{area}5550{line:03}"}}, "key": key}


async def _rows(url: str, workspace: str) -> list[Any]:
    def reads() -> Any:
        mark = "?1" if url.startswith("sqlite") else "$1"
        rows = yield (
            "SELECT id, status, provider_call_id, dialed_at, end_reason FROM call "
            f"WHERE workspace_id = {mark}",
            (workspace,),
        )
        return rows

    database = await connect(url, connections=2)
    try:
        found: list[Any] = await database.run(reads())
        return found
    finally:
        await database.close()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A database of its own."""
    if kind == "sqlite":
        yield f"sqlite://{folder / 'switchboard.db'}"
        return
    with postgres() as directory, created(directory) as url:
        yield url


def main() -> None:
    """Run the loop and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--mode", choices=tuple(MODES), default="lookup")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, database(given.database, Path(name)) as url:
        loop = Loop(given.calls, given.kills, given.mode, given.seed)
        report = asyncio.run(loop.run(url, Path(name)))
        for log in sorted(Path(name).glob("*.log")):
            lines = [each for each in log.read_text().splitlines() if "rror" in each]
            report[f"errors in {log.name}"] = lines[-5:]
        print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
        sys.exit(bool(report["wrong"] or report["unsettled"]))


if __name__ == "__main__":
    main()
