"""The providers of calls, each a file; a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.outreach.providers import simulator, twilio, vapi
from gateway.outreach.providers.provider import Voice
from models import Provider

VOICES: Mapping[Provider, Voice] = {
    Provider.SIMULATOR: simulator,
    Provider.TWILIO: twilio,
    Provider.VAPI: vapi,
}
