"""Where a subscription begins: what it names must exist, and its cursor must still be good."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.columns import wire
from models.database import Dialect, Reads
from schema import paging
from schema.condition import Values
from schema.errors import GapError, InvalidCursorError, NotFoundError
from schema.noun import NOUNS
from schema.place import LENGTH, NO_EPOCH, Place, decode, standing
from schema.topic import Topic

#: For how long what followed a cursor can be had.
WINDOW = timedelta(days=7)


def beginning(
    dialect: Dialect, workspace: str, topic: Topic, after: str | None, now: datetime
) -> Reads[tuple[Place, int | None]]:
    """Where the log stands and the position to begin behind; raises what is wrong.

    No position: with what happens from now on.
    """
    if topic.noun is not None:
        yield from _exists(dialect, workspace, topic)
    place, floor = yield from standing(dialect, workspace)
    if after is None:
        return place, None
    if len(after) == LENGTH:
        try:
            mark = decode(after, workspace)
        except InvalidCursorError as error:
            raise error.at("after") from None
    else:
        position = yield from _entry(dialect, workspace, after)
        mark = place._replace(position=position)
    # A log that had no event yet has no epoch; whoever saw that has seen nothing.
    void = mark.epoch != place.epoch and (mark.epoch != NO_EPOCH or mark.position > 0)
    if not void and mark.position > place.position:
        raise InvalidCursorError("The cursor isn't one of ours.").at("after")
    oldest = yield from _oldest(dialect, place, floor, now)
    if void or mark.position < oldest:
        raise GapError(cursor=place._replace(position=oldest).cursor).at("after")
    return place, mark.position


def _exists(dialect: Dialect, workspace: str, topic: Topic) -> Reads[None]:
    assert topic.noun is not None
    bind = Values(dialect)
    rows = yield (
        f'SELECT 1 FROM "{NOUNS[topic.noun].table}" t WHERE t.workspace_id = {bind.workspace} '
        f"AND t.id = {bind('uuid', topic.id)}",
        bind.all(workspace),
    )
    if not rows:
        raise NotFoundError


def _entry(dialect: Dialect, workspace: str, cursor: str) -> Reads[int]:
    """The position of an entry of the feed, by its cursor in a list of either direction."""
    noun = NOUNS["Activity"]
    found = None
    for descending in (True, False):
        try:
            found = paging.decode(cursor, noun.ordering("POSITION", descending))
        except InvalidCursorError:
            continue
    if found is None:
        raise InvalidCursorError("The cursor isn't one of ours.").at("after")
    position, id = found
    bind = Values(dialect)
    rows = yield (
        f"SELECT 1 FROM event t WHERE t.workspace_id = {bind.workspace} "
        f"AND t.id = {bind('uuid', id)} AND t.position = {bind('bigint', position)}",
        bind.all(workspace),
    )
    if not rows:
        raise InvalidCursorError("The cursor isn't one of ours.").at("after")
    return int(position)


def _oldest(dialect: Dialect, place: Place, floor: int, now: datetime) -> Reads[int]:
    """The oldest position from which everything can still be had."""
    bind = Values(dialect)
    rows = yield (
        f"SELECT t.position FROM event t WHERE t.workspace_id = {bind.workspace} "
        f"AND t.created_at < {bind('timestamptz', wire(now - WINDOW))} "
        "AND t.position IS NOT NULL ORDER BY t.created_at DESC, t.id DESC LIMIT 1",
        bind.all(place.workspace),
    )
    return max(floor, int(rows[0][0]) if rows else 0)
