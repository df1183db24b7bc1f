"""The question whether a lead may be reached, as the graph answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from models import Channel, Provider, WaitingFor
from models.columns import wire
from models.database import Reads
from resolvers.contactability import Decision, Warning, contactability
from resolvers.counting import Timing, counted
from resolvers.routing import Route, Wish, route
from schema import address, identity
from schema.contactability import Contactability, ContactabilityInput, Verdict
from schema.context import Question
from schema.error_code import ErrorCode
from schema.errors import InvalidIdError, NotFoundError
from schema.fields import asked

#: Two statements that count little.
COST = 5
#: Where a field of the wish stands in the input.
PATHS = {
    "lead_id": ("input", "target", "leadId"),
    "agent_id": ("input", "agentId"),
    "from_number_id": ("input", "fromNumberId"),
    "campaign_id": ("input", "campaignId"),
}
PREFIXES = {
    "lead_id": "lead",
    "agent_id": "agent",
    "from_number_id": "phone_number",
    "campaign_id": "campaign",
}


@dataclass(frozen=True)
class Answer:
    """The values of `Contactability`."""

    verdict: Verdict
    code: ErrorCode | None
    message: str | None
    until: str | None
    waiting_for: WaitingFor | None
    warnings: tuple[Warning, ...]
    time_zones: tuple[str, ...]
    address: str | None
    provider: Provider | None
    lead_id: str | None
    agent_id: str | None
    from_number_id: str | None


def may_reach(question: Question, arguments: dict[str, Any]) -> Reads[Answer]:
    """Finds the route, counts, decides: what outreach itself does."""
    given = arguments["input"]
    wish = _wish(given)
    if wish.email is not None and "@" not in wish.email:
        code = ErrorCode.INVALID_EMAIL
        return _answer(Route(wish, {}), Decision(Verdict.REFUSE, code, code.description))
    found = yield from route(question.dialect, question.workspace, wish)
    for name in found.missing:
        raise NotFoundError(f"There is no {PREFIXES[name]} with this id.").at(*PATHS[name])
    if wish.from_number_id is not None and found.number is None and wish.channel == Channel.CALL:
        raise NotFoundError("There is no phone number with this id.").at(*PATHS["from_number_id"])
    timing = Timing(
        given.get("at") or question.now,
        plan_required=question.caller.installation.plan_required,
    )
    facts = yield from counted(question.dialect, question.workspace, found, timing)
    return _answer(found, contactability(facts))


def _wish(given: dict[str, Any]) -> Wish:
    target = given["target"]
    ids: dict[str, Any] = {}
    for name, prefix in PREFIXES.items():
        path = PATHS[name]
        holder = target if name == "lead_id" else given
        public = holder.get(path[-1])
        try:
            ids[name] = None if public is None else identity.parse(public, prefix)
        except InvalidIdError as error:
            raise error.at(*path) from None
    usual = "CALL" if target.get("email") is None else "EMAIL"
    return Wish(
        Channel[given.get("channel") or usual],
        phone=_spelled(target.get("phone")),
        email=_written(target.get("email")),
        **ids,
    )


def _spelled(phone: str | None) -> str | None:
    """As rows hold it; what is no number will be refused as undialable."""
    try:
        return None if phone is None else address.phone(phone)
    except ValueError:
        return phone


def _written(email: str | None) -> str | None:
    """As rows hold it; what is no address has no sign of one."""
    try:
        return None if email is None else address.email(email)
    except ValueError:
        return ""


def _answer(found: Route, decision: Decision) -> Answer:
    lead, agent, number = found.lead or {}, found.agent or {}, found.number or {}
    return Answer(
        decision.verdict,
        decision.code,
        decision.message,
        None if decision.until is None else wire(decision.until),
        decision.waiting_for,
        decision.warnings,
        decision.zones,
        found.address,
        found.provider,
        lead.get("id"),
        agent.get("id"),
        number.get("id"),
    )


def _contactability() -> Any:
    field = asked(
        may_reach,
        "Whether a lead may be reached now, by the policy that calls and e-mails are held to: at "
        "acceptance, and again before dialling. Asking reserves nothing.",
        "leads:read",
        cost=COST,
    )
    field.type = Contactability | None
    field.arguments = [
        StrawberryArgument(
            python_name="input",
            graphql_name=None,
            type_annotation=StrawberryAnnotation(ContactabilityInput),
            description="What is thought of.",
        )
    ]
    return field


QUERIES = {"contactability": _contactability()}
