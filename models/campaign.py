"""A campaign: one agent, many recipients, a schedule and rules for retrying."""

from __future__ import annotations

from models.columns import Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class CampaignStatus(Vocabulary):
    """Where a campaign stands."""

    DRAFT = "DRAFT", "Being prepared; dials nobody."
    SCHEDULED = "SCHEDULED", "Started, and waiting for its start date."
    IN_PROGRESS = "IN_PROGRESS", "Dialling its recipients."
    PAUSED = "PAUSED", "Stopped for the time being; calls in progress go on."
    FINISHED = "FINISHED", "Every recipient is done, or the end date has come."
    FAILED = "FAILED", "Given up, because it cannot go on."
    CANCELLED = "CANCELLED", "Ended by a person; cannot be started again."


class CampaignPurpose(Vocabulary):
    """What a campaign is for."""

    QUOTE_REQUEST = "QUOTE_REQUEST", "Asks for quotes."
    COLD_CALLING = "COLD_CALLING", "First contact with leads who do not know us."
    APPOINTMENT = "APPOINTMENT", "Makes appointments."
    QUALIFICATION = "QUALIFICATION", "Finds out which leads fit."
    INBOUND = "INBOUND", "Answers calls; never dials."


class LanguageMode(Vocabulary):
    """How the language of a campaign's calls is chosen."""

    AUTO = "AUTO", "The lead's language, following what the lead speaks."
    FIXED = "FIXED", "Always the agent's language."


class PauseReason(Vocabulary):
    """Why a campaign is paused."""

    USER = "USER", "A person or program paused it."
    BREAKER = "BREAKER", "Too many calls failed at the provider within two minutes."
    CREDIT = "CREDIT", "Credit ran out."


class RetryOn(Vocabulary):
    """Which ends of a call are worth another attempt."""

    NO_ANSWER = "NO_ANSWER", "Nobody answered."
    BUSY = "BUSY", "The line was busy."
    REJECTED = "REJECTED", "The callee declined."
    VOICEMAIL = "VOICEMAIL", "A machine answered."
    FAILED = "FAILED", "The call could not be connected. Calls in doubt are never retried."


class Campaign(Noun):
    """Calls by one agent to many recipients, within a schedule, with retries and results."""

    number = Integer(
        description="Integer that names this campaign in the workspace, counted from 1 with gaps."
    )
    name = Text(description="What people call the campaign.")
    status = choice(
        CampaignStatus, default=CampaignStatus.DRAFT, description="Where the campaign stands."
    )
    agent_id = Uuid(description="The agent that makes the calls.")
    phone_number_id = Uuid(
        null=True, description="The number to call from; null means one of the agent's."
    )
    purpose = choice(
        CampaignPurpose, null=True, description="What the campaign is for; null where nobody said."
    )
    reason = Text(null=True, description="Why the agent calls, told to it in every call.")
    first_message_override = Text(
        null=True, description="What the agent says first, instead of its own opening."
    )
    language_mode = choice(
        LanguageMode,
        default=LanguageMode.AUTO,
        description="How the language of the calls is chosen.",
    )
    output_language = Text(
        null=True,
        description="BCP 47 language that results are written in; null means that of the call.",
    )
    extraction_schema = Json(
        null=True,
        description="JSON Schema of what to find out in each call; the answers are the calls' `extracted`.",
    )
    display_columns = Json(
        default=list,
        description="Columns of the results table, as a list of `{name, label}`; names are those of the extraction schema or of the lead.",
    )
    time_zone = Text(
        null=True,
        description="IANA zone of the schedule's dates and windows; null means each lead's own for windows and the workspace's for dates.",
    )
    start_date = Text(
        null=True,
        description="First day of calling, `YYYY-MM-DD` in the campaign's zone; null means at once.",
    )
    end_date = Text(
        null=True,
        description="Last day of calling, `YYYY-MM-DD`; afterwards what is left expires. Null means no end.",
    )
    calling_windows = Json(
        default=list,
        description="When to call: a list of `{days: [1–7, Monday is 1], from, to}` with minutes since midnight. Empty means the whole of the lead's calling hours.",
    )
    max_retries = Integer(
        default=0, description="How many further attempts follow an unsuccessful first one."
    )
    retry_delay_ms = Integer(
        default=3_600_000,
        description="How long to wait before the next attempt, in milliseconds of elapsed time.",
    )
    retry_on = Json(
        default=list,
        description="Which ends of a call are tried again, as a list of `NO_ANSWER`, `BUSY`, `REJECTED`, `VOICEMAIL`, `FAILED`.",
    )
    max_concurrent_calls = Integer(
        null=True,
        description="Most calls of this campaign in progress at once; null means the agent's and the workspace's limits only.",
    )
    metadata = Json(
        default=dict, description="Data of your own, as one JSON object, given back as it came."
    )
    pause_reason = choice(
        PauseReason, null=True, description="Why the campaign is paused; null when it is not."
    )
    started_at = Timestamp(null=True, description="When the campaign was first started.")
    paused_at = Timestamp(null=True, description="When it was last paused; null when it is not.")
    finished_at = Timestamp(null=True, description="When it was finished, cancelled or given up.")

    clearing = Flag(
        default=False,
        description="Whether calls are left to be withdrawn, now that the campaign is over. Never shown.",
    )

    class Meta:
        """Where rows are kept."""

        table = "campaign"
