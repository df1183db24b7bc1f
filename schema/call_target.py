"""Whom to call: a lead, or a bare number."""

from __future__ import annotations

import strawberry


@strawberry.input(one_of=True, description="Whom to call: exactly one of these.")
class CallTarget:
    """Whom to call."""

    lead_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="A lead, called at its phone number."
    )
    phone: strawberry.Maybe[str] = strawberry.field(
        description="A phone number in E.164; its lead is found, or made if there is none."
    )
