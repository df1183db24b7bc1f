"""Which leads are the same lead, and how a file is cut so that bounded memory suffices to know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from gateway.imports.drafts import LeadDraft
from gateway.imports.errors import RowCode, RowError

T = TypeVar("T")


class DuplicatePolicy(StrEnum):
    """What to do with a row that describes a lead which exists already."""

    SKIP = "skip"
    """Leave the lead as it is and report the row as DUPLICATE."""
    UPDATE = "update"
    """Change what the row says and leave the rest; the last row of a file wins."""
    CREATE = "create"
    """Make another lead; nothing is matched."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a lead is known by. Compare with `match` only: e-mail addresses ignore case."""

    external_id: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows to write in one transaction.

    No two drafts are the same lead by `match`, so each is either new or matched by a lead that
    was there before the batch. `errors` are the failed rows between them, `skipped` the rows
    passed over as repetitions within the batch.
    """

    drafts: tuple[LeadDraft, ...]
    errors: tuple[RowError, ...]
    skipped: tuple[RowError, ...]


def identity(draft: LeadDraft) -> Identity:
    """What a draft is known by."""
    return Identity(draft.external_id, draft.email, draft.phone)


def match(wanted: Identity, candidates: Iterable[tuple[Identity, T]]) -> T | None:
    """The candidate that is the wanted lead: by external id, else by e-mail, else by phone.

    The first candidate of the strongest kind wins. A phone number alone identifies nobody who has
    another e-mail address or another external id: colleagues share a switchboard. For the
    database, candidates are the leads that share at least one of the three with `wanted`, oldest
    first, e-mail addresses compared in lower case.
    """
    by_email: T | None = None
    by_phone: T | None = None
    email = _lower(wanted.email)
    for known, value in candidates:
        if wanted.external_id is not None and known.external_id == wanted.external_id:
            return value
        if email is not None and _lower(known.email) == email:
            by_email = value if by_email is None else by_email
        elif wanted.phone is not None and known.phone == wanted.phone:
            contradicted = _differ(wanted.external_id, known.external_id) or _differ(
                email, _lower(known.email)
            )
            if by_phone is None and not contradicted:
                by_phone = value
    return by_email if by_email is not None else by_phone


def batches(
    items: Iterable[LeadDraft | RowError], policy: DuplicatePolicy, size: int = 500
) -> Iterator[Batch]:
    """Cut a file into batches of at most `size` rows, errors included, in the file's order.

    Repetitions far apart in a file meet in the database, since the earlier batch is written by
    then. Those within a batch are handled here: with SKIP the later row is skipped, with UPDATE
    the batch ends before it, so that it finds the earlier row written. Memory is one batch.
    """
    known = _Known()
    drafts: list[LeadDraft] = []
    errors: list[RowError] = []
    skipped: list[RowError] = []
    for item in items:
        full = len(drafts) + len(errors) + len(skipped) >= size
        earlier: LeadDraft | None = None
        if isinstance(item, LeadDraft) and policy is not DuplicatePolicy.CREATE and not full:
            earlier = known.find(item)
        if full or (earlier is not None and policy is DuplicatePolicy.UPDATE):
            yield Batch(tuple(drafts), tuple(errors), tuple(skipped))
            known, drafts, errors, skipped, earlier = _Known(), [], [], [], None
        if isinstance(item, RowError):
            errors.append(item)
        elif earlier is not None:
            message = f"The same lead as row {earlier.row} (line {earlier.line})."
            skipped.append(RowError(item.row, item.line, "", RowCode.DUPLICATE, message))
        else:
            drafts.append(item)
            known.add(item)
    if drafts or errors or skipped:
        yield Batch(tuple(drafts), tuple(errors), tuple(skipped))


class _Known:
    """The drafts of one batch by each of their keys."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], list[LeadDraft]] = {}

    def add(self, draft: LeadDraft) -> None:
        for key in _keys(draft):
            self._by_key.setdefault(key, []).append(draft)

    def find(self, draft: LeadDraft) -> LeadDraft | None:
        candidates = (
            (identity(known), known) for key in _keys(draft) for known in self._by_key.get(key, ())
        )
        return match(identity(draft), candidates)


def _keys(draft: LeadDraft) -> Iterator[tuple[str, str]]:
    if draft.external_id is not None:
        yield "external_id", draft.external_id
    if draft.email is not None:
        yield "email", draft.email.lower()
    if draft.phone is not None:
        yield "phone", draft.phone


def _lower(email: str | None) -> str | None:
    return None if email is None else email.lower()


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
