"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from statistics import median

from tests.bench.growth import Growth
from tests.bench.query import Query
from tests.bench.rounds import Measurement

#: The label under which our server is measured a second time in each round.
AGAIN = "ours, again"
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Figures:
    """The measurements, and medians over the rounds."""

    measurements: Sequence[Measurement]

    def labels(self) -> list[str]:
        """Those who were measured, in order."""
        return sorted({each.contender for each in self.measurements}, key=self._rank)

    def queries(self) -> list[Query]:
        """What was asked."""
        return [each for each in Query if any(m.query == each.name for m in self.measurements)]

    def of(self, label: str, query: Query) -> list[Measurement]:
        """One contender's measurements under one query."""
        return [
            each
            for each in self.measurements
            if each.contender == label and each.query == query.name
        ]

    def median(self, label: str, query: Query, what: str) -> float:
        """The median over the rounds."""
        found: float = median(getattr(each, what) for each in self.of(label, query))
        return found

    def spread(self, label: str, query: Query) -> float:
        """How far the rounds' server times lie apart, as a share of their median."""
        values = [each.server for each in self.of(label, query)]
        return (max(values) - min(values)) / median(values)

    def ratio(self, label: str, query: Query, what: str = "server") -> float:
        """How many times as much as ours a contender needs."""
        return self.median(label, query, what) / self.median("ours", query, what)

    def apart(self, query: Query) -> float:
        """How far our two measurements of a round lie apart, as a share; the median round."""
        pairs = zip(self.of("ours", query), self.of(AGAIN, query), strict=True)
        return median(2 * abs(a.server - b.server) / (a.server + b.server) for a, b in pairs)

    def _rank(self, label: str) -> int:
        return next(
            place for place, each in enumerate(self.measurements) if each.contender == label
        )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, marks, *rows])


def report(
    measurements: Sequence[Measurement],
    memory: dict[str, int],
    growth: Sequence[Growth],
    titles: dict[str, str],
) -> str:
    """Everything that was measured."""
    parts = []
    if measurements:
        figures = Figures(measurements)
        parts += [_costs(figures, titles), _rates(figures, titles)]
        if "ours" in figures.labels():
            parts.append(_ratios(figures, titles))
        parts.append(_memory(memory, titles))
    if growth:
        parts.append(_growth(growth))
    return "\n\n".join(parts) + "\n"


def _costs(figures: Figures, titles: dict[str, str]) -> str:
    queries = figures.queries()
    rows = [
        [
            titles.get(label, label),
            *(
                f"{figures.median(label, query, 'server'):,.0f} + "
                f"{figures.median(label, query, 'database'):,.0f}"
                for query in queries
            ),
        ]
        for label in figures.labels()
    ]
    return "Processor time per request in microseconds, server + database:\n\n" + table(
        ["", *(each.name for each in queries)], rows
    )


def _rates(figures: Figures, titles: dict[str, str]) -> str:
    queries = figures.queries()
    rows = []
    for label in figures.labels():
        cells = []
        for query in queries:
            rate, p50, p99 = (figures.median(label, query, each) for each in ("rate", "p50", "p99"))
            cells.append(f"{rate:,.0f} ({p50:.1f}, {p99:.1f})")
        rows.append([titles.get(label, label), *cells])
    return "Requests a second (median and 99th percentile of the latency in ms):\n\n" + table(
        ["", *(each.name for each in queries)], rows
    )


def _ratios(figures: Figures, titles: dict[str, str]) -> str:
    queries = figures.queries()
    first = [each for each in queries if each is not Query.Q5]
    rows = []
    for label in figures.labels():
        if label in ("ours", AGAIN):
            continue
        ratios = [figures.ratio(label, each) for each in first]
        mean = prod(ratios) ** (1 / len(ratios)) if ratios else float("nan")
        cells = [f"{figures.ratio(label, each):.2f}" for each in queries]
        rows.append([titles.get(label, label), *cells, f"{mean:.2f}"])
    apart = []
    if AGAIN in figures.labels():
        apart = [f"{figures.apart(each):.1%}" for each in queries]
        rows.append(["ours against itself, within a round", *apart, ""])
    rows.append(
        ["ours over the rounds", *(f"{figures.spread('ours', each):.1%}" for each in queries), ""]
    )
    return "How many times our server's processor time each needs, and our own spread:\n\n" + table(
        ["", *(each.name for each in queries), "geometric mean of Q1 to Q4"], rows
    )


def _memory(memory: dict[str, int], titles: dict[str, str]) -> str:
    rows = [[titles.get(label, label), f"{size / MEBIBYTE:.0f}"] for label, size in memory.items()]
    return "Resident memory of the server after all load, in MiB:\n\n" + table(["", "MiB"], rows)


def _growth(growth: Sequence[Growth]) -> str:
    rows = [
        [
            f"{each.query}, {each.depth:.0%} down the list",
            f"{median(each.small):,.0f}",
            f"{median(each.large):,.0f}",
            f"{each.ratio:.2f}",
            f"{each.spread:.0%}",
        ]
        for each in growth
    ]
    return (
        "Processor time per request of our server and the database together, in microseconds:\n\n"
        + table(["", "100 thousand leads", "2 million leads", "ratio", "spread"], rows)
    )
