"""Where clients of the GraphQL door meet each error code: written into the reference docs."""

from __future__ import annotations

from dataclasses import dataclass

from schema.error_code import ErrorCode

#: A well-formed request that can't be executed: old clients expect 200.
DOCUMENT = "400; as `application/json` 200"
#: Nothing is delivered: see docs/live.md.
SUBSCRIPTION = "of a subscription"


@dataclass(frozen=True)
class Place:
    """Where a code may stand."""

    payload: bool = False
    """Among the `errors` of a verb's payload, with status 200."""
    field: bool = False
    """In a top-level error at a field that is null, while others are answered, with status 200."""
    refusal: str = ""
    """The status of an answer without data: nothing was executed."""
    policy: bool = False
    """In the answer of `contactability`, and among the warnings or as `blockedCode` of outreach."""


PAYLOAD = Place(payload=True)
FIELD = Place(field=True)
POLICY = Place(policy=True)
FORBIDDEN_OUTREACH = Place(payload=True, policy=True)
REFUSED_DOCUMENT = Place(refusal=DOCUMENT)

PLACES: dict[ErrorCode, Place] = {
    ErrorCode.REQUIRED: PAYLOAD,
    ErrorCode.INVALID: PAYLOAD,
    ErrorCode.TOO_LONG: PAYLOAD,
    ErrorCode.OUT_OF_RANGE: PAYLOAD,
    ErrorCode.INVALID_PHONE: PAYLOAD,
    ErrorCode.INVALID_EMAIL: PAYLOAD,
    ErrorCode.INVALID_URL: PAYLOAD,
    ErrorCode.INVALID_TIME_ZONE: PAYLOAD,
    ErrorCode.INVALID_LANGUAGE: PAYLOAD,
    ErrorCode.INVALID_SCOPE: PAYLOAD,
    ErrorCode.INVALID_SCHEMA: PAYLOAD,
    ErrorCode.NOT_FOUND: Place(payload=True, field=True, refusal="404 at other paths"),
    ErrorCode.NOT_FOUND: Place(payload=True, refusal="404 at other paths; of a subscription"),
    ErrorCode.CONFLICT: PAYLOAD,
    ErrorCode.IN_USE: PAYLOAD,
    ErrorCode.ILLEGAL_TRANSITION: PAYLOAD,
    ErrorCode.ARCHIVED: PAYLOAD,
    ErrorCode.WORKSPACE_CLOSED: FORBIDDEN_OUTREACH,
    ErrorCode.LEAD_NO_PHONE: FORBIDDEN_OUTREACH,
    ErrorCode.LEAD_NO_EMAIL: FORBIDDEN_OUTREACH,
    ErrorCode.OPTED_OUT: FORBIDDEN_OUTREACH,
    ErrorCode.SUPPRESSED: FORBIDDEN_OUTREACH,
    ErrorCode.CONSENT_DENIED: FORBIDDEN_OUTREACH,
    ErrorCode.CONSENT_REQUIRED: FORBIDDEN_OUTREACH,
    ErrorCode.CONSENT_UNKNOWN: POLICY,
    ErrorCode.NO_RECIPIENTS: PAYLOAD,
    ErrorCode.PROPOSAL_EXPIRED: PAYLOAD,
    ErrorCode.PROPOSAL_OUTDATED: PAYLOAD,
    ErrorCode.NUMBER_NOT_DIALABLE: FORBIDDEN_OUTREACH,
    ErrorCode.NUMBER_UNASSIGNED: FORBIDDEN_OUTREACH,
    ErrorCode.EMERGENCY_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.SHORT_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.PREMIUM_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.SATELLITE_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.FICTIONAL_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.OWN_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.AGENT_REQUIRED: FORBIDDEN_OUTREACH,
    ErrorCode.AGENT_INACTIVE: FORBIDDEN_OUTREACH,
    ErrorCode.AGENT_CHANNEL: FORBIDDEN_OUTREACH,
    ErrorCode.AGENT_NO_NUMBER: FORBIDDEN_OUTREACH,
    ErrorCode.AGENT_NO_EMAIL: FORBIDDEN_OUTREACH,
    ErrorCode.NUMBER_NOT_READY: FORBIDDEN_OUTREACH,
    ErrorCode.NUMBER_NOT_OURS: FORBIDDEN_OUTREACH,
    ErrorCode.PROVIDER_NOT_CONFIGURED: FORBIDDEN_OUTREACH,
    ErrorCode.OUTSIDE_CALLING_HOURS: FORBIDDEN_OUTREACH,
    ErrorCode.TIME_ZONE_UNKNOWN: POLICY,
    ErrorCode.TOO_LATE: FORBIDDEN_OUTREACH,
    ErrorCode.TOO_EARLY: POLICY,
    ErrorCode.CAMPAIGN_NOT_RUNNING: POLICY,
    ErrorCode.CAMPAIGN_ENDED: FORBIDDEN_OUTREACH,
    ErrorCode.CAMPAIGN_INBOUND: FORBIDDEN_OUTREACH,
    ErrorCode.NO_ACTIVE_PLAN: POLICY,
    ErrorCode.INSUFFICIENT_CREDITS: FORBIDDEN_OUTREACH,
    ErrorCode.CONCURRENCY_LIMIT: POLICY,
    ErrorCode.CALL_RATE_LIMIT: POLICY,
    ErrorCode.DAILY_LIMIT: POLICY,
    ErrorCode.ATTEMPT_LIMIT: POLICY,
    ErrorCode.NUMBER_IN_CALL: POLICY,
    ErrorCode.BAD_REQUEST: Place(
        field=True,
        refusal="400, 405, 406, 408, 413, 414, 415; well-formed, as `application/json` 200",
    ),
    ErrorCode.GRAPHQL_PARSE_FAILED: REFUSED_DOCUMENT,
    ErrorCode.GRAPHQL_VALIDATION_FAILED: REFUSED_DOCUMENT,
    ErrorCode.BAD_USER_INPUT: REFUSED_DOCUMENT,
    ErrorCode.OPERATION_NOT_FOUND: REFUSED_DOCUMENT,
    ErrorCode.DOCUMENT_TOO_LARGE: REFUSED_DOCUMENT,
    ErrorCode.COST_EXCEEDED: REFUSED_DOCUMENT,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: REFUSED_DOCUMENT,
    ErrorCode.DOCUMENT_NOT_TRUSTED: Place(refusal="403; an unknown `documentId` " + DOCUMENT),
    ErrorCode.INVALID_TEXT: Place(payload=True, field=True, refusal="400"),
    ErrorCode.INVALID_ID: Place(payload=True, field=True, refusal=SUBSCRIPTION),
    ErrorCode.INVALID_CURSOR: Place(field=True, refusal=SUBSCRIPTION),
    ErrorCode.GAP: Place(refusal=SUBSCRIPTION),
    ErrorCode.INVALID_PAGE: FIELD,
    ErrorCode.INVALID_FILTER: Place(payload=True, field=True, refusal=SUBSCRIPTION),
    ErrorCode.UNAUTHENTICATED: Place(field=True, refusal="401"),
    ErrorCode.FORBIDDEN: Place(field=True, refusal="403"),
    ErrorCode.INVALID_LINK: Place(refusal="403 at links to recordings and transcripts"),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: FIELD,
    ErrorCode.IDEMPOTENCY_IN_PROGRESS: FIELD,
    ErrorCode.RATE_LIMITED: Place(refusal="429"),
    ErrorCode.TIMEOUT: Place(field=True, refusal="504"),
    ErrorCode.UNAVAILABLE: Place(field=True, refusal="503"),
    ErrorCode.INTERNAL: Place(field=True, refusal="500"),
}
