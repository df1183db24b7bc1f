"""The installation: what verbs and fields need to know of it beside its database."""

from __future__ import annotations

from dataclasses import dataclass, field

from schema.errors import UnavailableError
from schema.vault import Vault

NO_KEY = (
    "This installation has no key for secrets; whoever runs it must set SWITCHBOARD_SECRET_KEYS."
)


@dataclass(frozen=True)
class Installation:
    """Where this server is and what it may do; without settings, as little as can be."""

    vault: Vault | None = field(default=None, repr=False)
    """Null where it has no key."""
    address: str = ""
    """The beginning of links to this server, without a slash at the end."""
    public: bool = False
    """Whether the world reaches that address, so that providers can report to it."""
    private_providers: bool = False
    """Whether vendors may be reached at private addresses and over plain HTTP."""
    private_webhooks: bool = False
    """Whether webhooks may be sent to private addresses, and over plain HTTP."""

    plan_required: bool = False
    """Whether a workspace without a plan may call nobody."""

    @property
    def secrets(self) -> Vault:
        """The vault; raises `UnavailableError` where there is none."""
        if self.vault is None:
            raise UnavailableError(NO_KEY)
        return self.vault


#: Where nobody has said anything.
BARE = Installation()
