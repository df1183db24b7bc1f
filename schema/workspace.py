"""Workspace in the graph: its fields, filters and orderings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import CallingHours
from schema.fields import column, related
from schema.money import Money, money
from schema.node import NodeInterface
from schema.noun import noun
from schema.scalars import JSON, DateTime

if TYPE_CHECKING:
    from schema.agent import Agent


@noun(models.Workspace, prefix="workspace", scope="me")
class Workspace(NodeInterface):
    """Owner of everything else: a project, tenant or organisation, with its outreach policy.

    Nothing in one workspace can see or refer to anything in another.
    """

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    name: str = column()
    plan: str | None = column()
    country: str | None = column()
    language: str = column()
    time_zone: str = column()
    simulated: bool = column()
    calling_hours: CallingHours = column()
    calling_windows: JSON = column()
    require_consent: bool = column()
    max_concurrent_calls: int = column()
    calls_per_second: int = column()
    max_calls_per_day: int | None = column()
    max_emails_per_day: int | None = column()
    max_campaign_attempts_per_day: int = column()
    requests_per_minute: int | None = column()
    requests_per_day: int | None = column()
    credit: Money | None = money("credit_micros", "credit_currency")
    credit_per_minute: Money | None = money("credit_per_minute_micros", "credit_currency")
    closed_at: DateTime | None = column()
    default_agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "default_agent_id", "The agent for calls that name none."
    )
