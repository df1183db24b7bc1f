"""A telephone call, from the request to its outcome."""

from __future__ import annotations

from models.columns import BigInteger, Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.provider import Provider
from models.row import Noun
from models.vocabulary import Vocabulary
from models.waiting import WaitingFor


class CallStatus(Vocabulary):
    """Where a call stands. It only ever moves on, never back."""

    SCHEDULED = "SCHEDULED", "Accepted, waiting for what `waitingFor` names."
    QUEUED = "QUEUED", "Accepted and due; the dispatcher will place it next."
    DIALING = "DIALING", "Handed to the provider."
    UNKNOWN = "UNKNOWN", "Handed over, but the provider's answer was lost. Never dialled again."
    RINGING = "RINGING", "The phone rings."
    IN_PROGRESS = "IN_PROGRESS", "Answered; the conversation goes on."
    COMPLETED = "COMPLETED", "Answered and ended."
    VOICEMAIL = "VOICEMAIL", "A machine answered, and the call ended."
    NO_ANSWER = "NO_ANSWER", "It rang, nobody answered."
    BUSY = "BUSY", "The line was busy."
    REJECTED = "REJECTED", "The callee declined."
    FAILED = "FAILED", "The call could not be connected."
    CANCELLED = "CANCELLED", "Withdrawn before it was answered."
    BLOCKED = "BLOCKED", "Not placed, because the policy or the law forbids it."


class CallDirection(Vocabulary):
    """Who called whom."""

    OUTBOUND = "OUTBOUND", "An agent called a lead."
    INBOUND = "INBOUND", "Somebody called one of the workspace's numbers."


class AnsweredBy(Vocabulary):
    """Who or what picked up."""

    HUMAN = "HUMAN", "A person."
    MACHINE = "MACHINE", "Voicemail or another machine."
    FAX = "FAX", "A fax."
    UNKNOWN = "UNKNOWN", "It could not be told."


class HangupBy(Vocabulary):
    """Who ended the call."""

    LEAD = "LEAD", "The person called, or calling."
    AGENT = "AGENT", "Our agent."
    USER = "USER", "A person or program of the workspace, through the API."
    PROVIDER = "PROVIDER", "The provider or the network."


class EndReason(Vocabulary):
    """Why a call ended, finer than its status."""

    HANGUP = "HANGUP", "One side hung up after a conversation."
    TRANSFERRED = "TRANSFERRED", "Handed on to a person."
    MAX_DURATION = "MAX_DURATION", "The longest permitted duration was reached."
    SILENCE = "SILENCE", "Nobody spoke for too long."
    VOICEMAIL = "VOICEMAIL", "A machine answered."
    FAX = "FAX", "A fax answered."
    RING_TIMEOUT = "RING_TIMEOUT", "Nobody answered in time."
    BUSY = "BUSY", "The line was busy."
    DECLINED = "DECLINED", "The callee declined."
    INVALID_NUMBER = "INVALID_NUMBER", "The number does not exist or cannot be reached."
    NETWORK = "NETWORK", "The network or the trunk failed."
    PROVIDER_REFUSED = "PROVIDER_REFUSED", "The provider refused the request."
    PROVIDER_LIMIT = "PROVIDER_LIMIT", "The provider's own limits or balance did not permit it."
    PROVIDER_ERROR = "PROVIDER_ERROR", "The provider failed."
    AGENT_ERROR = "AGENT_ERROR", "The agent failed during the conversation."
    CANCELLED = "CANCELLED", "Withdrawn by a person or program."
    EXPIRED = "EXPIRED", "Its latest time, or its campaign's end, came first."
    POLICY = "POLICY", "Forbidden by the policy; `blockedCode` says which rule."
    NOT_PLACED = "NOT_PLACED", "A person found out that it never was placed."
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME", "The provider's answer was lost and never found."


class CallPriority(Vocabulary):
    """Which calls go first when several are due."""

    DIRECT = "DIRECT", "Asked for by itself; goes before every campaign."
    CAMPAIGN = "CAMPAIGN", "One of a campaign's."


