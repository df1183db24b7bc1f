"""Verbs that get in each other's way: none is lost, none is done twice or by half."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from models.database import ConflictError, StatementTimeoutError
from models.database.connection import Connection
from models.database.postgres import PostgresDatabase
from resolvers.agents import _users as users
from resolvers.existing import check_agent
from resolvers.given import Given
from schema.unit import Unit
from tests.resolvers.conftest import Door, mutation
from tests.resolvers.wire import overheard

TEXTS = ("name", "firstName", "lastName", "company", "role", "externalId", "assignedUserUid")
LEAD = "lead { id name version stage }"


async def new_lead(door: Door, **input: Any) -> str:
    payload = await door.done("createLead", {"name": "Ada", **input}, "lead { id }")
    return str(payload["lead"]["id"])


async def test_changes_of_one_row_are_all_applied(door: Door, other: Door) -> None:
    id = await new_lead(door)
    doors = (door, other)
    inputs: list[dict[str, Any]] = [{name: f"new {name}"} for name in TEXTS]
    inputs += [{"stage": "QUALIFIED"}, {"meetingBooked": True}, {"language": "de"}]
    inputs += [{"timeZone": "Europe/Rome"}, {"email": "a@example.com"}, {"phone": "+14155550100"}]
    inputs += [{"outreachDisabled": True}, {"consentState": "GRANTED"}, {"agentId": None}]
    inputs += [{"customFields": {"n": n}} for n in range(4)]
    answers = await asyncio.gather(
        *(
            doors[place % 2].done("updateLead", {"id": id, **each}, LEAD)
            for place, each in enumerate(inputs)
        )
    )
    # Setting what there is already changes nothing.
    changes = len(inputs) - 1
    versions = [each["lead"]["version"] for each in answers if each["lead"]["version"] > 1]
    assert set(versions) >= set(range(2, changes + 2))
    fields = " ".join((*TEXTS, "stage meetingBooked language timeZone email phone customFields"))
    data = await door.ask(f'{{ lead(id: "{id}") {{ version outreachDisabled {fields} }} }}')
    lead = data["lead"]
    assert lead["version"] == changes + 1
    assert [lead[name] for name in TEXTS] == [f"new {name}" for name in TEXTS]
    assert (lead["stage"], lead["meetingBooked"], lead["language"]) == ("QUALIFIED", True, "de")
    assert (lead["email"], lead["phone"]) == ("a@example.com", "+14155550100")
    assert (lead["timeZone"], lead["outreachDisabled"]) == ("Europe/Rome", True)
    assert lead["customFields"]["n"] in range(4)
    assert [version for _, version in await door.events(id)] == list(range(1, changes + 2))


@pytest.mark.parametrize("verb", ["createLead", "updateLead", "upsertLead", "deleteLead"])
async def test_one_key_has_one_effect(door: Door, other: Door, verb: str) -> None:
    id = await new_lead(door)
    inputs: dict[str, dict[str, Any]] = {
        "createLead": {"name": "Eve"},
        "updateLead": {"id": id, "stage": "QUALIFIED"},
        "upsertLead": {"phone": "+14155550199"},
        "deleteLead": {"id": id},
    }
    # What each process remembers of its own requests must not be what the promise rests on.
    door.engine._verbs._running = Forgetful()
    selection = "deletedId" if verb == "deleteLead" else "lead { id }"
    doors = (door, other)
    text = mutation(verb, selection)
    before = await door.count("event")
    answers = await asyncio.gather(
        *(doors[n % 2].answer(text, input=inputs[verb], key="same") for n in range(50))
    )
    assert await door.count("event") == before + 1
    codes = {(e.extensions or {})["code"] for each in answers for e in each.errors}
    assert codes <= {"IDEMPOTENCY_IN_PROGRESS"}
    payloads = [(each.data or {})[verb] for each in answers if not each.errors]
    assert [each["errors"] for each in payloads] == [[]] * len(payloads)
    assert Counter(each["replayed"] for each in payloads)[False] == 1
    again = await door.done(verb, inputs[verb], selection, "same")
    assert again["replayed"]
    assert {str(each | {"replayed": True}) for each in payloads} == {str(again)}


class Forgetful(set[tuple[str, str, str]]):
    """Keys in flight that nobody finds."""

    def __contains__(self, _: object) -> bool:
        return False


async def test_the_log_is_in_the_order_of_versions(door: Door, other: Door) -> None:
    leads = [await new_lead(door) for _ in range(3)]

    async def write(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            input = {"id": dice.choice(leads), "name": f"n{dice.random()}"}
            # Some in one statement, some in a transaction with several.
            selection = dice.choice((LEAD, "lead { activity { nodes { id } } }"))
            key = str(dice.random()) if dice.random() < 0.3 else None
            await (door, other)[seed % 2].done("updateLead", input, selection, key)

    await asyncio.gather(*(write(seed) for seed in range(8)))
    for lead in leads:
        versions = [version for _, version in await door.events(lead)]
        assert versions == list(range(1, len(versions) + 1))
    rows = await door.fetch("SELECT id, version FROM lead")
    found = {f"lead_{id}": version for id, version in rows}
    assert sum(found[lead] for lead in leads) == 8 * 25 + len(leads)


async def test_a_broken_connection_leaves_all_or_nothing(door: Door, other: Door) -> None:
    if not isinstance(door.database, PostgresDatabase):
        return
    leads = [await new_lead(door) for _ in range(4)]
    done: set[str] = set()
    failed = 0

    async def write(seed: int) -> None:
        nonlocal failed
        dice = random.Random(seed)
        for count in range(40):
            key = f"{seed}-{count}"
            selection = dice.choice((LEAD, "lead { activity { nodes { id } } }"))
            input = {"id": dice.choice(leads), "name": key}
            answer = await other.answer(mutation("updateLead", selection), input=input, key=key)
            if answer.errors:
                failed += 1
            else:
                done.add(key)

    async def kill() -> None:
        while True:
            await asyncio.sleep(0.005)
            await door.fetch(
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND state <> 'idle' AND query LIKE '%idempotency%' ORDER BY random() LIMIT 1) p"
            )

    killer = asyncio.create_task(kill())
    await asyncio.gather(*(write(seed) for seed in range(6)))
    killer.cancel()
    assert failed
    kept = {row[0] for row in await door.fetch("SELECT key FROM idempotency")}
    titles = [
        row[0].removesuffix(" was changed")
        for row in await door.fetch("SELECT title FROM event WHERE type = 'LEAD_UPDATED'")
    ]
    mine = Counter(title for title in titles if "-" in title and title[0].isdigit())
    assert done <= kept
    assert mine == Counter(kept)
    for lead in leads:
        versions = [version for _, version in await door.events(lead)]
        (row,) = await door.fetch("SELECT version FROM lead WHERE id = ?1", lead[-36:])
        assert versions == list(range(1, row[0] + 1))


async def test_who_gets_no_answer_has_changed_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not isinstance(door.database, PostgresDatabase):
        return
    id = await new_lead(door)
    before = await door.state()
    rows = Connection.rows

    async def slow(self: Connection, sql: str, args: Any = ()) -> Any:
        if sql.startswith("SELECT") and '"event"' in sql:
            raise StatementTimeoutError
        return await rows(self, sql, args)

    text = mutation("updateLead", "lead { activity { nodes { id } } }")
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "rows", slow)
        answer = await door.answer(text, input={"id": id, "name": "Eve"}, key="k")
    assert [(each.extensions or {})["code"] for each in answer.errors] == ["TIMEOUT"]
    assert await door.state() == before
    assert len(door.rings) == 1


async def test_deadlocks_are_tried_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await new_lead(door)
    database = door.database
    transact, rows = database.transact, Connection.rows
    left = 3

    def falls() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ConflictError

    async def disturbed(self: Connection, sql: str, args: Any = ()) -> Any:
        if "UPDATE" in sql:
            falls()
        return await rows(self, sql, args)

    async def disturbing(body: Any) -> Any:
        falls()
        return await transact(body)

    monkeypatch.setattr(Connection, "rows", disturbed)
    monkeypatch.setattr(database, "transact", disturbing)
    assert (await door.done("updateLead", {"id": id, "name": "Eve"}, LEAD))["lead"]["version"] == 2
    left = 4
    assert await door.code("updateLead", {"id": id, "name": "Ada"}) == "UNAVAILABLE"
    left = 0
    assert [version for _, version in await door.events(id)] == [1, 2]


async def test_a_deadlock_is_known_as_one(door: Door) -> None:
    if not isinstance(door.database, PostgresDatabase):
        return
    leads = [(await new_lead(door))[-36:] for _ in range(2)]
    met = asyncio.Barrier(2)

    async def lock(first: str, second: str) -> None:
        sql = "UPDATE lead SET version = version + 1 WHERE id = $1"
        async with door.database.transaction() as transaction:
            await transaction.fetch(sql, [first])
            await met.wait()
            await transaction.fetch(sql, [second])

    found = await asyncio.gather(lock(*leads), lock(*reversed(leads)), return_exceptions=True)
    assert sorted(map(type, found), key=str) == sorted((type(None), ConflictError), key=str)


async def test_a_key_that_has_expired_while_it_is_used_again(door: Door, other: Door) -> None:
    await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    door.clock.advance(hours=24)
    before = await door.count("lead")
    text = mutation("createLead", LEAD)
    await asyncio.gather(
        *((door, other)[n % 2].answer(text, input={"name": "Ada"}, key="k") for n in range(10))
    )
    assert await door.count("lead") == before + 1
    assert (await door.done("createLead", {"name": "Ada"}, LEAD, "k"))["replayed"]


async def test_what_loses_its_lead_is_changed(door: Door) -> None:
    lead = await new_lead(door)
    rows = {}
    # Of what is over nothing is withdrawn.
    over = {"call": "status = 'COMPLETED'", "email": "status = 'SENT'", "recipient": "attempts = 1"}
    for table, done in over.items():
        first = (
            "min(CAST(id AS text))" if door.database.dialect == "sqlite" else "min(id::text)::uuid"
        )
        await door.fetch(
            f"UPDATE {table} SET lead_id = ?1, {done} WHERE workspace_id = ?2 AND id = "
            f"(SELECT {first} FROM {table} WHERE workspace_id = ?2)",
            lead[-36:],
            door.workspace.id,
        )
        sql = f"SELECT id, version FROM {table} WHERE lead_id = ?1"
        rows[table] = (await door.fetch(sql, lead[-36:]))[0]
    door.clock.advance(minutes=1)
    await door.done("deleteLead", {"id": lead}, "deletedId")
    for table, (id, version) in rows.items():
        sql = f"SELECT lead_id, version, updated_at FROM {table} WHERE id = ?1"
        ((left, now, at),) = await door.fetch(sql, id)
        assert (left, now) == (None, version + 1)
        assert at.replace(" ", "T").startswith(f"{door.clock():%Y-%m-%dT%H:%M}")


async def test_rows_changed_by_all_kinds_of_verbs_at_once(door: Door, other: Door) -> None:
    """Whatever way each goes, versions count every change and the log tells of it."""
    agent = (await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }"))["agent"]["id"]
    leads = [await new_lead(door, phone=f"+1415555010{n}") for n in range(3)]

    async def work(seed: int) -> None:
        dice = random.Random(seed)
        use = (door, other)[seed % 2]
        for _ in range(12):
            place = dice.randrange(3)
            name = {"name": f"n{dice.random()}"}
            verb, input = dice.choice(
                (
                    ("updateLead", {"id": leads[place], **name}),
                    ("upsertLead", {"phone": f"+1415555010{place}", **name}),
                    ("assignLeads", {"leadIds": leads[:2], "agentId": dice.choice((agent, None))}),
                )
            )
            await use.done(verb, input, "")

    await asyncio.gather(*(work(seed) for seed in range(6)))
    for lead in leads:
        versions = [version for _, version in await door.events(lead)]
        (row,) = await door.fetch("SELECT version FROM lead WHERE id = ?1", lead[-36:])
        assert versions == list(range(1, row[0] + 1))


async def test_texts_depend_on_the_shape_alone(door: Door) -> None:
    texts = set()
    for stage in ("QUALIFIED", "LOST"):
        lead = await new_lead(door)
        async with overheard(door.database) as heard:
            await door.done("updateLead", {"id": lead, "stage": stage}, LEAD)
        texts.add(tuple(heard))
    if door.database.dialect == "postgres":
        assert len(texts) == 1


@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("more", [{}, {"stage": "LOST", "company": "Acme"}])
async def test_what_is_named_goes_while_it_is_looked_at(
    door: Door, other: Door, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], key: str | None
) -> None:
    if door.database.dialect != "postgres":
        pytest.skip("SQLite has one writer, whom nobody overtakes.")
    id = await new_lead(door)
    made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    agent = made["agent"]["id"]

    async def overtaken(unit: Unit, given: Given) -> None:
        await check_agent(unit, given)
        await other.verb("deleteAgent", {"id": agent})

    monkeypatch.setattr("resolvers.leads.check_agent", overtaken)
    payload = await door.verb("updateLead", {"id": id, "agentId": agent, **more}, LEAD, key)
    assert payload["lead"] is None
    assert [(each["code"], each["path"][-1]) for each in payload["errors"]] == [
        ("NOT_FOUND", "agentId")
    ]


@pytest.mark.parametrize("key", [None, "k"])
async def test_what_is_deleted_is_used_meanwhile(
    door: Door, other: Door, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if door.database.dialect != "postgres":
        pytest.skip("SQLite has one writer, whom nobody overtakes.")
    made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    agent = made["agent"]["id"]
    leads: list[str] = []

    async def overtaken(unit: Unit, uuid: str) -> list[str]:
        found = await users(unit, uuid)
        if not leads:
            leads.append(await new_lead(other, agentId=agent))
        return found

    monkeypatch.setattr("resolvers.agents._users", overtaken)
    payload = await door.verb("deleteAgent", {"id": agent}, "deletedId", key)
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [("IN_USE", ["id"])]
    await door.done("deleteLead", {"id": leads[0]}, "")
    await door.done("deleteAgent", {"id": agent}, "deletedId")


async def test_who_deletes_and_who_uses_agree(door: Door, other: Door) -> None:
    """Either the agent goes and the lead finds none, or the lead has it and it stays."""
    for turn in range(30):
        made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
        agent = made["agent"]["id"]

        async def use(agent: str = agent, turn: int = turn) -> dict[str, Any]:
            await asyncio.sleep(turn % 10 * 0.001)
            return await other.verb("createLead", {"name": "Ada", "agentId": agent}, LEAD)

        deleted, used = await asyncio.gather(
            door.verb("deleteAgent", {"id": agent}, "deletedId"), use()
        )
        codes = [[each["code"] for each in payload["errors"]] for payload in (deleted, used)]
        assert codes in ([["IN_USE"], []], [[], ["NOT_FOUND"]])


@pytest.mark.parametrize("verb", ["archiveAgent", "releasePhoneNumber"])
async def test_a_campaign_starts_or_loses_what_it_needs(door: Door, other: Door, verb: str) -> None:
    for round in range(8):
        agent = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
        speaker = agent["agent"]["id"]
        line = {"e164": f"+44207946{round:04}", "outboundAgentId": speaker}
        number = await door.done("addPhoneNumber", line, "phoneNumber { id }")
        wanted = {"name": "Race", "agentId": speaker, "phoneNumberId": number["phoneNumber"]["id"]}
        made = await door.done("createCampaign", wanted, "campaign { id }")
        campaign = made["campaign"]["id"]
        people = {"campaignId": campaign, "recipients": [{"phone": "+12125550199"}]}
        await door.done("addRecipients", people, "createdCount")
        taken = speaker if verb == "archiveAgent" else number["phoneNumber"]["id"]
        started, gone = await asyncio.gather(
            door.verb("startCampaign", {"id": campaign}), other.verb(verb, {"id": taken})
        )
        assert bool(started["errors"]) is not bool(gone["errors"])
        if started["errors"]:
            data = await door.ask(f'{{ campaign(id: "{campaign}") {{ status }} }}')
            assert data["campaign"]["status"] == "DRAFT"
        else:
            assert [each["code"] for each in gone["errors"]] == ["IN_USE"]
