"""Where clients of the GraphQL door meet each error code: written into the reference docs."""

from __future__ import annotations

from dataclasses import dataclass

from schema.error_code import ErrorCode

#: A well-formed request that can't be executed: old clients expect 200.
DOCUMENT = "400; as `application/json` 200"


@dataclass(frozen=True)
class Place:
    """Where a code may stand."""

    payload: bool = False
    """Among the `errors` of a verb's payload, with status 200."""
    field: bool = False
    """In a top-level error at a field that is null, while others are answered, with status 200."""
    refusal: str = ""
    """The status of an answer without data: nothing was executed."""


PAYLOAD = Place(payload=True)
FIELD = Place(field=True)
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
    ErrorCode.NOT_FOUND: Place(payload=True, refusal="404 at other paths"),
    ErrorCode.CONFLICT: PAYLOAD,
    ErrorCode.IN_USE: PAYLOAD,
    ErrorCode.ILLEGAL_TRANSITION: PAYLOAD,
    ErrorCode.ARCHIVED: PAYLOAD,
    ErrorCode.LEAD_NO_PHONE: PAYLOAD,
    ErrorCode.NUMBER_NOT_READY: PAYLOAD,
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
    ErrorCode.INVALID_ID: Place(payload=True, field=True),
    ErrorCode.INVALID_CURSOR: FIELD,
    ErrorCode.INVALID_PAGE: FIELD,
    ErrorCode.INVALID_FILTER: Place(payload=True, field=True),
    ErrorCode.UNAUTHENTICATED: Place(field=True, refusal="401"),
    ErrorCode.FORBIDDEN: Place(field=True, refusal="403"),
    ErrorCode.IDEMPOTENCY_KEY_REUSED: FIELD,
    ErrorCode.IDEMPOTENCY_IN_PROGRESS: FIELD,
    ErrorCode.RATE_LIMITED: Place(refusal="429"),
    ErrorCode.TIMEOUT: Place(field=True, refusal="504"),
    ErrorCode.UNAVAILABLE: Place(field=True, refusal="503"),
    ErrorCode.INTERNAL: Place(field=True, refusal="500"),
}
