"""An e-mail, out or in, and its thread."""

from __future__ import annotations

from models.columns import Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.provider import Provider
from models.row import Noun
from models.vocabulary import Vocabulary
from models.waiting import WaitingFor


class EmailStatus(Vocabulary):
    """Where an e-mail stands. It only ever moves on, never back."""

    SCHEDULED = "SCHEDULED", "Accepted, waiting for what `waitingFor` names."
    QUEUED = "QUEUED", "Accepted and due; will be sent next."
    SENDING = "SENDING", "Being handed to the mail server."
    UNKNOWN = "UNKNOWN", "Handed over, but the server's answer was lost. Never sent again."
    SENT = "SENT", "The mail server accepted it."
    DELIVERED = "DELIVERED", "The recipient's server confirmed it."
    REPLIED = "REPLIED", "The lead has answered."
    BOUNCED = "BOUNCED", "Came back as undeliverable."
    COMPLAINED = "COMPLAINED", "The recipient reported it as unwanted."
    FAILED = "FAILED", "The mail server refused it for good."
    CANCELLED = "CANCELLED", "Withdrawn before it was sent."
    SUPPRESSED = "SUPPRESSED", "Not sent, because the policy or an opt-out forbids it."
    RECEIVED = "RECEIVED", "Came in from the lead."


class EmailDirection(Vocabulary):
    """Who wrote to whom."""

    OUTBOUND = "OUTBOUND", "An agent wrote to a lead."
    INBOUND = "INBOUND", "A lead wrote to an agent."


class Email(Noun):
    """One e-mail between an agent and a lead. Its thread is what answers what."""

    status = choice(EmailStatus, default=EmailStatus.QUEUED, description="Where the e-mail stands.")
    direction = choice(
        EmailDirection, default=EmailDirection.OUTBOUND, description="Who wrote to whom."
    )
    lead_id = Uuid(
        null=True, description="The lead written to or writing; null once the lead is deleted."
    )
    agent_id = Uuid(null=True, description="The agent whose mailbox this is.")
    campaign_id = Uuid(null=True, description="The campaign this e-mail belongs to, if any.")
    thread_id = Uuid(
        description="The thread: the id of its first e-mail, shared by all that answer it."
    )
    from_email = Text(description="Address of the sender.")
    to_email = Text(description="Address of the recipient, its domain part lower-cased.")
    subject = Text(
        null=True, description="Subject line; null until it is composed, where none was given."
    )
    body = Text(
        null=True,
        description="Plain text of the e-mail; null until it is composed, where none was given.",
    )
    html = Text(null=True, description="The e-mail as HTML, where it has such a part.")
    message = Text(
        null=True, description="The text or instruction given with the request, before composing."
    )
    template = Text(
        null=True, description="Template the e-mail is composed by; null means the default one."
    )
    summary = Text(null=True, description="What the e-mail says, in a sentence.")
    workflow_id = Text(
        null=True, description="Id of the automation or sequence that asked for it, if any did."
    )
    message_id = Text(
        null=True,
        description="The RFC 5322 Message-ID, with its angle brackets, by which answers and bounces refer to it.",
    )
    in_reply_to = Text(null=True, description="Message-ID of the e-mail this one answers, if any.")
    ancestors = Json(
        default=list,
        description="Message-IDs of the thread so far, oldest first: the References header.",
    )
    provider = choice(
        Provider, null=True, description="Who carries the e-mail; null until it is sent."
    )
    provider_account_id = Uuid(
        null=True, description="The account the e-mail is sent with; null until it is chosen."
    )
    provider_message_id = Text(
        null=True, description="Id the mail server gave on accepting it, where it gave one."
    )
    metadata = Json(
        default=dict,
        description="Data of your own, as one JSON object, given back as it came.",
    )
    reference = Text(
        null=True,
        description="Your own reference, taken from `metadata.reference`, by which the e-mail is found again.",
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
        WaitingFor, null=True, description="What a scheduled e-mail waits for; null otherwise."
    )
    not_before = Timestamp(
        null=True, description="The earliest moment the wait can end, where it is known."
    )
    earliest_at = Timestamp(
        null=True, description="The earliest moment you want it sent; null means at once."
    )
    due_at = Timestamp(
        null=True, description="When the dispatcher looks at it next; null at rest. Never shown."
    )
    owner = Text(null=True, description="The worker that holds the e-mail. Never shown.")
    lease_until = Timestamp(
        null=True,
        description="Until when the owner's hold is good, by the database's clock. Never shown.",
    )
    dispatches = Integer(
        default=0,
        description="How often sending was tried; above one only where the server had not taken it.",
    )
    cancel_requested = Flag(
        default=False, description="Whether somebody asked to withdraw it after sending had begun."
    )
    queued_at = Timestamp(null=True, description="When the e-mail became due and was queued.")
    sending_at = Timestamp(null=True, description="When it began to be handed over.")
    sent_at = Timestamp(null=True, description="When the mail server accepted it.")
    delivered_at = Timestamp(null=True, description="When delivery was confirmed, if it was.")
    replied_at = Timestamp(null=True, description="When the lead answered, if so.")
    bounced_at = Timestamp(null=True, description="When it came back, if it did.")
    ended_at = Timestamp(
        null=True, description="When it reached a status after which no sending happens any more."
    )
    blocked_code = Text(
        null=True,
        description="The rule of the policy that forbade it, for `SUPPRESSED`; the codes are those of `contactability`.",
    )
    error_code = Text(
        null=True, description="Enhanced SMTP status such as `5.1.1`, when it failed or bounced."
    )
    end_detail = Text(
        null=True, description="The mail server's own words when it failed or bounced."
    )

    class Meta:
        """Where rows are kept."""

        table = "email"