class Call(Noun):
    """One telephone call between an agent and a lead, with its outcome and what was found out.

    A call is dialled at most once. What follows a lost answer is a state of doubt
    (`UNKNOWN`), never a second call.
    """

    number = Integer(
        description="Integer that names this call in the workspace, counted from 1 with gaps."
    )
    status = choice(CallStatus, default=CallStatus.QUEUED, description="Where the call stands.")
    direction = choice(
        CallDirection, default=CallDirection.OUTBOUND, description="Who called whom."
    )
    lead_id = Uuid(
        null=True, description="The lead called or calling; null once the lead is deleted."
    )
    agent_id = Uuid(
        null=True,
        description="The agent that speaks; null for an incoming call to a number without agent.",
    )
    phone_number_id = Uuid(
        null=True, description="The workspace's number that is called from, or was called."
    )
    campaign_id = Uuid(null=True, description="The campaign this call belongs to, if any.")
    recipient_id = Uuid(
        null=True, description="The recipient of the campaign this call is an attempt at, if any."
    )
    attempt = Integer(
        default=1,
        description="Which attempt at its recipient this call is, from 1. Always 1 for a direct call.",
    )
    priority = choice(
        CallPriority,
        default=CallPriority.DIRECT,
        description="Whether the call goes before campaigns or waits its turn in one.",
    )
    from_number = Text(
        null=True,
        description="Number that calls, in E.164; null until one is chosen, or if withheld.",
    )
    to_number = Text(description="Number that is called, in E.164.")
    provider = choice(
        Provider,
        null=True,
        description="Vendor that carries the call; null until the dispatcher has chosen.",
    )
    provider_account_id = Uuid(
        null=True, description="The account at the vendor that the call is placed with."
    )
    provider_call_id = Text(
        null=True, description="Id of the call at the vendor; null until the vendor has told it."
    )
    provider_data = Json(
        default=dict,
        description="What the provider needs again later, such as its control address. Never shown.",
    )
    language = Text(
        null=True, description="BCP 47 language the call is asked to be in; null means the agent's."
    )
    detected_language = Text(
        null=True, description="BCP 47 language that was in fact spoken, as the provider heard it."
    )
    reason = Text(null=True, description="Why the agent calls, in your words; the agent is told.")
    first_message_override = Text(
        null=True, description="What the agent says first in this call, instead of its own opening."
    )
    max_duration_ms = Integer(
        null=True,
        description="How long this call may last, in milliseconds; null means the agent's limit.",
    )
    metadata = Json(
        default=dict,
        description="Data of your own, as one JSON object, given back as it came and told to the agent as variables.",
    )
    reference = Text(
        null=True,
        description="Your own reference, taken from `metadata.reference`, by which the call is found again.",
    )
    request_hash = Text(
        null=True,
        description="Hash of a request made without idempotency key, which finds a hasty repetition. Never shown.",
    )
    warnings = Json(
        default=list,
        description="What the policy objected to without refusing, as a list of `{code, message}`.",
    )
    waiting_for = choice(
        WaitingFor, null=True, description="What a scheduled call waits for; null otherwise."
    )
    not_before = Timestamp(
        null=True, description="The earliest moment the wait can end, where it is known."
    )
    earliest_at = Timestamp(
        null=True, description="The earliest moment you want the call placed; null means at once."
    )
    latest_at = Timestamp(
        null=True,
        description="The latest moment you want the call placed; after it the call is cancelled as expired.",
    )
    due_at = Timestamp(
        null=True,
        description="When the dispatcher looks at the call next, to place it or to ask the provider about it; null at rest. Never shown.",
    )
    owner = Text(
        null=True,
        description="The worker that holds the call; only the owner of an attempt may put it back. Never shown.",
    )
    lease_until = Timestamp(
        null=True,
        description="Until when the owner's hold is good, by the database's clock. Never shown.",
    )
    dispatches = Integer(
        default=0,
        description="How often the call was claimed for dialling; above one only after proof that nothing was sent. Never shown.",
    )
    cancel_requested = Flag(
        default=False,
        description="Whether the call is to be hung up as soon as the provider can be told.",
    )
    unknown_until = Timestamp(
        null=True,
        description="Until when an `UNKNOWN` call holds its place among the concurrent calls; then it counts as failed.",
    )
    queued_at = Timestamp(null=True, description="When the call became due and was queued.")
    dialed_at = Timestamp(null=True, description="When the call was handed to the provider.")
    ringing_at = Timestamp(null=True, description="When the phone began to ring.")
    started_at = Timestamp(
        null=True,
        description="When the call began for the caller: the moment it was dialled or came in.",
    )
    answered_at = Timestamp(null=True, description="When the call was answered.")
    ended_at = Timestamp(
        null=True, description="When the call ended, whether it was answered or not."
    )
    duration_ms = Integer(
        null=True,
        description="How long the conversation lasted, from answer to end, in milliseconds; null until it is known.",
    )
    answered_by = choice(
        AnsweredBy, null=True, description="Who or what picked up; null if nobody did."
    )
    hangup_by = choice(HangupBy, null=True, description="Who ended the call, where it is known.")
    end_reason = choice(EndReason, null=True, description="Why the call ended; null until it has.")
    end_detail = Text(
        null=True, description="The reason in the provider's own words or code, for the curious."
    )
    sip_code = Integer(
        null=True, description="SIP response code the network gave, where one is known."
    )
    blocked_code = Text(
        null=True,
        description="The rule of the policy that forbade the call, for `BLOCKED`; the codes are those of `contactability`.",
    )
    transferred_to = Text(
        null=True, description="Number in E.164 the call was handed on to, if it was."
    )
    summary = Text(null=True, description="What was said, in a few sentences, by the provider.")
    intent = Text(
        null=True, description="What the lead wants, as the provider's analysis names it."
    )
    sentiment = Text(
        null=True, description="How the lead felt about it, as the provider's analysis names it."
    )
    outcome = Text(
        null=True, description="What came of it, in a word or two, by the provider's analysis."
    )
    extracted = Json(
        null=True,
        description="What was extracted by the campaign's schema or the agent's analysis fields, as one JSON object.",
    )
    extraction_note = Text(
        null=True, description="Why nothing was extracted though something was asked for."
    )
    artifacts_at = Timestamp(
        null=True,
        description="When transcript, recording and analysis were complete, or were given up waiting for.",
    )
    cost_micros = BigInteger(
        null=True,
        description="What the provider charges, in millionths of the currency's unit; null until told.",
    )
    cost_currency = Text(null=True, description="ISO 4217 code of the provider's currency.")
    credit_reserved_micros = BigInteger(
        default=0,
        description="Credit held back for this call until it is settled, in millionths of the currency's unit.",
    )
    credit_micros = BigInteger(
        default=0,
        description="Credit debited for this call, in millionths of the currency's unit.",
    )
    credit_currency = Text(
        null=True, description="ISO 4217 code of the workspace's credit at the time of the call."
    )

    class Meta:
        """Where rows are kept."""

        table = "call"
