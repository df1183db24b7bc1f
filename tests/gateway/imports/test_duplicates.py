"""Equal leads meet within a batch or in the database, in memory for one batch."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.drafts import LeadDraft
from gateway.imports.duplicates import (
    Batch,
    Choice,
    DuplicatePolicy,
    Identity,
    batches,
    identity,
    match,
)
from gateway.imports.errors import RowCode, RowError


def lead(row: int, id: str = "", email: str = "", phone: str = "", name: str = "Ann") -> LeadDraft:
    return LeadDraft(
        row, row + 1, name, external_id=id or None, email=email or None, phone=phone or None
    )


def error(row: int) -> RowError:
    return RowError(row, row + 1, "", RowCode.NO_NAME, "")


def rows(found: list[Batch]) -> list[tuple[list[int], list[int], list[int]]]:
    return [
        ([d.row for d in b.drafts], [e.row for e in b.errors], [s.row for s in b.skipped])
        for b in found
    ]


A = "a@example.com"
B = "b@example.com"
P = "+14155550123"


@pytest.mark.parametrize(
    ("wanted", "candidates", "found"),
    [
        (("1", A, P), [("2", A, P), ("1", B, None)], 1),
        (("1", A, P), [("2", B, P), (None, A, None)], 1),
        (("1", A, P), [(None, None, P)], 0),
        (("1", A, P), [(None, None, P), ("2", A, None)], 1),
        ((None, "A@EXAMPLE.com", None), [(None, A, None)], 0),
        # A switchboard number is shared by people who are told apart otherwise.
        ((None, A, P), [(None, B, P)], None),
        (("1", None, P), [("2", None, P)], None),
        (("1", None, P), [(None, B, P)], 0),
        ((None, None, P), [("2", B, P), ("3", A, P)], 0),
        ((None, None, None), [(None, None, None)], None),
    ],
)
def test_matching(
    wanted: tuple[str | None, str | None, str | None],
    candidates: list[tuple[str | None, str | None, str | None]],
    found: int | None,
) -> None:
    known = [(Identity(*candidate, "Ann"), at) for at, candidate in enumerate(candidates)]
    assert match(Identity(*wanted, "Ann"), known) == found


@pytest.mark.parametrize(
    ("wanted", "known", "same"),
    [
        ((B, None, "Bea"), (A, P, "Ann"), False),
        ((None, P + "4", "Bea"), (A, P, "Ann"), False),
        ((B, P + "4", "Bea"), (A, P, "Ann"), False),
        # One of name and addresses agrees.
        ((B, P + "4", "ÁNN"), (A, P, "Ann"), True),
        ((A.upper(), P + "4", "Bea"), (A, P, "Ann"), True),
        ((B, P, "Bea"), (A, P, "Ann"), True),
        # No address says otherwise.
        ((None, None, "Bea"), (A, P, "Ann"), True),
        ((B, None, "Bea"), (None, P, "Ann"), True),
    ],
)
def test_an_external_id_alone_does_not_make_two_people_one(
    wanted: tuple[str | None, str | None, str],
    known: tuple[str | None, str | None, str],
    same: bool,
) -> None:
    choice = Choice([(Identity("1", *known), 7)])
    assert choice.find(Identity("1", *wanted)) == (7 if same else None)
    assert choice.holder(Identity("1", *wanted)) == (None if same else 7)
    assert choice.holder(Identity("2", *wanted)) is None


def test_somebody_else_with_the_same_id_is_not_passed_over() -> None:
    items = [lead(1, "1", A), lead(2, "1", B, name="Bea"), lead(3, "1", A)]
    for policy, expected in [
        (DuplicatePolicy.SKIP, [([1, 2], [], [3])]),
        (DuplicatePolicy.UPDATE, [([1, 2], [], []), ([3], [], [])]),
    ]:
        assert rows(list(batches(items, policy))) == expected


ITEMS: list[LeadDraft | RowError] = [
    lead(1, email=A),
    error(2),
    lead(3, email=B),
    lead(4, email=A.upper()),
    lead(5),
]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (DuplicatePolicy.SKIP, [([1, 3, 5], [2], [4])]),
        (DuplicatePolicy.UPDATE, [([1, 3], [2], []), ([4, 5], [], [])]),
        (DuplicatePolicy.CREATE, [([1, 3, 4, 5], [2], [])]),
    ],
)
def test_policies(
    policy: DuplicatePolicy, expected: list[tuple[list[int], list[int], list[int]]]
) -> None:
    assert rows(list(batches(ITEMS, policy))) == expected


def test_a_skipped_row_names_the_earlier_one() -> None:
    ((finding,),) = (batch.skipped for batch in batches(ITEMS, DuplicatePolicy.SKIP))
    assert (finding.row, finding.line, finding.code) == (4, 5, "DUPLICATE")
    assert "row 1 (line 2)" in finding.message


def test_batches_are_bounded_and_lazy() -> None:
    taken = 0

    def endless() -> Iterator[LeadDraft | RowError]:
        nonlocal taken
        while True:
            taken += 1
            yield error(taken) if taken % 3 == 0 else lead(taken)

    first = next(batches(endless(), DuplicatePolicy.SKIP, size=10))
    assert len(first.drafts) + len(first.errors) == 10
    assert taken == 11


@given(
    keys=st.lists(
        st.tuples(
            *[st.sampled_from(["", x, y]) for x, y in (("1", "2"), (A, B), (P, P + "4"))],
            st.sampled_from(["Ann", "Bea"]),
        ),
        max_size=30,
    ),
    policy=st.sampled_from(DuplicatePolicy),
    size=st.integers(1, 7),
)
def test_every_row_comes_out_once_and_batches_hold_no_pair(
    keys: list[tuple[str, str, str, str]], policy: DuplicatePolicy, size: int
) -> None:
    items = [lead(row, *key) for row, key in enumerate(keys, 1)]
    found = list(batches(items, policy, size))
    out: list[int] = []
    for batch in found:
        out += sorted([d.row for d in batch.drafts] + [s.row for s in batch.skipped])
    assert out == [item.row for item in items]
    for batch in found:
        assert 0 < len(batch.drafts) + len(batch.skipped) <= size
        if policy is not DuplicatePolicy.CREATE:
            for at, draft in enumerate(batch.drafts):
                others = [(identity(other), other) for other in batch.drafts[:at]]
                assert match(identity(draft), others) is None


def test_a_batch_of_long_cells_has_fewer_rows() -> None:
    cell = {"notes": "x" * 30_000}
    long = [LeadDraft(row, row, "Ann", custom_fields=cell) for row in range(300)]
    found = list(batches(iter(long), DuplicatePolicy.CREATE, 250))
    assert [len(each.drafts) for each in found] == [134, 134, 32]
    kept = [LeadDraft(row, row, "Ann", record=["x" * 30_000]) for row in range(300)]
    assert [len(each.drafts) for each in batches(kept, DuplicatePolicy.CREATE)] == [134, 134, 32]
