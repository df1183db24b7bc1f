"""The codes of all errors, as one enum of the graph."""

from __future__ import annotations

from models.vocabulary import Vocabulary
from schema.vocabulary import vocabulary


class ErrorCode(Vocabulary):
    """What went wrong, as a stable code.

    Codes under `errors` of a payload are for a person to act on; the others come as top-level
    errors in `extensions.code`.
    """

    REQUIRED = "REQUIRED", "A value is missing."
    INVALID = "INVALID", "A value can't be used; the message says why."
    TOO_LONG = "TOO_LONG", "A text or list is too long."
    OUT_OF_RANGE = "OUT_OF_RANGE", "A number lies outside its bounds."
    INVALID_PHONE = "INVALID_PHONE", "Not a telephone number in E.164, such as +14155550123."
    INVALID_EMAIL = "INVALID_EMAIL", "Not an e-mail address."
    INVALID_URL = "INVALID_URL", "Not an address that can be used."
    INVALID_TIME_ZONE = "INVALID_TIME_ZONE", "Not an IANA time zone, such as Europe/Rome."
    INVALID_LANGUAGE = "INVALID_LANGUAGE", "Not a BCP 47 language, such as en or pt-BR."
    INVALID_SCOPE = "INVALID_SCOPE", "No such scope, or wider than the key that asks."
    INVALID_SCHEMA = "INVALID_SCHEMA", "Not a JSON Schema that extraction can use."
    NOT_FOUND = "NOT_FOUND", "No such thing exists in this workspace."
    CONFLICT = "CONFLICT", "Something else has the value that must be unique."
    IN_USE = "IN_USE", "Something still refers to it; archive it or remove that first."
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION", "The status does not permit this step."
    ARCHIVED = "ARCHIVED", "The agent was put away."
    WORKSPACE_CLOSED = "WORKSPACE_CLOSED", "The workspace was closed; it reaches nobody any more."
    LEAD_NO_PHONE = "LEAD_NO_PHONE", "The lead has no phone number."
    LEAD_NO_EMAIL = "LEAD_NO_EMAIL", "The lead has no e-mail address."
    OPTED_OUT = "OPTED_OUT", "Outreach to the lead is stopped."
    SUPPRESSED = "SUPPRESSED", "The number or e-mail address must not be contacted."
    CONSENT_DENIED = "CONSENT_DENIED", "The lead has declined, or withdrawn consent."
    CONSENT_REQUIRED = (
        "CONSENT_REQUIRED",
        "The lead's consent was never recorded, and the workspace asks for it.",
    )
    CONSENT_UNKNOWN = "CONSENT_UNKNOWN", "A warning: the lead's consent was never recorded."
    NO_RECIPIENTS = "NO_RECIPIENTS", "The campaign has nobody to call."
    PROPOSAL_EXPIRED = "PROPOSAL_EXPIRED", "Nobody confirmed the start within 15 minutes."
    PROPOSAL_OUTDATED = (
        "PROPOSAL_OUTDATED",
        "The campaign, its agent, number or recipients have changed since its start was announced.",
    )
    NUMBER_NOT_DIALABLE = "NUMBER_NOT_DIALABLE", "No line can have the number that is to be called."
    NUMBER_UNASSIGNED = (
        "NUMBER_UNASSIGNED",
        "The number to be called lies in no range that its country has given out; only the simulator calls it.",
    )
    EMERGENCY_NUMBER = "EMERGENCY_NUMBER", "Emergency numbers are never called."
    SHORT_NUMBER = "SHORT_NUMBER", "Short codes are never called."
    PREMIUM_NUMBER = "PREMIUM_NUMBER", "Premium and shared-cost numbers are never called."
    SATELLITE_NUMBER = "SATELLITE_NUMBER", "Satellite numbers are never called."
    FICTIONAL_NUMBER = (
        "FICTIONAL_NUMBER",
        "The number to be called is kept for fiction; only the simulator calls it.",
    )
    OWN_NUMBER = "OWN_NUMBER", "The number to be called is one of the workspace's own."
    AGENT_REQUIRED = (
        "AGENT_REQUIRED",
        "Name an agent: neither the lead nor the workspace has one. `updateWorkspace` sets a default.",
    )
    AGENT_INACTIVE = (
        "AGENT_INACTIVE",
        "The agent is switched off or was put away; `updateAgent` switches it on.",
    )
    AGENT_CHANNEL = "AGENT_CHANNEL", "The agent does not use this channel, or answers only."
    AGENT_NO_NUMBER = (
        "AGENT_NO_NUMBER",
        "The agent has no active number to call from. `addPhoneNumber` adds one, "
        "`assignPhoneNumber` gives it one.",
    )
    AGENT_NO_EMAIL = (
        "AGENT_NO_EMAIL",
        "The agent has no e-mail address to send from; `updateAgent` sets its `emailAddress`.",
    )
    NUMBER_NOT_READY = "NUMBER_NOT_READY", "The phone number can't be used in its state."
    NUMBER_NOT_OURS = "NUMBER_NOT_OURS", "The number to call from is none of the workspace's."
    PROVIDER_NOT_CONFIGURED = (
        "PROVIDER_NOT_CONFIGURED",
        "The agent or number names a vendor for which there is no active account.",
    )
    OUTSIDE_CALLING_HOURS = (
        "OUTSIDE_CALLING_HOURS",
        "It is not the time to call at the lead's place.",
    )
    TIME_ZONE_UNKNOWN = (
        "TIME_ZONE_UNKNOWN",
        "A warning: the lead's time zone is unknown; the workspace's was taken.",
    )
    TOO_LATE = "TOO_LATE", "The latest time asked for comes before the lead can be reached."
    TOO_EARLY = (
        "TOO_EARLY",
        "The earliest time asked for, or the campaign's start, is still to come.",
    )
    CAMPAIGN_NOT_RUNNING = "CAMPAIGN_NOT_RUNNING", "The campaign is not started, or paused."
    CAMPAIGN_ENDED = "CAMPAIGN_ENDED", "The campaign is over."
    CAMPAIGN_INBOUND = "CAMPAIGN_INBOUND", "The campaign answers calls and never dials."
    NO_ACTIVE_PLAN = "NO_ACTIVE_PLAN", "The workspace has no active plan, which calls need here."
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS", "The workspace's credit does not suffice."
    CONCURRENCY_LIMIT = "CONCURRENCY_LIMIT", "As many calls as permitted are in progress."
    CALL_RATE_LIMIT = "CALL_RATE_LIMIT", "As many calls as permitted were started this second."
    DAILY_LIMIT = "DAILY_LIMIT", "As many calls or e-mails as permitted were made today."
    ATTEMPT_LIMIT = "ATTEMPT_LIMIT", "The number was tried as often as permitted today."
    NUMBER_IN_CALL = "NUMBER_IN_CALL", "A call with this number is in progress."
    BAD_REQUEST = "BAD_REQUEST", "The request is malformed."
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED", "The document is not GraphQL."
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not fit the schema."
    BAD_USER_INPUT = "BAD_USER_INPUT", "Variables or arguments do not fit their types."
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND", "The document lacks the operation that was named."
    DOCUMENT_TOO_LARGE = (
        "DOCUMENT_TOO_LARGE",
        "The document exceeds a limit; the message says which.",
    )
    COST_EXCEEDED = "COST_EXCEEDED", "The operation may return too much; a smaller `first` fits."
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "Send the document along with its hash.",
    )
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED", "Only documents of the manifest are served."
    INVALID_TEXT = "INVALID_TEXT", "Text holds a NUL character or half a surrogate pair."
    INVALID_ID = "INVALID_ID", "The id isn't one of the type that is expected here."
    INVALID_CURSOR = "INVALID_CURSOR", "The cursor isn't one of ours, or of another ordering."
    GAP = (
        "GAP",
        "What followed the cursor is no longer kept; `extensions.cursor` goes on from here.",
    )
    INVALID_PAGE = "INVALID_PAGE", "Paging arguments are out of bounds or contradict each other."
    INVALID_FILTER = "INVALID_FILTER", "A filter's value can't be used."
    UNAUTHENTICATED = "UNAUTHENTICATED", "A valid API key is needed."
    FORBIDDEN = "FORBIDDEN", "The API key lacks a scope that the operation needs."
    INVALID_LINK = "INVALID_LINK", "The link has expired or was altered; ask for a new one."
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED", "The key was used with other input."
    IDEMPOTENCY_IN_PROGRESS = (
        "IDEMPOTENCY_IN_PROGRESS",
        "A request with this key is being worked on.",
    )
    RATE_LIMITED = "RATE_LIMITED", "Too many requests; `Retry-After` says when to try again."
    TIMEOUT = "TIMEOUT", "The operation took too long; ask for less or narrow the filter."
    UNAVAILABLE = "UNAVAILABLE", "A part can't be reached right now; try again shortly."
    INTERNAL = "INTERNAL", "Something went wrong on our side; the request id finds it in the log."


vocabulary(ErrorCode)
