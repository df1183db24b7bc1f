"""Places in a workspace's event log, and the opaque cursors that clients keep of them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import NamedTuple
from uuid import UUID

from models.database import Dialect, Reads
from schema.errors import InvalidCursorError

#: The epoch of a log that has no event yet.
NO_EPOCH = str(UUID(int=0))
#: Characters of a cursor: two UUIDs and a position of eight bytes.
LENGTH = 54


class Place(NamedTuple):
    """A position in the log: everything up to it has been seen."""

    workspace: str
    epoch: str
    position: int

    @property
    def cursor(self) -> str:
        """What a client gets to keep; it depends on no filter."""
        raw = UUID(self.workspace).bytes + UUID(self.epoch).bytes + self.position.to_bytes(8)
        return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(cursor: str, workspace: str) -> Place:
    """The place of a cursor of this workspace; raises `InvalidCursorError`."""
    try:
        raw = urlsafe_b64decode(f"{cursor}==".encode("ascii")) if len(cursor) == LENGTH else b""
    except (Error, UnicodeEncodeError):
        raw = b""
    if len(raw) != 40 or raw[:16] != UUID(workspace).bytes:
        raise InvalidCursorError("The cursor isn't one of ours.")
    found = Place(workspace, str(UUID(bytes=raw[16:32])), int.from_bytes(raw[32:]))
    if found.cursor != cursor:
        raise InvalidCursorError("The cursor isn't one of ours.")
    return found


def standing(dialect: Dialect, workspace: str) -> Reads[tuple[Place, int]]:
    """Where the log stands, and the floor below which it can't be resumed."""
    mark = "$1" if dialect == "postgres" else "?1"
    rows = yield f"SELECT epoch, position, floor FROM log WHERE workspace_id = {mark}", (workspace,)
    if not rows:
        return Place(workspace, NO_EPOCH, 0), 0
    epoch, position, floor = rows[0]
    return Place(workspace, str(epoch), int(position)), int(floor)
