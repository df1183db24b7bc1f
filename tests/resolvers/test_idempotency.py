"""Orders that are repeated: one effect, whatever the client does."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.resolvers.conftest import Door, mutation

LEAD = "lead { id name version }"


async def test_a_replay_answers_again_with_the_present_state(door: Door) -> None:
    first = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    assert not first["replayed"]
    state = await door.state()
    again = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    assert again == {**first, "replayed": True}
    assert await door.state() == state
    await door.done("updateLead", {"id": first["lead"]["id"], "name": "Grace"}, LEAD)
    later = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    assert later["lead"] == {"id": first["lead"]["id"], "name": "Grace", "version": 2}
    assert len(door.rings) == 2


async def test_other_input_is_refused_and_spelling_is_not_other_input(door: Door) -> None:
    await door.done("createLead", {"name": "Ada", "customFields": {"a": 1, "b": 2}}, LEAD, "k")
    assert await door.code("createLead", {"name": "Eve"}, "k") == "IDEMPOTENCY_KEY_REUSED"
    literal = (
        'mutation { createLead(idempotencyKey: "k", '
        'input: {customFields: {b: 2, a: 1}, name: "Ada"}) { replayed } }'
    )
    assert (await door.ask(literal))["createLead"]["replayed"]


async def test_keys_belong_to_one_verb_and_one_workspace(door: Door) -> None:
    first = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    other = await door.foreign().done("createLead", {"name": "Ada"}, LEAD, "k")
    assert not other["replayed"]
    assert other["lead"]["id"] != first["lead"]["id"]
    upsert = await door.done("upsertLead", {"phone": "+14155550199"}, LEAD, "k")
    assert not upsert["replayed"]


async def test_another_key_of_the_workspace_repeats_the_same_order(door: Door) -> None:
    first = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    again = await door.scoped("leads:write").done("createLead", {"name": "Ada"}, LEAD, "k")
    assert again["replayed"]
    assert again["lead"] == first["lead"]
    # Scopes count on a replay too.
    reader = door.scoped("read_only")
    assert await reader.code("createLead", {"name": "Ada"}, "k") == "FORBIDDEN"


async def test_a_key_lives_for_a_day(door: Door) -> None:
    first = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    door.clock.advance(hours=23, minutes=59)
    assert (await door.done("createLead", {"name": "Ada"}, LEAD, "k"))["replayed"]
    door.clock.advance(minutes=1)
    later = await door.done("createLead", {"name": "Ada"}, LEAD, "k")
    assert not later["replayed"]
    assert later["lead"]["id"] != first["lead"]["id"]


async def test_refusals_store_nothing(door: Door) -> None:
    assert await door.problems("createLead", {"phone": "x"}) == {
        ("INVALID_PHONE", "phone"),
        ("REQUIRED", "name"),
    }
    assert not (await door.done("createLead", {"name": "Ada"}, LEAD, "refused"))["replayed"]


async def test_fifty_at_once_have_one_effect(door: Door) -> None:
    before = await door.count("lead")
    text = mutation("createLead", "lead { id }")
    answers = await asyncio.gather(
        *(door.answer(text, input={"name": "Ada"}, key="same") for _ in range(50))
    )
    assert await door.count("lead") == before + 1
    seen = Counter(
        (each.errors[0].extensions or {})["code"]
        if each.errors
        else (each.data or {})["createLead"]["replayed"]
        for each in answers
    )
    assert seen[False] == 1
    assert set(seen) <= {False, True, "IDEMPOTENCY_IN_PROGRESS"}
    assert (await door.done("createLead", {"name": "Ada"}, LEAD, "same"))["replayed"]


async def test_two_processes_at_once_have_one_effect(door: Door) -> None:
    # What each process remembers of its own requests must not be what the promise rests on.
    class Forgetful(set[tuple[str, str, str]]):
        def __contains__(self, _: object) -> bool:
            return False

    door.engine._verbs._running = Forgetful()
    before = await door.count("lead")
    text = mutation("createLead", "lead { id }")
    answers = await asyncio.gather(
        *(door.answer(text, input={"name": "Ada"}, key="same") for _ in range(50))
    )
    assert await door.count("lead") == before + 1
    codes = {(e.extensions or {})["code"] for each in answers for e in each.errors}
    assert codes <= {"IDEMPOTENCY_IN_PROGRESS"}


async def test_keys_must_be_texts_that_can_be_kept(door: Door) -> None:
    for key in ("", "x" * 256):
        assert await door.code("createLead", {"name": "Ada"}, key) == "BAD_REQUEST"
    for key in ("a\x00b", "\ud800"):
        assert await door.code("createLead", {"name": "Ada"}, key) == "INVALID_TEXT"
    for key in ("x" * 255, "ключ 🔑", "'; DROP TABLE lead; --"):
        assert not (await door.done("createLead", {"name": "Ada"}, LEAD, key))["replayed"]
        assert (await door.done("createLead", {"name": "Ada"}, LEAD, key))["replayed"]
