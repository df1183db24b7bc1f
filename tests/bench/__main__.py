"""Measures the gateway beside its peers and prints the figures as Markdown."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench import accepting, campaign, growth, live
from tests.bench.alone import laboratory
from tests.bench.contenders.contender import Contender, serving
from tests.bench.contenders.mercurius import Mercurius
from tests.bench.contenders.naive import Naive
from tests.bench.contenders.ours import Ours
from tests.bench.contenders.postgraphile import Postgraphile
from tests.bench.contenders.sql import Sql
from tests.bench.database import Server
from tests.bench.dataset import SMALL, prepare
from tests.bench.document import apart, circumstances, write
from tests.bench.place import Cores
from tests.bench.query import Query, draw
from tests.bench.report import AGAIN, report
from tests.bench.rounds import Course, Pace
from tests.port import free_port

CONTENDERS: list[Contender] = [Ours(), Postgraphile(), Mercurius(), Naive(), Sql()]
FULL = Pace(rounds=5, seconds=4.0, warm=1.0, first=4.0)
QUICK = Pace(rounds=2, seconds=1.5, warm=0.5, first=1.5)


def main() -> None:
    """Read the command line, measure, report."""
    options = _options()
    # Ended as if by Ctrl-C, so that the servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cores = Cores.found()
    if not cores.apart:
        print("There is only one core: server, database and load will share it.", file=sys.stderr)
    pace = QUICK if options.quick else FULL
    pace = Pace(
        options.rounds or pace.rounds, options.seconds or pace.seconds, pace.warm, pace.first
    )
    with laboratory(cores) as (server, runner):
        runner.run(_measure(server, cores, pace, options))


async def _measure(server: Server, cores: Cores, pace: Pace, options: argparse.Namespace) -> None:
    chosen = [each for each in CONTENDERS if each.name in options.contenders]
    course = None
    if not options.growth_only:
        course = await _course(server, cores, pace, chosen, options.only)
    grown = []
    if options.growth or options.growth_only:
        grown = await growth.measure(server, cores, pace)
    titles = {each.name: each.title for each in CONTENDERS}
    measurements = course.found if course else []
    memory = course.memory if course else {}
    text = circumstances(pace, chosen) + "\n\n" + report(measurements, memory, grown, titles)
    figures = {"figures": text}
    if not options.growth_only and options.only == list(Query):
        figures["live"] = apart(live.section(await live.measure(server, cores)))
        figures["accepting"] = apart(accepting.section(await accepting.measure(server, cores)))
        figures["campaign"] = apart(campaign.section(await campaign.measure(server, cores)))
    print("\n\n".join(figures.values()))
    if options.json:
        found = {
            "pace": asdict(pace),
            "versions": {each.name: each.versions() for each in chosen},
            "measurements": [asdict(each) for each in measurements],
            "memory": memory,
            "growth": [asdict(each) for each in grown],
        }
        options.json.write_text(json.dumps(found, indent=1))
    if options.write:
        for name, each in figures.items():
            write(name, each)


async def _course(
    server: Server, cores: Cores, pace: Pace, chosen: list[Contender], queries: list[Query]
) -> Course:
    for each in chosen:
        each.install()
    await prepare(server, SMALL)
    course = Course(server, SMALL.name, await draw(server, SMALL.name), pace)
    with contextlib.ExitStack() as servers:
        entries = []
        for each in chosen:
            started = servers.enter_context(serving(each, server, SMALL.name, cores, free_port()))
            entries.append((each.name, started))
            if each.name == "ours":
                entries.append((AGAIN, started))
        await course.run(entries, queries)
    return course


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes; rough figures")
    parser.add_argument("--only", type=_queries, default=list(Query), help="such as Q1,Q3")
    parser.add_argument(
        "--contenders",
        type=lambda text: text.split(","),
        default=[each.name for each in CONTENDERS],
        help="such as ours,mercurius",
    )
    parser.add_argument("--rounds", type=int, help="how often each measurement is repeated")
    parser.add_argument("--seconds", type=float, help="how long each measurement takes")
    parser.add_argument(
        "--growth", action="store_true", help="compare with two million leads as well"
    )
    parser.add_argument("--growth-only", action="store_true", help="nothing but that")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every measurement")
    parser.add_argument("--write", action="store_true", help="put the tables into the document")
    return parser.parse_args()


def _queries(text: str) -> list[Query]:
    return [Query[each.strip().upper()] for each in text.split(",")]


if __name__ == "__main__":
    main()
