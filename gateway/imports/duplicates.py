"""Which leads are the same lead, and how a file is cut so that bounded memory suffices to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.imports import vocabularies
from gateway.imports.drafts import LeadDraft
from gateway.imports.errors import RowCode, RowError
from schema.address import folded

T = TypeVar("T")

#: Characters after which a batch is full, however few its rows.
ROOM = 4_000_000


class DuplicatePolicy(StrEnum):
    """What to do with a row that describes a lead which exists already."""

    SKIP = "skip"
    """Leave the lead as it is and report the row as DUPLICATE; an opt-out is heard all the same."""
    UPDATE = "update"
    """Change what the row says and leave the rest; the last row of a file wins."""
    CREATE = "create"
    """Make another lead; nothing is matched."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a lead is known by. Compare with `match` only: e-mail addresses ignore case.

    By its name nobody is known, but told apart from others with the same external id.
    """

    external_id: str | None
    email: str | None
    phone: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows to write in one transaction.

    No two drafts are the same lead by `match`, so each is either new or matched by a lead that
    was there before the batch, unless its external id is somebody else's. Two may be matched by
    one lead, each by another of its addresses. `errors` are the failed rows between them,
    `skipped` the rows passed over as repetitions within the batch.
    """

    drafts: tuple[LeadDraft, ...]
    errors: tuple[RowError, ...]
    skipped: tuple[RowError, ...]

    def until(self, place: int) -> tuple[Batch, Batch | None]:
        """What stands before the draft at `place`, and the rest from there on, if any is left."""
        if place == len(self.drafts):
            return self, None
        row = self.drafts[place].row
        before, after = (
            Batch(
                tuple(each for each in self.drafts if (each.row < row) is early),
                tuple(each for each in self.errors if (each.row < row) is early),
                tuple(each for each in self.skipped if (each.row < row) is early),
            )
            for early in (True, False)
        )
        return before, after


def identity(draft: LeadDraft) -> Identity:
    """What a draft is known by."""
    return Identity(draft.external_id, draft.email, draft.phone, draft.name)


def match(wanted: Identity, candidates: Iterable[tuple[Identity, T]]) -> T | None:
    """The candidate that is the wanted lead: by external id, else by e-mail, else by phone.

    The first candidate of the strongest kind wins. An external id alone identifies nobody who has
    another name and another address: two systems number their people alike. A phone number alone
    identifies nobody who has another e-mail address or another external id: colleagues share a
    switchboard. For the database, candidates are the leads that share at least one of the three with `wanted`, oldest
    first, e-mail addresses compared in lower case.
    """
    by_email: T | None = None
    by_phone: T | None = None
    email = _folded(wanted.email)
    for known, value in candidates:
        if wanted.external_id is not None and known.external_id == wanted.external_id:
            if not _strangers(wanted, known):
                return value
            continue
        if email is not None and _folded(known.email) == email:
            by_email = value if by_email is None else by_email
        elif wanted.phone is not None and known.phone == wanted.phone:
            contradicted = _differ(wanted.external_id, known.external_id) or _differ(
                email, _folded(known.email)
            )
            if by_phone is None and not contradicted:
                by_phone = value
    return by_email if by_email is not None else by_phone


def batches(
    items: Iterable[LeadDraft | RowError], policy: DuplicatePolicy, size: int = 500
) -> Iterator[Batch]:
    """Cut a file into batches of at most `size` rows, errors included, in the file's order.

    Rows of many long cells make smaller ones.

    Repetitions far apart in a file meet in the database, since the earlier batch is written by
    then. Those within a batch are handled here: with SKIP the later row is skipped, with UPDATE,
    or where it opts out, the batch ends before it, so that it finds the earlier row written.
    Memory is one batch.
    """
    known = Choice[LeadDraft]()
    drafts: list[LeadDraft] = []
    errors: list[RowError] = []
    skipped: list[RowError] = []
    weight = 0
    for item in items:
        full = len(drafts) + len(errors) + len(skipped) >= size or weight >= ROOM
        earlier: LeadDraft | None = None
        if isinstance(item, LeadDraft) and policy is not DuplicatePolicy.CREATE and not full:
            earlier = known.find(identity(item))
        if full or (earlier is not None and _heard(item, policy)):
            yield Batch(tuple(drafts), tuple(errors), tuple(skipped))
            known, drafts, errors, skipped, earlier = Choice(), [], [], [], None
            weight = 0
        weight += _weight(item)
        if isinstance(item, RowError):
            errors.append(item)
        elif earlier is not None:
            message = f"The same lead as row {earlier.row} (line {earlier.line})."
            skipped.append(RowError(item.row, item.line, "", RowCode.DUPLICATE, message))
        else:
            drafts.append(item)
            known.add(identity(item), item)
    if drafts or errors or skipped:
        yield Batch(tuple(drafts), tuple(errors), tuple(skipped))


class Choice(Generic[T]):
    """What `match` may choose from, by each of its keys, so that it need not look at all."""

    def __init__(self, candidates: Iterable[tuple[Identity, T]] = ()) -> None:
        self._by_key: dict[tuple[str, str], list[tuple[Identity, T]]] = {}
        for known, value in candidates:
            self.add(known, value)

    def add(self, known: Identity, value: T) -> None:
        """Add a candidate, younger than those before."""
        for key in _keys(known):
            self._by_key.setdefault(key, []).append((known, value))

    def find(self, wanted: Identity) -> T | None:
        """The candidate that is the wanted lead."""
        return match(wanted, (each for key in _keys(wanted) for each in self._by_key.get(key, ())))

    def holder(self, wanted: Identity) -> T | None:
        """The first candidate that has the wanted external id and is somebody else."""
        if wanted.external_id is not None:
            for known, value in self._by_key.get(("external_id", wanted.external_id), ()):
                if _strangers(wanted, known):
                    return value
        return None


def _strangers(one: Identity, other: Identity) -> bool:
    """Whether nothing but the external id agrees: neither the name nor an address, and one differs.

    Who marries or moves to another company keeps one of them.
    """
    if vocabularies.folded(one.name) == vocabularies.folded(other.name):
        return False
    emails, phones = (_folded(one.email), _folded(other.email)), (one.phone, other.phone)
    if any(mine is not None and mine == theirs for mine, theirs in (emails, phones)):
        return False
    return _differ(*emails) or _differ(*phones)


def _heard(item: LeadDraft | RowError, policy: DuplicatePolicy) -> bool:
    """Whether a repetition of an earlier row says something that counts.

    Who opts out is looked for in the database: a lead there may be meant rather than the row.
    """
    opting = isinstance(item, LeadDraft) and item.outreach_disabled
    return policy is DuplicatePolicy.UPDATE or bool(opting)


def _weight(item: LeadDraft | RowError) -> int:
    """About how many characters it holds."""
    if isinstance(item, LeadDraft):
        return sum(map(len, item.record or item.custom_fields.values()))
    record = item.record or ""
    return len(record) if isinstance(record, str) else sum(map(len, record))


def _keys(known: Identity) -> Iterator[tuple[str, str]]:
    if known.external_id is not None:
        yield "external_id", known.external_id
    if known.email is not None:
        yield "email", folded(known.email)
    if known.phone is not None:
        yield "phone", known.phone


def _folded(email: str | None) -> str | None:
    return None if email is None else folded(email)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
