"""What `contactability` decides by: plain figures and words, the present instant included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models import CallingHours, CampaignStatus, Channel, ConsentState
from resolvers.calling_hours import Window
from schema.error_code import ErrorCode


@dataclass(frozen=True)
class Policy:
    """What the workspace asks for."""

    time_zone: str = "UTC"
    calling_hours: CallingHours = CallingHours.WARN
    windows: tuple[Window, ...] = ()
    """None: what the law of the lead's country permits."""
    require_consent: bool = False
    closed: bool = False
    plan: str | None = None
    plan_required: bool = False
    """Whether the installation lets nobody call without a plan."""
    credit_micros: int | None = None
    """Credit left; None is unlimited."""


@dataclass(frozen=True)
class Target:
    """Who is to be reached, and where."""

    address: str | None
    """The number or e-mail address; None where the lead has none."""
    time_zone: str | None = None
    outreach_disabled: bool = False
    consent: ConsentState = ConsentState.UNKNOWN
    suppressed: bool = False
    own_number: bool = False
    in_call: bool = False
    """Whether a call with the number is in progress."""


@dataclass(frozen=True)
class Speaker:
    """The agent that is to call or write, as far as it is ready."""

    problem: ErrorCode | None = None


@dataclass(frozen=True)
class Drive:
    """The campaign that the call belongs to."""

    status: CampaignStatus
    inbound: bool = False
    windows: tuple[Window, ...] = ()
    time_zone: str | None = None
    """The zone of its windows and dates; None means the lead's and the workspace's."""
    start_date: str | None = None
    end_date: str | None = None


@dataclass(frozen=True)
class Limit:
    """So many of at most so many; without a most there is no limit."""

    taken: int
    most: int | None

    @property
    def full(self) -> bool:
        """Whether nothing is left."""
        return self.most is not None and self.taken >= self.most


@dataclass(frozen=True)
class Facts:
    """All that the decision follows from; the present instant included."""

    channel: Channel
    now: datetime
    policy: Policy
    target: Target
    speaker: Speaker = field(default_factory=Speaker)
    campaign: Drive | None = None
    """None for what was asked for directly."""
    simulated: bool = False
    live: tuple[Limit, ...] = ()
    """Calls in progress: of the workspace, the agent, the number, the campaign, the account."""
    started: tuple[Limit, ...] = ()
    """Calls started within the last second: of the workspace, the number, the account."""
    slot_at: datetime | None = None
    """When the oldest of those started within the last second is a second ago."""
    today: tuple[Limit, ...] = ()
    """Calls or e-mails of this day: of the workspace, the agent."""
    attempts: Limit | None = None
    """Campaign calls to this number today."""
    credit_needed_micros: int | None = None
    """What is to be reserved; None where it has been, or nothing needs to be."""
    earliest: datetime | None = None
    latest: datetime | None = None
