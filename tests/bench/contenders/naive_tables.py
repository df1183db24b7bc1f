"""The tables as Tortoise models, as one would write them for an API of one's own."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Agent(Model):
    """An agent."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    name = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        """Where rows are kept."""

        table = "agent"


class Lead(Model):
    """A lead."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    number = fields.IntField()
    version = fields.IntField()
    name = fields.TextField()
    first_name = fields.TextField(null=True)
    last_name = fields.TextField(null=True)
    company = fields.TextField(null=True)
    role = fields.TextField(null=True)
    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    stage = fields.TextField()
    meeting_booked = fields.BooleanField()
    converted = fields.BooleanField()
    agent_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Where rows are kept."""

        table = "lead"


class Call(Model):
    """A call."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    lead_id = fields.UUIDField(null=True)
    agent_id = fields.UUIDField(null=True)
    status = fields.TextField()
    to_number = fields.TextField()
    duration_ms = fields.IntField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Where rows are kept."""

        table = "call"


class Email(Model):
    """An e-mail."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    lead_id = fields.UUIDField(null=True)
    subject = fields.TextField(null=True)
    status = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        """Where rows are kept."""

        table = "email"


class Event(Model):
    """An entry of the event log."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    position = fields.BigIntField(null=True)
    type = fields.TextField()
    subject_kind = fields.TextField()
    subject_id = fields.UUIDField()
    version = fields.IntField()
    status = fields.TextField(null=True)
    title = fields.TextField()
    metadata: fields.JSONField[dict[str, list[str]]] = fields.JSONField()
    actor = fields.TextField()
    lead_id = fields.UUIDField(null=True)
    agent_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        """Where rows are kept."""

        table = "event"
