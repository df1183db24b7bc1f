"""The voice and pen of outreach."""

from __future__ import annotations

from models.columns import Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.provider import Provider
from models.row import Noun
from models.vocabulary import Vocabulary


class AgentType(Vocabulary):
    """Which way an agent's conversations begin."""

    OUTBOUND = "OUTBOUND", "Reaches out to leads."
    INBOUND = "INBOUND", "Answers those who call or write."


class AgentMode(Vocabulary):
    """How much an agent does by itself."""

    AUTOPILOT = "AUTOPILOT", "Speaks, writes and follows up by itself."
    COPILOT = "COPILOT", "Drafts for a person, who sends or places."


class OutreachModel(Vocabulary):
    """The channels an agent uses."""

    CALL = "CALL", "Calls only."
    EMAIL = "EMAIL", "E-mails only."
    BOTH = "BOTH", "Calls and e-mails."


class VoicemailAction(Vocabulary):
    """What an agent does when a machine answers."""

    HANG_UP = "HANG_UP", "Ends the call without a word."
    LEAVE_MESSAGE = "LEAVE_MESSAGE", "Says the voicemail message after the tone."
    CONTINUE = "CONTINUE", "Goes on as if a person had answered."


class Agent(Noun):
    """An AI seller: a voice, a mailbox and what it knows, which calls and writes to leads."""

    number = Integer(
        description="Integer that names this agent in the workspace, counted from 1 with gaps."
    )
    name = Text(description="Name the agent goes by, in lists and when it introduces itself.")
    type = choice(AgentType, description="Whether the agent reaches out or answers.")
    mode = choice(
        AgentMode, default=AgentMode.AUTOPILOT, description="How much the agent does by itself."
    )
    automation_enabled = Flag(
        default=False,
        description="Whether the agent starts follow-ups by itself. Outreach that you request happens either way.",
    )
    active = Flag(
        default=True,
        description="Whether the agent may reach anybody at all. An inactive agent refuses every call and e-mail.",
    )
    outreach_model = choice(
        OutreachModel, default=OutreachModel.BOTH, description="The channels the agent uses."
    )
    language = Text(default="en", description="BCP 47 language the agent speaks and writes.")
    time_zone = Text(
        null=True, description="IANA zone the agent works in; null means the workspace's."
    )
    provider = choice(
        Provider,
        null=True,
        description="Vendor that runs the agent's conversations; null means that of the number called from, else the workspace's default.",
    )
    provider_account_id = Uuid(
        null=True,
        description="The very account to use with the vendor; null means the vendor's default account.",
    )
    provider_agent_id = Text(
        null=True, description="Id of this agent at its provider (assistant, agent or bot id)."
    )
    elevenlabs_agent_id = Text(
        null=True, description="Id of this agent at ElevenLabs, where it exists there too."
    )
    voice_engine = Text(
        null=True,
        description="Engine the voice runs on, in the vendor's spelling, such as `vapi` or `retell`.",
    )
    voice_id = Text(null=True, description="Id of the voice at the provider or voice engine.")
    model = Text(
        null=True,
        description="Language model that leads the conversation, in the vendor's spelling, such as `gpt-4o-mini`.",
    )
    stream_url = Text(
        null=True,
        description="WebSocket address (`wss://…`) of a voice agent of your own that takes over answered Twilio and SIP calls.",
    )
    email_address = Text(
        null=True, description="Address the agent sends from and is answered at. Needed to e-mail."
    )
    reply_to = Text(
        null=True, description="Address that answers should go to, where not `emailAddress`."
    )
    email_signature = Text(
        null=True,
        description="Text put under each e-mail; null means the agent's name and company.",
    )
    system_prompt = Text(
        null=True, description="Instructions that guide the agent in every conversation."
    )
    product_explanation = Text(null=True, description="What is sold, in the words to explain it.")
    value_proposition = Text(null=True, description="Why it is worth the money.")
    pain_points = Text(null=True, description="Problems of the leads that the product solves.")
    benefits = Text(null=True, description="What a customer gains.")
    features_differentiators = Text(
        null=True, description="Features, and what sets them apart from the competitors'."
    )
    elevator_pitch = Text(null=True, description="The whole offer in half a minute.")
    first_message = Text(
        null=True,
        description="What the agent says when a call is answered, unless the call overrides it.",
    )
    email_knowledge = Text(null=True, description="Further facts to draw on when writing e-mails.")
    example_email = Text(null=True, description="An e-mail whose tone and shape to follow.")
    general_tools = Json(
        default=list,
        description="Tools the agent may use in a call, as a list in the provider's form.",
    )
    post_call_analysis_data = Json(
        default=list,
        description="What to find out from each finished call, as a list of fields in the provider's form.",
    )
    provider_settings = Json(
        default=dict,
        description="Further settings handed to the provider as they are, as one JSON object.",
    )
    transfer_number = Text(
        null=True,
        description="Number in E.164 of the person an agent may transfer a call to; checked like any dialled number.",
    )
    record_calls = Flag(default=True, description="Whether calls are recorded.")
    voicemail_action = choice(
        VoicemailAction,
        default=VoicemailAction.HANG_UP,
        description="What the agent does when a machine answers.",
    )
    voicemail_message = Text(
        null=True, description="What to say on a voicemail, for `LEAVE_MESSAGE`."
    )
    ring_timeout_ms = Integer(
        default=60_000, description="How long to let it ring before giving up, in milliseconds."
    )
    max_duration_ms = Integer(
        default=600_000,
        description="How long a call may last, in milliseconds, unless the call says otherwise.",
    )
    max_concurrent_calls = Integer(
        null=True,
        description="Most calls of this agent in progress at once; null means the workspace's limit only.",
    )
    max_emails_per_day = Integer(
        null=True,
        description="Most e-mails the agent sends in a day; null means the workspace's limit only.",
    )
    archived_at = Timestamp(
        null=True,
        description="When the agent was put away. It keeps its history, is left out of lists, and reaches nobody.",
    )

    class Meta:
        """Where rows are kept."""

        table = "agent"
