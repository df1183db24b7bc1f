"""Who asks: the identity that every read and write is scoped to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Caller:
    """An authenticated API key or client token."""

    workspace_id: str
    key_id: str
    scopes: frozenset[str]
    subject: str | None = None
    now: str = field(default="", compare=False)
    """The request's instant in the wire format."""

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
