"""Fetching what providers have recorded, before anybody is told that it is there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from gateway.media import TooLargeError
from gateway.outreach.providers import VOICES
from gateway.outreach.providers.provider import Report, Sound
from gateway.outreach.scene import Scene
from gateway.outreach.wire import LostError
from models.columns import new_id
from schema.vendor import Account

logger = logging.getLogger("switchboard.outreach")

SUFFIXES = {"audio/wav": "wav", "audio/mpeg": "mp3"}


def ready(account: Account, reports: Sequence[Report]) -> list[Report]:
    """Those that can be applied at once: of a recording that must be fetched nobody hears yet."""
    voice = VOICES[account.provider]
    return [
        each for each in reports if each.sound is None or voice.sound(account, each.sound) is None
    ]


async def fetched(
    scene: Scene, account: Account, workspace_id: str, reports: Sequence[Report]
) -> list[Report]:
    """The reports, with the recordings kept here; without one that could not be fetched now."""
    found = []
    for each in reports:
        if each.sound is None:
            found.append(each)
            continue
        sound = await _fetched(scene, account, workspace_id, each.sound)
        if sound is not None:
            found.append(replace(each, sound=sound))
    return found


async def _fetched(scene: Scene, account: Account, workspace_id: str, sound: Sound) -> Sound | None:
    request = VOICES[account.provider].sound(account, sound)
    if request is None:
        return sound
    id = new_id()
    path = scene.store.place(workspace_id, id, SUFFIXES.get(sound.media_type or "", "bin"))
    try:
        size = await scene.store.receive(path, scene.wire.pieces(request))
    except LostError as error:
        logger.warning("a recording could not be fetched: %s", error)
        return None
    except TooLargeError:
        logger.warning("a recording is too large to be kept")
        return replace(sound, id=None, url=None, lost=True)
    return replace(sound, kept_as=id, path=path, size_bytes=size)
