"""How many statements verbs take: on PostgreSQL each is a round trip."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.resolvers.conftest import Door
from tests.resolvers.wire import overheard

LEAD = "lead { id name stage version updatedAt agent { id name } }"
CALLS = "lead { id calls { nodes { id } } }"
ACTIVITY = "lead { id activity { nodes { id } } }"
AGENT = "agent { id name version archivedAt }"
NUMBER = "phoneNumber { id e164 version }"
PHONE = "+14155550123"


class Case(NamedTuple):
    """A verb, and how many statements it takes."""

    verb: str
    input: dict[str, Any]
    selection: str
    postgres: int
    keyed: int
    """How many more with a key on PostgreSQL, where it is looked up first."""
    sqlite: int


CASES = [
    Case("createLead", {"name": "Ada"}, LEAD, 1, 1, 6),
    Case("createLead", {"name": "Ada", "agentId": "agent"}, LEAD, 2, 1, 7),
    # One thing is presumed to change, unless a row that the lead refers to is asked for.
    Case("updateLead", {"id": "lead", "stage": "QUALIFIED"}, "lead { stage version }", 1, 1, 7),
    Case("updateLead", {"id": "lead", "stage": "QUALIFIED"}, LEAD, 2, 1, 7),
    Case("updateLead", {"id": "lead", "stage": "LOST", "role": "CEO"}, LEAD, 2, 1, 7),
    Case("updateLead", {"id": "lead", "agentId": "agent"}, LEAD, 3, 1, 8),
    Case("updateLead", {"id": "lead", "stage": "LOST"}, CALLS, 1, 1, 8),
    # What is read is written, too.
    Case("updateLead", {"id": "lead", "stage": "LOST"}, ACTIVITY, 4, 1, 8),
    Case("upsertLead", {"phone": PHONE, "name": "Ada"}, LEAD, 3, 1, 8),
    # What is planned for the lead is looked for, and what refers to it lets go of it.
    Case("deleteLead", {"id": "lead"}, "deletedId", 12, 2, 12),
    Case("createAgent", {"type": "OUTBOUND"}, AGENT, 1, 1, 6),
    Case("updateAgent", {"id": "agent", "name": "B"}, AGENT, 2, 1, 7),
    # Whoever starts a campaign with it waits meanwhile.
    Case("archiveAgent", {"id": "agent"}, AGENT, 9, 2, 8),
    Case("deleteAgent", {"id": "agent"}, "deletedId", 3, 1, 7),
    Case("addPhoneNumber", {"e164": PHONE}, NUMBER, 2, 1, 7),
    Case("updateWorkspace", {"name": "Away"}, "workspace { name }", 2, 1, 7),
    Case("suppress", {"phone": PHONE}, "created", 3, 1, 7),
]


@pytest.mark.parametrize("case", CASES, ids=lambda each: f"{each[0]}-{len(each[1])}")
@pytest.mark.parametrize("key", [None, "k"])
async def test_statements(door: Door, case: Case, key: str | None) -> None:
    made = await door.done("createLead", {"name": "Grace"}, "lead { id }")
    given = {"lead": made["lead"]["id"]}
    made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    given |= {"agent": made["agent"]["id"]}
    # Numbers are taken in blocks, in transactions of their own.
    await door.verb("addPhoneNumber", {"e164": "+1"})
    input = {name: given.get(str(value), value) for name, value in case.input.items()}
    async with overheard(door.database) as heard:
        await door.done(case.verb, input, case.selection, key)
    if door.database.dialect == "postgres":
        assert len(heard) == case.postgres + (key is not None) * case.keyed, heard
    else:
        assert len(heard) == case.sqlite + (key is not None) * 2, heard


async def test_a_change_of_nothing(door: Door) -> None:
    made = await door.done("createLead", {"name": "Ada"}, "lead { id }")
    input = {"id": made["lead"]["id"], "name": "Ada"}
    async with overheard(door.database) as heard:
        await door.done("updateLead", input, LEAD)
    assert len(heard) == (2 if door.database.dialect == "postgres" else 4), heard
    async with overheard(door.database) as heard:
        await door.done("updateLead", input, LEAD, "k")
    assert len(heard) == 6, heard


async def test_a_replay(door: Door) -> None:
    await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    async with overheard(door.database) as heard:
        assert (await door.done("createLead", {"name": "Ada"}, LEAD, "k"))["replayed"]
    assert len(heard) == (2 if door.database.dialect == "postgres" else 4), heard
