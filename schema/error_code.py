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
    LEAD_NO_PHONE = "LEAD_NO_PHONE", "The lead has no phone number."
    NUMBER_NOT_READY = "NUMBER_NOT_READY", "The phone number can't be used in its state."
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
    INVALID_PAGE = "INVALID_PAGE", "Paging arguments are out of bounds or contradict each other."
    INVALID_FILTER = "INVALID_FILTER", "A filter's value can't be used."
    UNAUTHENTICATED = "UNAUTHENTICATED", "A valid API key is needed."
    FORBIDDEN = "FORBIDDEN", "The API key lacks a scope that the operation needs."
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
