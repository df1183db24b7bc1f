"""Addresses that must not be contacted."""

from __future__ import annotations

from models.columns import Text, Uuid, choice
from models.row import Row
from models.vocabulary import Vocabulary


class Channel(Vocabulary):
    """A way to reach a lead."""

    CALL = "CALL", "By telephone."
    EMAIL = "EMAIL", "By e-mail."


class SuppressionReason(Vocabulary):
    """Why an address must not be contacted."""

    OPT_OUT = "OPT_OUT", "The person asked, in a call, by e-mail or by the unsubscribe link."
    COMPLAINT = "COMPLAINT", "The person reported our e-mail as unwanted."
    BOUNCE = "BOUNCE", "E-mails to the address come back."
    REGISTRY = "REGISTRY", "The number stands in a do-not-call registry."
    MANUAL = "MANUAL", "Entered by a person or program of the workspace."


class Suppression(Row):
    """An address that this workspace does not contact, whichever lead has it.

    Neither an import nor a change of a lead lifts it; only deleting the suppression does.
    """

    channel = choice(
        Channel, description="Whether the address is a phone number or e-mail address."
    )
    address = Text(
        description="The address: a number in E.164, or an e-mail address in lower case. Unique per channel."
    )
    reason = choice(SuppressionReason, description="Why it must not be contacted.")
    note = Text(null=True, description="Who asked, where, in which words, as far as recorded.")
    lead_id = Uuid(null=True, description="The lead it came from, where that is known.")
    call_id = Uuid(null=True, description="The call it was asked for in, if it was.")
    email_id = Uuid(null=True, description="The e-mail it was caused by, if one did.")

    class Meta:
        """Where rows are kept."""

        table = "suppression"
