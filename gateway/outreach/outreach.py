"""All that reaches out in one process, wired together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from gateway.execution.numbers import Numbers
from gateway.lasting import lasting
from gateway.live import words
from gateway.live.hub import Live
from gateway.media import media_store
from gateway.outreach.callbacks import Callbacks
from gateway.outreach.dispatcher import Dispatcher
from gateway.outreach.mail import MailSender
from gateway.outreach.maildir import maildir
from gateway.outreach.model import Model
from gateway.outreach.scene import Scene
from gateway.outreach.shared_clock import SharedClock
from gateway.outreach.simulation import SCHEME, Simulation
from gateway.outreach.speech import Speech
from gateway.outreach.unsubscribing import Unsubscribing
from gateway.outreach.wire import Wire
from gateway.settings import Settings
from models.database import Database
from schema.installation import Installation


def dispatches(settings: Settings) -> bool:
    """Whether the server places calls itself."""
    if settings.dispatcher == "auto":
        return settings.database_url.startswith("sqlite://")
    return settings.dispatcher == "on"


def _model(settings: Settings) -> Model | None:
    """What is asked for what campaigns want to know, if anything is."""
    if settings.extraction_url is None:
        return None
    url = settings.extraction_url.rstrip("/")
    return Model(url, settings.extraction_model, settings.extraction_key)


class Outreach:
    """Starts and stops what places calls and sends mail, and takes what is reported."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        installation: Installation,
        clock: Callable[[], datetime],
        ring: Callable[[str], None],
        *,
        dispatching: bool,
        live: Live | None = None,
    ) -> None:
        self._clock = SharedClock(database, clock)
        simulation = Simulation(settings.simulator_seed, settings.simulator_speed, self._clock)
        self._wire = Wire({SCHEME: simulation}, anywhere=settings.private_providers)
        self._rings = ring
        numbers, store = Numbers(database), media_store(settings)
        self._speech = Speech(
            lambda workspace, call, said: words.tell(database, workspace, call, said, live)
        )
        scene = Scene(
            *(database, self._wire, installation, self._clock, self._rung),
            *(numbers, store, self._speech, _model(settings)),
        )
        self._dispatcher = Dispatcher(scene) if dispatching else None
        self._mail = MailSender(scene, maildir(settings)) if dispatching else None
        self.unsubscribing = Unsubscribing(scene)
        self.callbacks = Callbacks(scene, settings.public_url)
        self._loops: list[asyncio.Task[None]] = []

    def _rung(self, workspace_id: str) -> None:
        """Something was committed here: tell the others, and look for what may go on."""
        self._rings(workspace_id)
        self.ring(workspace_id)

    def ring(self, workspace_id: str) -> None:
        """Something has happened in a workspace that may let a call be dialled, or mail be sent."""
        if self._dispatcher is not None:
            self._dispatcher.ring(workspace_id)
        if self._mail is not None:
            self._mail.ring(workspace_id)

    async def start(self) -> None:
        """Begin."""
        await self._clock.compare()
        self._loops = [lasting(self._clock.run), lasting(self.callbacks.run)]
        if self._dispatcher is not None:
            self._dispatcher.start()
        if self._mail is not None:
            self._mail.start()

    async def stop(self) -> None:
        """End, once what is under way is written down."""
        stops = [each.stop() for each in (self._dispatcher, self._mail) if each is not None]
        await asyncio.gather(*stops)
        for each in self._loops:
            each.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._speech.stop()
        await self.callbacks.stop()
        await self._wire.close()
