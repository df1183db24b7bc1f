"""Growth: the same pages of a list twenty times as long must cost the same."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from tests.bench.contenders.contender import serving
from tests.bench.contenders.ours import Ours
from tests.bench.database import Server, tidy
from tests.bench.dataset import LARGE, SMALL, Dataset, prepare
from tests.bench.place import Cores
from tests.bench.query import Query, Sample, Variables, draw
from tests.bench.rounds import Course, Pace
from tests.port import free_port

#: How far down the list the pages begin.
DEPTHS = (0.0, 0.1, 0.5, 0.95)


@dataclass(frozen=True)
class Growth:
    """Server and database together, in microseconds per request, at one depth."""

    query: str
    depth: float
    small: list[float]
    large: list[float]

    @property
    def ratio(self) -> float:
        """How many times as much the long list costs."""
        return median(self.large) / median(self.small)

    @property
    def spread(self) -> float:
        """How far measurements of the same thing lie apart, as a share of their median."""
        return max((max(each) - min(each)) / median(each) for each in (self.small, self.large))


async def measure(server: Server, cores: Cores, pace: Pace) -> list[Growth]:
    """Both data sets in turn, at each depth."""
    for dataset in (SMALL, LARGE):
        await prepare(server, dataset)
        await tidy(server, dataset.name)
    found = []
    small_port, large_port = free_port(), free_port()
    with (
        serving(Ours(), server, SMALL.name, cores, small_port) as small,
        serving(Ours(), server, LARGE.name, cores, large_port) as large,
    ):
        for depth in DEPTHS:
            courses = [
                (Course(server, dataset.name, await _pages(server, dataset, depth), pace), running)
                for dataset, running in ((SMALL, small), (LARGE, large))
            ]
            for query in (Query.Q2, Query.Q3):
                costs: list[list[float]] = [[], []]
                for round in range(pace.rounds):
                    for place, (course, running) in enumerate(courses):
                        measured = await course.measure("ours", running, query, round)
                        costs[place].append(measured.together)
                growth = Growth(query.name, depth, *costs)
                print(
                    f"  {query.name} at {depth:.0%}: {median(growth.small):.0f} µs and "
                    f"{median(growth.large):.0f} µs, ratio {growth.ratio:.2f}, "
                    f"spread {growth.spread:.0%}",
                    flush=True,
                )
                found.append(growth)
    return found


async def _pages(server: Server, dataset: Dataset, depth: float) -> Sample:
    if depth:
        return await draw(server, dataset.name, depth)
    return Sample({query: [Variables()] for query in Query})
