"""Rows: what is stored, one model a file; imports nothing of ours."""

from __future__ import annotations

from typing import Any

from tortoise.models import Model

from models.agent import Agent, AgentMode, AgentType, OutreachModel, VoicemailAction
from models.api_key import ApiKey, ApiKeyKind, Dialect
from models.call import (
    AnsweredBy,
    Call,
    CallDirection,
    CallPriority,
    CallStatus,
    EndReason,
    HangupBy,
)
from models.call_event import CallEvent, CallEventType
from models.callback import Callback, CallbackState
from models.campaign import (
    Campaign,
    CampaignPurpose,
    CampaignStatus,
    LanguageMode,
    PauseReason,
    RetryOn,
)
from models.counter import Counter, Numbered
from models.delivery import Delivery, DeliveryState
from models.delivery_attempt import DeliveryAttempt
from models.email import Email, EmailDirection, EmailStatus
from models.event import Actor, Event, Subject
from models.event_type import EventType
from models.follower import Follower
from models.idempotency import Idempotency
from models.lead import ConsentCapture, ConsentState, Lead, LeadSource, LeadStage
from models.log import Log
from models.member import Member, MemberRole
from models.phone_number import PhoneNumber, PhoneNumberStatus
from models.proposal import Proposal, ProposalState
from models.provider import Provider
from models.provider_account import ProviderAccount
from models.recipient import Recipient, RecipientState
from models.recording import Recording, RecordingState
from models.suppression import Channel, Suppression, SuppressionReason
from models.transcript_turn import Speaker, TranscriptTurn
from models.waiting import WaitingFor
from models.webhook import Webhook, WebhookDisabledReason, WebhookFormat
from models.workspace import CallingHours, Workspace

MODELS: tuple[type[Model], ...] = (
    Agent,
    ApiKey,
    Call,
    CallEvent,
    Callback,
    Campaign,
    Counter,
    Delivery,
    DeliveryAttempt,
    Email,
    Event,
    Follower,
    Idempotency,
    Lead,
    Log,
    Member,
    PhoneNumber,
    Proposal,
    ProviderAccount,
    Recipient,
    Recording,
    Suppression,
    TranscriptTurn,
    Webhook,
    Workspace,
)

for _model in MODELS:
    # Tortoise takes it from the docstring; rewording that must not ask for a migration.
    _model._meta.table_description = ""


def orm_config(database_url: str) -> dict[str, Any]:
    """Tortoise's configuration for the database at this address."""
    return {
        "connections": {"default": database_url},
        "apps": {
            "models": {
                "models": ["models"],
                "default_connection": "default",
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


# For `tortoise makemigrations`, which needs no database; databases are migrated by
# `models.migrate`, see docs/decisions/0002-own-ddl.md.
TORTOISE_ORM = orm_config("sqlite://:memory:")

__all__ = [
    "MODELS",
    "TORTOISE_ORM",
    "Actor",
    "Agent",
    "AgentMode",
    "AgentType",
    "AnsweredBy",
    "ApiKey",
    "ApiKeyKind",
    "Call",
    "CallDirection",
    "CallEvent",
    "CallEventType",
    "CallPriority",
    "CallStatus",
    "Callback",
    "CallbackState",
    "CallingHours",
    "Campaign",
    "CampaignPurpose",
    "CampaignStatus",
    "Channel",
    "ConsentCapture",
    "ConsentState",
    "Counter",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Dialect",
    "Email",
    "EmailDirection",
    "EmailStatus",
    "EndReason",
    "Event",
    "EventType",
    "Follower",
    "HangupBy",
    "Idempotency",
    "LanguageMode",
    "Lead",
    "LeadSource",
    "LeadStage",
    "Log",
    "Member",
    "MemberRole",
    "Numbered",
    "OutreachModel",
    "PauseReason",
    "PhoneNumber",
    "PhoneNumberStatus",
    "Proposal",
    "ProposalState",
    "Provider",
    "ProviderAccount",
    "Recipient",
    "RecipientState",
    "Recording",
    "RecordingState",
    "RetryOn",
    "Speaker",
    "Subject",
    "Suppression",
    "SuppressionReason",
    "TranscriptTurn",
    "VoicemailAction",
    "WaitingFor",
    "Webhook",
    "WebhookDisabledReason",
    "WebhookFormat",
    "Workspace",
    "orm_config",
]
