"""What every row has: an id, a workspace, and the time it was written."""

from __future__ import annotations

from tortoise.models import Model

from models.columns import Integer, Timestamp, Uuid, now, uuid7


class Row(Model):
    """A row of a workspace; its primary key in the database is (workspace_id, id)."""

    id = Uuid(
        primary_key=True,
        default=uuid7,
        description="UUIDv7 of this object, made in order of creation. Its public id puts the type in front, as in `lead_0192…`.",
    )
    workspace_id = Uuid(
        description="The workspace that owns this object. Objects never refer across workspaces."
    )
    created_at = Timestamp(
        default=now, description="When this object was created, in UTC with milliseconds."
    )

    class Meta:
        """No table of its own."""

        abstract = True


class Noun(Row):
    """A row that changes after it was written, and says how often it did."""

    updated_at = Timestamp(
        default=now, description="When this object last changed, in UTC with milliseconds."
    )
    version = Integer(
        default=1,
        description="Counts the changes of this object from 1. Of two copies the one with the higher version is the newer, however late it arrives.",
    )

    class Meta:
        """No table of its own."""

        abstract = True
