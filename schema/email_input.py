"""Inputs and payloads of the verbs on e-mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Email as Row
from models.vocabulary import Vocabulary
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload
from schema.scalars import JSON, DateTime
from schema.vocabulary import vocabulary

if TYPE_CHECKING:
    from schema.email import Email


class EmailCancelOutcome(Vocabulary):
    """What cancelling an e-mail has come to."""

    CANCELLED = "CANCELLED", "It was not sent, and won't be."
    REQUESTED = "REQUESTED", "It is being handed over, and is stopped if it is not too late."
    OVER = "OVER", "It was sent, or over, already."


vocabulary(EmailCancelOutcome)


@strawberry.input(one_of=True, description="Whom to write to: exactly one of these.")
class EmailTarget:
    """Whom to write to."""

    lead_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="A lead, written to at its e-mail address."
    )
    email: strawberry.Maybe[str] = strawberry.field(
        description="An e-mail address; its lead is found, or made if there is none."
    )


@strawberry.input(
    description="An e-mail to send. Without `message`, `template` and `html` the agent writes what "
    "it knows to say, by the default template."
)
class SendEmailInput:
    """An e-mail to send."""

    target: EmailTarget = required("Whom to write to.")
    agent_id: strawberry.ID | None = optional(
        "The agent that writes; by default the lead's, else the workspace's default agent."
    )
    subject: str | None = optional(
        "The subject, at most 300 characters; a template where the text is one. By default made "
        "of the lead's company, or that of the e-mail that is answered."
    )
    message: str | None = optional(
        "The text as it stands, under which the signature is put; in a template `{{ message }}`."
    )
    template: str | None = optional(
        "The text as a template in Jinja's notation, such as `Hello {{ lead.first_name }}`, with "
        "`lead`, `agent`, `workspace`, `message` and the variables. It has conditions, simple "
        "loops and filters, and ends without a signature unless it has one."
    )
    html: str | None = optional(
        "The HTML part as a template, whose values are escaped; by default made of the text."
    )
    variables: JSON | None = optional("Values for the templates, as one JSON object.")
    in_reply_to_id: strawberry.ID | None = optional(
        "A former e-mail of the lead, which this one answers in its thread."
    )
    earliest_at: DateTime | None = like(Row, "earliest_at")
    workflow_id: str | None = like(Row, "workflow_id")
    metadata: JSON | None = like(Row, "metadata")


@strawberry.type(description="The e-mail as it was accepted.")
class SendEmailPayload(Payload):
    """The e-mail as it was accepted."""

    email: Annotated[Email, strawberry.lazy("schema.email")] | None = referenced(
        "Email", "email_id", "The e-mail, as it is now; null if there are errors."
    )


@strawberry.input(description="An e-mail to cancel.")
class CancelEmailInput:
    """An e-mail to cancel."""

    id: strawberry.ID = required("The e-mail.")


@strawberry.type(description="The cancelled e-mail.")
class CancelEmailPayload(Payload):
    """The cancelled e-mail."""

    email: Annotated[Email, strawberry.lazy("schema.email")] | None = referenced(
        "Email", "email_id", "The e-mail, as it is now; null if there are errors."
    )
    outcome: EmailCancelOutcome | None = attribute(
        "outcome", "What has happened; null if there are errors."
    )
