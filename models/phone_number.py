"""The workspace's own telephone numbers."""

from __future__ import annotations

from models.columns import Integer, Text, Uuid, choice
from models.provider import Provider
from models.row import Noun
from models.vocabulary import Vocabulary


class PhoneNumberStatus(Vocabulary):
    """Whether calls can be made from a number."""

    PENDING = "PENDING", "Ordered or being ported; not usable yet."
    ACTIVE = "ACTIVE", "Ready for calls."
    SUSPENDED = "SUSPENDED", "Kept, but barred by the provider or by a person."
    RELEASED = "RELEASED", "Given back; stays for the calls that name it."


class PhoneNumber(Noun):
    """A number of the workspace, which agents call from and are called on."""

    number = Integer(
        description="Integer that names this phone number in the workspace, counted from 1 with gaps. The digits to dial are `e164`."
    )
    e164 = Text(description="The telephone number itself, in E.164. Unique in the workspace.")
    country = Text(
        null=True, description="ISO 3166-1 alpha-2 code of the country the number belongs to."
    )
    friendly_name = Text(
        null=True, description="What people call this number, such as `Sales Berlin`."
    )
    status = choice(
        PhoneNumberStatus,
        default=PhoneNumberStatus.ACTIVE,
        description="Whether calls can be made from the number.",
    )
    outbound_agent_id = Uuid(
        null=True, description="The agent that calls from this number; a number has one at most."
    )
    inbound_agent_id = Uuid(
        null=True, description="The agent that answers when this number is called."
    )
    provider = choice(
        Provider,
        null=True,
        description="Vendor the number is held with; null means the workspace's default.",
    )
    provider_account_id = Uuid(
        null=True, description="The very account the number belongs to; null means the default one."
    )
    provider_number_id = Text(
        null=True, description="Id of this number at its provider, where it wants one to call from."
    )
    calls_per_second = Integer(
        null=True,
        description="Most calls started from this number in one second; null means the workspace's limit only.",
    )
    max_concurrent_calls = Integer(
        null=True,
        description="Most calls from this number in progress at once; null means the workspace's limit only.",
    )

    class Meta:
        """Where rows are kept."""

        table = "phone_number"
