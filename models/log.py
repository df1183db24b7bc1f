"""Where a workspace's event log stands."""

from __future__ import annotations

from models.columns import BigInteger, Uuid, uuid7
from models.row import Row


class Log(Row):
    """Where a workspace's event log stands: its epoch, its last and its first position."""

    epoch = Uuid(
        default=uuid7,
        description="Names this run of positions. It changes when the log is restored from a backup, which makes older cursors void.",
    )
    position = BigInteger(
        default=0, description="The position stamped last; the next event gets the one after."
    )
    floor = BigInteger(
        default=0, description="Cursors below this position are too old to resume from."
    )

    class Meta:
        """Where rows are kept."""

        table = "log"
