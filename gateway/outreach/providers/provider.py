"""What a provider of calls is: pure functions on requests and answers, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, Protocol, TypeAlias

from models import (
    AnsweredBy,
    CallEventType,
    CallStatus,
    EndReason,
    HangupBy,
    Speaker,
)
from schema.vendor import Account


class LookUp(Enum):
    """How a provider can be asked whether it has a call whose id we never learned."""

    BY_REFERENCE = auto()
    """It keeps our own id and finds the call by it."""
    BY_NUMBER_AND_TIME = auto()
    """It lists calls, among which one to the number at the time is ours."""
    NONE = auto()
    """Not at all."""


@dataclass(frozen=True)
class Abilities:
    """What a provider can do."""

    lookup: LookUp = LookUp.NONE
    dedupes_creates: bool = False
    """Whether a create that is sent again with the same reference is the same call."""
    hangs_up: bool = True
    """Whether a call that is under way can be ended."""
    reports: bool = True
    """Whether it reports to an address of ours, where there is one."""


@dataclass(frozen=True)
class Order:
    """All that a provider needs to place a call."""

    workspace_id: str
    call_id: str
    """Our reference wherever the provider has a field for one."""
    to_number: str
    from_number: str | None
    number_id: str | None
    """The id of our number at the provider."""
    dialed_at: datetime
    """When the call was claimed."""
    agent: Mapping[str, Any]
    """The agent's row."""
    lead: Mapping[str, Any]
    """The lead's row; empty without one."""
    first_message: str | None
    reason: str | None
    language: str
    max_duration_ms: int
    metadata: Mapping[str, Any]
    callback_url: str | None = None
    """Where the provider is to report to; None where nobody could reach us."""
    extraction_schema: Mapping[str, Any] | None = None
    """JSON Schema of what to find out, if anything is asked for."""


@dataclass(frozen=True)
class Placed:
    """A call that the provider has."""

    call_id: str
    provider_call_id: str
    data: Mapping[str, Any]
    """What the provider asked us to keep for it."""
    dialed_at: datetime
    answered_at: datetime | None = None
    ended: bool = False


@dataclass(frozen=True)
class Request:
    """A request to a provider."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A provider's answer, whole."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


@dataclass(frozen=True)
class Said:
    """One turn of a transcript; its place is its place in the list."""

    speaker: Speaker
    text: str
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True)
class Sound:
    """A recording as a provider tells of it."""

    id: str | None
    url: str | None
    media_type: str | None = None
    channels: int | None = None
    duration_ms: int | None = None
    kept_as: str | None = None
    """The id of our own copy, once there is one."""
    path: str | None = None
    size_bytes: int | None = None
    lost: bool = False
    """Whether it can't be had."""


@dataclass(frozen=True)
class Analysis:
    """What a provider made of a finished call."""

    summary: str | None = None
    intent: str | None = None
    sentiment: str | None = None
    outcome: str | None = None
    extracted: Mapping[str, Any] | None = None
    note: str | None = None
    """Why nothing was extracted, where somebody was asked."""
    detected_language: str | None = None


@dataclass(frozen=True)
class Report:
    """Something that a provider says of a call."""

    mark: str
    """By which a repetition is recognised; unique in the call."""
    at: datetime | None = None
    """When it happened, by the provider's clock; None where it doesn't say."""
    status: CallStatus | None = None
    """The status that the call is in."""
    type: CallEventType | None = None
    """What else happened, where it is no status."""
    detail: str | None = None
    answered_by: AnsweredBy | None = None
    end_reason: EndReason | None = None
    hangup_by: HangupBy | None = None
    sip_code: int | None = None
    duration_ms: int | None = None
    cost_micros: int | None = None
    cost_currency: str | None = None
    transferred_to: str | None = None
    turns: Sequence[Said] | None = None
    """The transcript so far, from its beginning."""
    whole: bool = False
    """Whether these turns are those that were told one by one, should they have been."""
    spoken: Said | None = None
    """The next turn of the transcript."""
    sound: Sound | None = None
    analysis: Analysis | None = None
    complete: bool = False
    """Whether nothing more will follow: transcript, recording and analysis are there."""


@dataclass(frozen=True)
class Accepted:
    """The provider has the call."""

    provider_call_id: str
    reports: Sequence[Report] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    """What it needs again later."""


@dataclass(frozen=True)
class Refused:
    """The provider has refused the call, and has none."""

    reason: EndReason
    detail: str


@dataclass(frozen=True)
class Deferred:
    """The provider documents that it has not processed the request; it may be sent again."""

    seconds: float
    """How long to wait."""
    detail: str


@dataclass(frozen=True)
class Doubt:
    """Nobody knows whether the provider has the call."""

    detail: str


Answer: TypeAlias = Accepted | Refused | Deferred | Doubt


@dataclass(frozen=True)
class Speaking:
    """A turn that is under way or comes next; only whoever plays a call out knows of it."""

    said: Said
    starts_in: float
    """Seconds from now; less than zero where it has begun."""
    ends_in: float


@dataclass(frozen=True)
class Watched:
    """What asking for a call has brought."""

    reports: Sequence[Report]
    next_in: float | None = None
    """Seconds after which to ask again; None for the usual."""
    gone: bool = False
    """Whether the provider does not know the call, which it had accepted."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What it needs again later, and had not said before."""
    speaking: Speaking | None = None
    """What will be said next."""


@dataclass(frozen=True)
class Inbound:
    """A request that a provider has sent to us, or somebody in its name."""

    url: str
    """The address as the provider knows it, with its query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


@dataclass(frozen=True)
class Heard:
    """What a verified callback says."""

    fingerprint: str
    """By which the same callback, sent again, is recognised."""
    reports: Sequence[Report]
    call_id: str | None = None
    """Our reference, where the provider gives it back."""
    provider_call_id: str | None = None
    partial: Said | None = None
    """Words that somebody is just saying: they are told, and not kept."""


class Voice(Protocol):
    """A provider of calls. It does no I/O: the dispatcher owns the sockets."""

    def abilities(self, account: Account) -> Abilities:
        """What it can do."""

    def create(self, account: Account, order: Order) -> Request:
        """The request that places a call."""

    def created(self, order: Order, response: Response) -> Answer:
        """What the answer to it means."""

    def kept(self, order: Order) -> Mapping[str, Any]:
        """What of an order it needs again later, should its answer to the create never come."""

    def look_up(self, account: Account, order: Order) -> Request:
        """The request that asks for a call whose id we never learned."""

    def found(self, order: Order, response: Response) -> Accepted | None:
        """The call, if the answer proves that it is there; None proves nothing."""

    def watch(self, account: Account, placed: Placed) -> Request:
        """The request that asks how a call is doing."""

    def watched(self, placed: Placed, response: Response) -> Watched | None:
        """What the answer says; None if it can't be read."""

    def hang_up(self, account: Account, placed: Placed) -> Request:
        """The request that ends a call."""

    def hung_up(self, placed: Placed, response: Response) -> Watched | None:
        """What the answer to it says; None if it was not done."""

    def machine(self, account: Account, placed: Placed) -> Request | None:
        """What to do now that a machine has answered; None where nothing is left to do."""

    def sound(self, account: Account, sound: Sound) -> Request | None:
        """The request for a recording's bytes; None where there is nothing to fetch."""

    def verified(self, account: Account, inbound: Inbound) -> bool:
        """Whether the provider has sent it."""

    def heard(self, account: Account, inbound: Inbound) -> Heard | None:
        """What it says; None if it can't be read."""
