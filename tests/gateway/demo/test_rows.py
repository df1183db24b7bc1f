"""The demo's rows fit together, whatever the day they are made on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import phonenumbers
import pytest
from tortoise.models import Model

import models
from gateway import demo
from gateway.demo.book import Book
from gateway.demo.dice import Dice
from models import CallStatus, EmailStatus, LeadStage, RecipientState
from models.search import search_text

DAYS = (
    datetime(2026, 5, 13, 15, 20, 4, 567_891, tzinfo=UTC),
    # A Sunday night between two clocks, the end of a leap February, and New Year.
    datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
)
#: Ranges that regulators keep for fiction; `gateway.demo.places` says which and whose.
FICTION = re.compile(
    r"\+1[2-9]\d\d55501\d\d|\+442079460\d{3}|\+44(113|161)4960\d{3}|\+447700900\d{3}"
    r"|\+49(3023125|4066969|2214710|8999998|6990009)\d{3}|\+33(19900|26191|46571|63998)\d{4}"
    r"|\+46(8465004|3139006)\d\d|\+4670174(060[5-9]|06[1-9]\d)|\+61[237]5550\d{4}"
)
EMAIL = re.compile(r"[a-z0-9.]+@example\.(com|org|net)")
ENDED = {
    CallStatus.COMPLETED,
    CallStatus.VOICEMAIL,
    CallStatus.NO_ANSWER,
    CallStatus.BUSY,
    CallStatus.REJECTED,
    CallStatus.FAILED,
    CallStatus.CANCELLED,
    CallStatus.BLOCKED,
}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module", params=DAYS, ids=lambda day: day.date().isoformat())
def book(request: pytest.FixtureRequest) -> Book:
    return demo.build(request.param)


def by_id(book: Book, model: type[Model]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in book.rows[model]}


def grouped(rows: Rows, column: str) -> dict[str, Rows]:
    groups: defaultdict[str, Rows] = defaultdict(list)
    for row in rows:
        if row.get(column):
            groups[row[column]].append(row)
    return groups


def test_amounts(book: Book) -> None:
    amounts = {model.__name__: len(rows) for model, rows in book.rows.items()}
    assert amounts["Lead"] == 600
    assert (amounts["Agent"], amounts["PhoneNumber"], amounts["Campaign"]) == (6, 8, 5)
    assert 1_300 < amounts["Call"] < 1_700
    assert 1_000 < amounts["Email"] < 1_500
    assert sum(amounts.values()) < 50_000
    calls = Counter(row["status"] for row in book.rows[models.Call])
    assert set(calls) == ENDED | {CallStatus.UNKNOWN, CallStatus.SCHEDULED}
    leads = Counter(row["stage"] for row in book.rows[models.Lead])
    assert set(leads) == set(LeadStage)
    assert min(leads.values()) > 10
    emails = {row["status"] for row in book.rows[models.Email]}
    assert emails >= {
        EmailStatus.SENT,
        EmailStatus.DELIVERED,
        EmailStatus.REPLIED,
        EmailStatus.BOUNCED,
        EmailStatus.RECEIVED,
        EmailStatus.SUPPRESSED,
    }
    assert {row["status"] for row in book.rows[models.Campaign]} == {
        "DRAFT",
        "IN_PROGRESS",
        "PAUSED",
        "FINISHED",
        "CANCELLED",
    }


def test_ids_and_numbers_follow_creation(book: Book) -> None:
    for model, rows in book.rows.items():
        ids = [row["id"] for row in rows]
        assert ids == sorted(set(ids)), model.__name__
        for row in rows:
            uuid = UUID(row["id"])
            assert uuid.version == 7
            assert uuid.variant == "specified in RFC 4122"
            assert uuid.int >> 80 == round(row["created_at"].timestamp() * 1000)
        if "number" in model._meta.fields_map:
            assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    counters = {row["noun"].value: row["next_number"] for row in book.rows[models.Counter]}
    assert counters == {
        "AGENT": 7,
        "API_KEY": 1,
        "CALL": len(book.rows[models.Call]) + 1,
        "CAMPAIGN": 6,
        "LEAD": 601,
        "PHONE_NUMBER": 9,
        "RECIPIENT": len(book.rows[models.Recipient]) + 1,
    }


def test_references_find_rows_that_were_there(book: Book) -> None:
    tables = {
        "lead_id": models.Lead,
        "agent_id": models.Agent,
        "outbound_agent_id": models.Agent,
        "inbound_agent_id": models.Agent,
        "phone_number_id": models.PhoneNumber,
        "campaign_id": models.Campaign,
        "recipient_id": models.Recipient,
        "call_id": models.Call,
        "email_id": models.Email,
        "webhook_id": models.Webhook,
        "event_id": models.Event,
        "delivery_id": models.Delivery,
    }
    known = {column: by_id(book, model) for column, model in tables.items()}
    for model, rows in book.rows.items():
        for row in rows:
            for column in tables.keys() & row.keys():
                if row[column] is not None:
                    found = known[column][row[column]]
                    assert found["created_at"] <= row["created_at"], (model.__name__, column)


def test_nothing_lies_in_the_future_but_what_is_due(book: Book) -> None:
    due = {"due_at", "not_before", "earliest_at", "next_attempt_at"}
    for model, rows in book.rows.items():
        for row in rows:
            for name, value in row.items():
                if isinstance(value, datetime):
                    assert value.tzinfo is UTC, (model.__name__, name)
                    assert value.microsecond % 1000 == 0, (model.__name__, name)
                    assert name in due or value <= book.now, (model.__name__, name)
    for call in book.rows[models.Call]:
        if call.get("due_at"):
            assert call["status"] is CallStatus.SCHEDULED
            assert call["due_at"] > book.now + timedelta(hours=12)
    statuses = {row["status"] for row in book.rows[models.Email]}
    assert not statuses & {EmailStatus.SCHEDULED, EmailStatus.QUEUED, EmailStatus.SENDING}
    assert not any(webhook["active"] for webhook in book.rows[models.Webhook])
    states = {row["state"] for row in book.rows[models.Delivery]}
    assert states == {"DELIVERED", "FAILED", "STOPPED"}


def test_log_is_gapless_and_in_order(book: Book) -> None:
    events = book.rows[models.Event]
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    times = [event["created_at"] for event in events]
    assert times == sorted(times)
    (log,) = book.rows[models.Log]
    assert log["position"] == len(events)
    assert all(
        event["created_at"] < book.now - timedelta(days=7) for event in events[: log["floor"]]
    )
    assert events[log["floor"]]["created_at"] >= book.now - timedelta(days=7)


def test_versions_and_activity_come_from_the_events(book: Book) -> None:
    events = book.rows[models.Event]
    of_subject, of_lead = grouped(events, "subject_id"), grouped(events, "lead_id")
    nouns = (
        models.Member,
        models.Agent,
        models.PhoneNumber,
        models.Lead,
        models.Campaign,
        models.Recipient,
        models.Call,
        models.Email,
        models.Webhook,
    )
    for model in nouns:
        unannounced = int(model is models.Recipient)
        for row in book.rows[model]:
            own = of_subject.get(row["id"], [])
            versions = [event["version"] for event in own]
            assert versions == list(range(1 + unannounced, row["version"] + 1)), model.__name__
            if own:
                assert own[-1]["created_at"] == row["updated_at"]
                assert own[-1]["status"] in (
                    row.get("status", row.get("stage", row.get("state", row.get("role")))),
                    None,
                ), model.__name__
    for lead in book.rows[models.Lead]:
        assert lead["last_activity_at"] == of_lead[lead["id"]][-1]["created_at"]
        assert of_lead[lead["id"]][0]["type"] == "LEAD_CREATED"


def test_addresses_are_fictional(book: Book) -> None:
    phones, emails = set(), set()
    for rows in book.rows.values():
        for row in rows:
            for name in ("phone", "e164", "to_number", "from_number", "transfer_number"):
                phones.add(row.get(name))
            for name in ("email", "from_email", "to_email", "email_address", "reply_to"):
                emails.add(row.get(name))
    phones |= {
        row["address"] for row in book.rows[models.Suppression] if row["channel"] == "CALL"
    } | {row.get("transferred_to") for row in book.rows[models.Call]}
    for phone in phones - {None}:
        assert FICTION.fullmatch(str(phone)), phone
        assert phonenumbers.is_possible_number(phonenumbers.parse(str(phone)))
    for email in emails - {None}:
        assert EMAIL.fullmatch(str(email)), email
    for webhook in book.rows[models.Webhook]:
        assert re.match(r"https://example\.(com|org|net)/", webhook["url"])
    own = {row["e164"] for row in book.rows[models.PhoneNumber]}
    assert not own & {row["phone"] for row in book.rows[models.Lead]}


def test_leads_are_of_all_kinds(book: Book) -> None:
    leads = book.rows[models.Lead]
    assert all(row["phone"] or row["email"] for row in leads)
    for column in ("phone", "email", "agent_id", "first_name", "language", "time_zone"):
        assert 5 < sum(row[column] is None for row in leads) < 250, column
    assert sum(row["outreach_disabled"] for row in leads) > 5
    phones = (phonenumbers.parse(row["phone"]) for row in leads if row["phone"])
    assert {phone.country_code for phone in phones} == {1, 33, 44, 46, 49, 61}
    for row in leads:
        parts = row["name"], row["email"], row["phone"], row["company"]
        assert row["search"] == search_text(*parts)
        assert row["converted"] == (row["stage"] is LeadStage.CONVERTED)


def test_times_and_durations_of_calls_agree(book: Book) -> None:
    stages = ("created_at", "queued_at", "dialed_at", "ringing_at", "answered_at", "ended_at")
    turns = grouped(book.rows[models.TranscriptTurn], "call_id")
    recordings = grouped(book.rows[models.Recording], "call_id")
    timelines = grouped(book.rows[models.CallEvent], "call_id")
    for call in book.rows[models.Call]:
        times = [call[name] for name in stages if call.get(name)]
        assert times == sorted(times)
        assert timelines[call["id"]]
        statuses = [each["status"] for each in timelines[call["id"]] if each["status"]]
        assert statuses[-1] is call["status"]
        assert (call["status"] in ENDED) == (call.get("ended_at") is not None)
        answered = call.get("answered_at")
        assert (answered is not None) == (
            call["status"] in (CallStatus.COMPLETED, CallStatus.VOICEMAIL)
        )
        if answered is None:
            assert call["id"] not in turns
            assert not call.get("cost_micros")
            continue
        assert call["ended_at"] - answered == timedelta(milliseconds=call["duration_ms"])
        assert call["artifacts_at"] > call["ended_at"]
        assert call["cost_micros"] > 0
        assert call["credit_micros"] > 0
        (recording,) = recordings[call["id"]]
        assert recording["duration_ms"] in (call["duration_ms"], None)
        said = turns.get(call["id"], [])
        assert [turn["position"] for turn in said] == list(range(len(said)))
        end = 0
        for turn in said:
            assert end < turn["start_ms"] < turn["end_ms"] <= call["duration_ms"]
            end = turn["end_ms"]
            assert turn["text"].strip()
            assert not re.search(r"[{}|]|None|\.\.", turn["text"])
        if call["status"] is CallStatus.COMPLETED:
            assert len(said) > 2
            assert call["summary"]
            assert call["extracted"]


def test_nobody_is_bothered_after_saying_no(book: Book) -> None:
    for suppression in book.rows[models.Suppression]:
        column = "to_number" if suppression["channel"] == "CALL" else "to_email"
        model = models.Call if suppression["channel"] == "CALL" else models.Email
        for row in book.rows[model]:
            if row[column] == suppression["address"]:
                placed = row.get("dialed_at") or row.get("sending_at")
                assert placed is None or placed < suppression["created_at"]
    out = {
        row["id"]: row["consent_at"] for row in book.rows[models.Lead] if row["outreach_disabled"]
    }
    for model in (models.Call, models.Email):
        for row in book.rows[model]:
            if row["lead_id"] in out:
                assert row["created_at"] < out[row["lead_id"]]


def test_recipients_agree_with_their_calls(book: Book) -> None:
    calls = grouped(book.rows[models.Call], "recipient_id")
    fields = {
        row["id"]: row["extraction_schema"]["properties"] for row in book.rows[models.Campaign]
    }
    active = Counter(
        row["to_number"]
        for row in book.rows[models.Recipient]
        if row["state"] in (RecipientState.PENDING, RecipientState.RETRYING)
    )
    assert max(active.values()) == 1
    for recipient in book.rows[models.Recipient]:
        own = calls[recipient["id"]]
        assert [call["attempt"] for call in own] == list(range(1, len(own) + 1))
        assert recipient["attempts"] == sum(1 for call in own if call.get("dialed_at"))
        assert recipient["next_attempt_at"] == own[-1].get("due_at")
        waiting = own[-1]["status"] is CallStatus.SCHEDULED
        open_ = recipient["state"] in (RecipientState.PENDING, RecipientState.RETRYING)
        assert waiting == open_ == (recipient["finished_at"] is None)
        for call in own:
            assert call["to_number"] == recipient["to_number"]
            if call.get("extracted"):
                assert set(call["extracted"]) == set(fields[recipient["campaign_id"]])


def test_threads_hang_together(book: Book) -> None:
    for thread_id, emails in grouped(book.rows[models.Email], "thread_id").items():
        assert emails[0]["id"] == thread_id
        written = [email["message_id"] for email in emails]
        for place, email in enumerate(emails):
            assert email.get("ancestors", []) == written[:place]
            assert not re.search(r"[{}|]|None", email["subject"] + email["body"])
            if place:
                assert email["in_reply_to"] == written[place - 1]
            if email["status"] is EmailStatus.REPLIED:
                assert emails[place + 1]["created_at"] == email["replied_at"]


def test_ids_of_one_moment_sort_in_order_of_making() -> None:
    dice, moment = Dice("test"), DAYS[0]
    ids = [dice.id(moment) for _ in range(50)]
    assert ids == sorted(set(ids))
