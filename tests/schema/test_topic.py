"""Topics: what a subscription wants of an event is what the same filter finds in the log."""

from __future__ import annotations

import random
from typing import Any

from gateway.graph import core
from gateway.live.happening import Happening, behind
from models import Agent, Call, Campaign, EventType, Lead, Subject
from models.database import connect
from schema.noun import NOUNS
from schema.place import NO_EPOCH, Place
from schema.topic import CALL_TYPES, Topic, filtered, predicate
from tests.conftest import Filled

core()
IDS = {"leadId": Lead, "agentId": Agent, "callId": Call, "campaignId": Campaign}


def test_every_field_of_the_filter_can_be_tested() -> None:
    samples: dict[str, Any] = {"type": ["LEAD_CREATED"], "subjectKind": ["LEAD"], "createdAt": {}}
    for name in NOUNS["Activity"].conditions:
        prefix = name.removesuffix("Id")
        sample = samples.get(name, f"{prefix}_01920000-0000-7000-8000-000000000000")
        assert callable(predicate(name, sample)), name


def test_equal_filters_are_equal_topics() -> None:
    one = filtered({"type": ["LEAD_CREATED"], "leadId": None})
    assert one == filtered({"type": ["LEAD_CREATED"]})
    assert hash(one) == hash(filtered({"type": ["LEAD_CREATED"]}))
    assert one != filtered({"type": []})
    assert filtered(None) == filtered({}) == Topic()


async def test_what_is_wanted_is_what_is_found(world: Filled) -> None:
    database = await connect(world.url)
    workspace = world.workspaces[0]
    dice = random.Random(3)
    place = Place(workspace.id, NO_EPOCH, 0)
    try:
        every: list[Happening] = await database.run(behind(database.dialect, place, 1000))
        assert len(every) > 10
        hits = 0
        for _ in range(60):
            topic = chosen(dice, every, workspace.ids)
            found = await database.run(behind(database.dialect, place, 1000, topic))
            wanted = [each.position for each in every if topic.wants(each)]
            assert [each.position for each in found] == wanted
            hits += bool(wanted)
        assert hits > 10
    finally:
        await database.close()


def chosen(dice: random.Random, events: list[Happening], ids: Any) -> Topic:
    """A topic that some of the events may belong to."""
    some = dice.choice(events)
    filter: dict[str, Any] = {}
    if dice.random() < 0.5:
        filter["type"] = dice.choice([[some.type], [some.type, "LEAD_CREATED"], []])
    if dice.random() < 0.3:
        filter["subjectKind"] = [some.subject_kind, dice.choice(list(Subject)).value]
    for name, model in IDS.items():
        if dice.random() < 0.2:
            id = getattr(some, f"{name.removesuffix('Id')}_id") or dice.choice(ids[model])
            filter[name] = f"{name.removesuffix('Id')}_{id}"
    if dice.random() < 0.3:
        filter["createdAt"] = dice.choice(
            [{"from": some.created_at}, {"to": some.created_at}, {"from": None}]
        )
    topic = filtered(filter)
    if dice.random() < 0.2:
        types = dice.choice([CALL_TYPES, frozenset({some.type}), frozenset(EventType)])
        topic = Topic(types, "lead_id", some.lead_id or ids[Lead][0], text=topic.text)
    return topic
