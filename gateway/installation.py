"""The installation as the settings describe it."""

from __future__ import annotations

from gateway.address import address
from gateway.keyring import vault
from gateway.settings import Settings
from schema.installation import Installation


def installed(settings: Settings) -> Installation:
    """What verbs, fields and providers need to know of it; raises `KeyringError`."""
    return Installation(
        vault(settings),
        address(settings),
        public=settings.public_url is not None,
        private_providers=settings.private_providers,
        private_webhooks=settings.private_webhooks,
        plan_required=settings.require_plan,
    )
