"""Who asks: the identity that every read and write is scoped to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from models import Actor
from models.columns import now as present
from models.columns import wire
from models.database import Dialect
from schema.installation import BARE, Installation


@dataclass(frozen=True)
class Allowance:
    """What the installation lets anybody ask for; workspaces and keys may have rates of their own."""

    requests_per_minute: int | None = 120
    """Of a key without a rate of its own."""
    workspace_per_minute: int | None = None
    """Of a workspace without a rate of its own, over all its keys."""
    requests_per_day: int | None = None
    cost: int = 20_000


@dataclass(frozen=True)
class Caller:
    """An authenticated API key or client token."""

    workspace_id: str
    key_id: str
    scopes: frozenset[str]
    subject: str | None = None
    actor: Actor = Actor.API_KEY
    """Who the event log says it was; commands act as the system."""
    now: str = field(default="", compare=False)
    """The request's instant in the wire format."""
    allowance: Allowance = field(default_factory=Allowance, compare=False)
    installation: Installation = field(default=BARE, compare=False)

    @property
    def instant(self) -> str:
        """When the request was made; the present where no door has said."""
        return self.now or wire(present())

    def may(self, scope: str) -> bool:
        """Whether the scopes allow `scope`; `full` allows all, write implies read."""
        return allows(self.scopes, scope)


def allows(scopes: frozenset[str], scope: str) -> bool:
    """Whether `scopes` cover `scope`: `full` all, `read_only` every `…:read`, write its read."""
    if scope in scopes or "full" in scopes:
        return True
    noun, _, action = scope.partition(":")
    if action == "read":
        return "read_only" in scopes or f"{noun}:write" in scopes
    return False


class Question(Protocol):
    """What a root field's function knows of who asks; the same in both executors."""

    @property
    def caller(self) -> Caller:
        """Who asks."""

    @property
    def dialect(self) -> Dialect:
        """The database that the function's statements are for."""

    @property
    def workspace(self) -> str:
        """The caller's workspace, to be bound in every statement."""

    @property
    def now(self) -> str:
        """The present instant in the wire format; functions have no other clock."""
