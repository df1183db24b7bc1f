"""A language model is asked for what a campaign wants to know, where the provider has not found it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from gateway.outreach.model import Model, answer, question
from gateway.outreach.providers.provider import Analysis, Report, Said
from gateway.outreach.scene import Scene
from gateway.outreach.wire import LostError
from models import Speaker
from models.database import Dialect, Reads

logger = logging.getLogger("switchboard.outreach")

#: Seconds that an answer may take, and how often it is asked for.
PATIENCE, TRIES = 45.0, 2
SILENT = "The model that finds out what was asked did not answer."
UNREADABLE = "The model that finds out what was asked gave no JSON object."
NO_WORDS = "There is no transcript to find out from what was asked."


def waits(model: Model | None, call: Mapping[str, Any], report: Report) -> bool:
    """Whether a report must wait until the model has been asked."""
    if model is None or call["campaign_id"] is None or not report.complete:
        return False
    return report.analysis is None or report.analysis.extracted is None


async def found_out(
    scene: Scene, workspace_id: str, call: Mapping[str, Any], reports: Sequence[Report]
) -> list[Report]:
    """The reports, with what the model has found in the one that is the last."""
    found = []
    for each in reports:
        if call["artifacts_at"] is None and waits(scene.model, call, each):
            analysis = each.analysis or Analysis()
            told = next((one.turns for one in reversed(reports) if one.turns), None)
            values = await _asked(scene, workspace_id, call, told)
            each = replace(each, analysis=replace(analysis, **values))
        found.append(each)
    return found


async def _asked(
    scene: Scene, workspace_id: str, call: Mapping[str, Any], told: Sequence[Said] | None
) -> dict[str, Any]:
    dialect = scene.database.dialect
    schema, kept = await scene.database.run(_read(dialect, workspace_id, call))
    if schema is None:
        return {}
    turns = kept if told is None else told
    if not turns:
        return {"note": NO_WORDS}
    assert scene.model is not None
    request = question(scene.model, schema, turns)
    for _ in range(TRIES):
        try:
            response = await scene.wire.ask(request, PATIENCE, own=True)
        except LostError as error:
            logger.warning("what a campaign asks for could not be found out: %s", error)
            continue
        if response.status == 200:
            values = answer(response)
            return {"note": UNREADABLE} if values is None else {"extracted": values}
        logger.warning("what a campaign asks for could not be found out: %d", response.status)
    return {"note": SILENT}


def _read(
    dialect: Dialect, workspace_id: str, call: Mapping[str, Any]
) -> Reads[tuple[dict[str, Any] | None, list[Said]]]:
    """The campaign's schema, and what is kept of the call's words."""
    mark = "$" if dialect == "postgres" else "?"
    rows = yield (
        f"SELECT extraction_schema FROM campaign WHERE workspace_id = {mark}1 AND id = {mark}2",
        (workspace_id, call["campaign_id"]),
    )
    schema = None if not rows or rows[0][0] is None else orjson.loads(rows[0][0])
    turns = yield (
        "SELECT speaker, text FROM transcript_turn "
        f"WHERE workspace_id = {mark}1 AND call_id = {mark}2 ORDER BY position",
        (workspace_id, call["id"]),
    )
    return schema, [Said(Speaker[speaker], text) for speaker, text in turns]
