"""The workspace: tenant, project and organisation in one."""

from __future__ import annotations

from tortoise.models import Model

from models.columns import (
    BigInteger,
    Flag,
    Integer,
    Json,
    Text,
    Timestamp,
    Uuid,
    choice,
    now,
    uuid7,
)
from models.vocabulary import Vocabulary


class CallingHours(Vocabulary):
    """What happens to a direct call outside the lead's calling hours."""

    OFF = "OFF", "Calling hours are not looked at."
    WARN = "WARN", "The call is placed; the answer carries a warning."
    DEFER = "DEFER", "The call waits for the next opening."
    REFUSE = "REFUSE", "The call is refused."


class Workspace(Model):
    """Owner of everything else: a project, tenant or organisation, with its outreach policy.

    Nothing in one workspace can see or refer to anything in another.
    """

    id = Uuid(
        primary_key=True,
        default=uuid7,
        description="UUIDv7 of this workspace. Its public id is `workspace_` and this.",
    )
    created_at = Timestamp(
        default=now, description="When this workspace was created, in UTC with milliseconds."
    )
    updated_at = Timestamp(
        default=now,
        description="When the workspace or its policy last changed, in UTC with milliseconds.",
    )
    version = Integer(
        default=1,
        description="Counts the changes of this workspace from 1; the higher of two versions is the newer.",
    )
    number = Integer(
        description="Short integer that names this workspace on this installation; the tenant id of dialects with integer ids."
    )
    name = Text(
        description="Name of the company or project, as people see it and as default e-mails sign with."
    )
    plan = Text(
        null=True,
        description="Name of the plan the workspace is on. Null means no active plan; whether one is needed to call is up to the installation.",
    )
    country = Text(
        null=True,
        description="ISO 3166-1 alpha-2 code of the home country, by which phone numbers without a country code are read.",
    )
    language = Text(
        default="en",
        description="BCP 47 language of agents and calls that name no language of their own.",
    )
    time_zone = Text(
        default="UTC",
        description="IANA zone that stands in where a lead's own zone is unknown, and in which daily caps begin a new day.",
    )
    default_agent_id = Uuid(
        null=True,
        description="Agent that calls and mails when neither the request nor the lead names one.",
    )
    simulated = Flag(
        default=False,
        description="Whether every call and mail is played out by the simulator, whatever provider accounts exist.",
    )
    calling_hours = choice(
        CallingHours,
        default=CallingHours.WARN,
        description="What happens to a direct call outside the lead's calling hours. Campaign calls always wait for them.",
    )
    calling_windows = Json(
        default=list,
        description="When leads may be called, in their own time: a list of `{days: [1–7, Monday is 1], from, to}` with minutes since midnight. Empty means the legal default of the lead's country.",
    )
    require_consent = Flag(
        default=False,
        description="Whether a lead whose consent was never recorded is refused. If not, the answer carries a warning.",
    )
    max_concurrent_calls = Integer(
        default=10, description="Most calls of this workspace that may be in progress at once."
    )
    calls_per_second = Integer(
        default=1, description="Most calls that this workspace starts in one second."
    )
    max_calls_per_day = Integer(
        null=True,
        description="Most calls started in one day of the workspace's time zone; null means no limit.",
    )
    max_emails_per_day = Integer(
        null=True,
        description="Most e-mails sent in one day of the workspace's time zone; null means no limit.",
    )
    max_campaign_attempts_per_day = Integer(
        default=3,
        description="Most campaign calls to one phone number in one day. Direct calls are not counted.",
    )
    requests_per_minute = Integer(
        null=True,
        description="API requests this workspace may make in a minute over all keys and doors; null means the installation's default.",
    )
    requests_per_day = Integer(
        null=True,
        description="API requests this workspace may make in a day over all keys and doors; null means the installation's default.",
    )
    credit_micros = BigInteger(
        null=True,
        description="Credit left, in millionths of the currency's unit, reservations already taken off. Null means unlimited.",
    )
    credit_currency = Text(
        default="USD", description="ISO 4217 code of the currency that credit is kept in."
    )
    credit_per_minute_micros = BigInteger(
        default=0,
        description="What a minute of calling costs in credit, in millionths of the currency's unit; reserved at acceptance, settled at the end.",
    )
    closed_at = Timestamp(
        null=True,
        description="When the workspace was closed. A closed workspace can be read, but reaches nobody.",
    )

    class Meta:
        """Where rows are kept."""

        table = "workspace"
