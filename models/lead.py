"""The person or company that outreach is about."""

from __future__ import annotations

from models.columns import Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class LeadStage(Vocabulary):
    """How far the conversation with a lead has come."""

    NEW = "NEW", "Nobody has reached out yet."
    IN_PROGRESS = "IN_PROGRESS", "Outreach has begun."
    QUALIFIED = "QUALIFIED", "Interested and a fit, not sold to yet."
    CONVERTED = "CONVERTED", "Became a customer."
    LOST = "LOST", "Will not become a customer for now."


class ConsentState(Vocabulary):
    """Whether the lead has agreed to be contacted by an automated agent."""

    UNKNOWN = "UNKNOWN", "Never recorded."
    GRANTED = "GRANTED", "The lead has agreed."
    DENIED = "DENIED", "The lead has declined or withdrawn; outreach is refused."


class ConsentCapture(Vocabulary):
    """How a lead's consent was obtained."""

    PRE_CALL = "PRE_CALL", "Asked for before the call."
    WEBSITE_FORM = "WEBSITE_FORM", "Given in a form on a website."
    MANUAL = "MANUAL", "Entered by a person."
    IMPORTED = "IMPORTED", "Came with imported data."


class LeadSource(Vocabulary):
    """How a lead came into the workspace."""

    API = "API", "Created through the API."
    IMPORT = "IMPORT", "Read from a file."
    CAMPAIGN = "CAMPAIGN", "Created as a recipient of a campaign."
    CALL = "CALL", "Created for a bare number that was called, or that called."
    EMAIL = "EMAIL", "Created for a bare e-mail address that was written to, or that wrote."
    DEMO = "DEMO", "Part of the demo workspace."


class Lead(Noun):
    """A person or company to reach: the contact, with consent, stage and its agent.

    Two leads may share a phone number or an e-mail address.
    """

    number = Integer(
        description="Integer that names this lead in the workspace, counted from 1 with gaps."
    )
    name = Text(
        description="Name to show: as given, else first and last name, else the company, else e-mail or phone."
    )
    first_name = Text(null=True, description="Given name, as an agent would address the lead.")
    last_name = Text(null=True, description="Family name.")
    company = Text(null=True, description="Company the lead works for, or is.")
    role = Text(null=True, description="What the lead does at the company, such as `CFO`.")
    email = Text(
        null=True,
        description="Address that e-mails go to, its domain part lower-cased. Not unique.",
    )
    phone = Text(null=True, description="Number that calls go to, in E.164. Not unique.")
    language = Text(
        null=True, description="BCP 47 language the lead prefers; null means the agent's."
    )
    time_zone = Text(
        null=True,
        description="IANA zone the lead lives in. Null means it is derived from the phone number when calling hours are looked at.",
    )
    stage = choice(
        LeadStage, default=LeadStage.NEW, description="How far the conversation has come."
    )
    meeting_booked = Flag(
        default=False, description="Whether a meeting with the lead has been agreed."
    )
    converted = Flag(
        default=False,
        description="Whether the lead became a customer. Goes along with the stage `CONVERTED`.",
    )
    outreach_disabled = Flag(
        default=False,
        description="Whether outreach to this lead is stopped, by the lead or by a person. Suppressed addresses stay suppressed when this is lifted.",
    )
    consent_state = choice(
        ConsentState,
        default=ConsentState.UNKNOWN,
        description="Whether the lead agreed to be contacted by an automated agent.",
    )
    consent_capture = choice(
        ConsentCapture, null=True, description="How the consent was obtained; null while unknown."
    )
    consent_at = Timestamp(
        null=True, description="When consent was given or withdrawn, as far as recorded."
    )
    custom_fields = Json(
        default=dict,
        description="Fields of your own, as one JSON object; agents may speak of them.",
    )
    source = choice(
        LeadSource, default=LeadSource.API, description="How the lead came into the workspace."
    )
    external_id = Text(
        null=True,
        description="The lead's id in a system of yours, as first given. Unique per campaign, on the recipient, not here.",
    )
    contact_key = Text(
        null=True,
        description="The phone number, on the one lead that upserts by number find; null on others with that number. Unique in the workspace.",
    )
    agent_id = Uuid(null=True, description="The agent this lead is assigned to.")
    assigned_user_uid = Text(
        null=True, description="The `uid` of the person who looks after this lead."
    )
    last_activity_at = Timestamp(
        description="When something last happened with this lead: a call, an e-mail, a reply, a change of stage. At first its creation."
    )
    search = Text(
        description="Name, e-mail, phone and company, case-folded, each on its own line, for substring search. Never shown."
    )

    class Meta:
        """Where rows are kept."""

        table = "lead"
