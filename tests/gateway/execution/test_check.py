"""A graph that doesn't fit its models is refused at start-up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLObjectType

import models
from gateway.execution.check import UnfitSchemaError, check
from gateway.execution.selection import BACKREF
from gateway.graph import core
from schema.noun import NOUNS
from schema.source import Aggregate, Asked, Column, Either, Embedded, Many, Related


def problems() -> list[str]:
    with pytest.raises(UnfitSchemaError) as raised:
        check(core())
    return raised.value.problems


def redeclare(monkeypatch: pytest.MonkeyPatch, type_: str, field: str, source: Any) -> None:
    found = core().type_map[type_]
    assert isinstance(found, GraphQLObjectType)
    declared = found.fields[field].extensions[BACKREF]
    monkeypatch.setattr(declared, "metadata", {"source": source})


def test_the_graph_fits() -> None:
    check(core())


def test_nullable_column_behind_a_field_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.Lead._meta.fields_map["source"], "null", True)
    assert problems() == ["Lead.source: the column source may be null"]


def test_column_that_is_never_null_behind_a_nullable_field(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models.Lead._meta.fields_map["company"], "null", False)
    assert problems() == ["Lead.company: the column company may not be null"]


def test_nullable_reference_behind_a_field_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.Recording._meta.fields_map["call_id"], "null", True)
    assert problems() == ["Recording.call: the column call_id may be null"]


def test_ordering_over_a_nullable_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.Agent._meta.fields_map["name"], "null", True)
    assert "Agent: name may be null and can't be ordered by" in problems()


def test_node_that_is_no_noun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(NOUNS, "Suppression")
    assert "Suppression is a Node and no noun" in problems()


def test_prefix_of_two_nouns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NOUNS, "Email", replace(NOUNS["Email"], prefix="lead"))
    assert any("has the prefix of" in each for each in problems())


@pytest.mark.parametrize(
    ("type_", "field", "source", "problem"),
    [
        ("Lead", "agent", Related("Agent", "nothing"), "there is no column nothing"),
        ("Lead", "agent", Related("Agent", "agent_id", "no"), "Agent has no column no"),
        ("Lead", "agent", Related("Call", "agent_id"), "is Agent and no Call"),
        ("Lead", "calls", Many("Call", "nothing"), "Call has no column nothing"),
        ("Lead", "calls", Many("Email", "lead_id"), "is CallConnection! and no EmailConnection!"),
        ("Lead", "calls", Many("Call"), "a list at the root has no parent, and another one has"),
        ("Lead", "name", Column("nothing"), "there is no column nothing"),
        ("Lead", "name", Column("number"), "number is int and can't be shown as String"),
        ("Lead", "stage", Column("source"), "source doesn't hold words of LeadStage"),
        ("Lead", "name", Asked(print), "can't be a noun's field"),
        ("Lead", "agent", Either("stage", "id", ()), "is Agent and neither a union nor"),
        ("Activity", "subject", Either("no", "subject_id", ()), "there is no column no"),
        (
            "Activity",
            "subject",
            Either("subject_kind", "subject_id", (("LEAF", "Lead"),)),
            "subject_kind is never LEAF",
        ),
        (
            "Activity",
            "subject",
            Either("subject_kind", "subject_id", (("LEAD", "Lead"),)),
            "ActivitySubject is not made of the nouns that are named",
        ),
        (
            "Lead",
            "totalCalls",
            Aggregate("Call", "no", "count(*)"),
            "there is no column no of Call",
        ),
        (
            "Lead",
            "totalCalls",
            Aggregate("Call", "lead_id", "max({no})"),
            "Call has no column 'no'",
        ),
        ("Call", "cost", Embedded("nothing"), "there is no column nothing"),
        ("Call", "cost", Embedded(None, (("micros", "cost_micros"),)), "cost_micros may be null"),
    ],
)
def test_sources_that_do_not_fit(
    monkeypatch: pytest.MonkeyPatch, type_: str, field: str, source: Any, problem: str
) -> None:
    redeclare(monkeypatch, type_, field, source)
    found = problems()
    assert any(each.startswith(f"{type_}.{field}: ") and problem in each for each in found), found


def test_default_values(monkeypatch: pytest.MonkeyPatch) -> None:
    type_ = core().type_map["Lead"]
    assert isinstance(type_, GraphQLObjectType)
    monkeypatch.setattr(type_.fields["calls"].args["first"], "default_value", 10)
    assert problems() == ["Lead.calls(first:): plans know no default values"]


def test_words_that_are_stored_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.LeadStage.NEW, "_value_", "new")
    assert problems() == ["LeadStage.NEW is stored as new"]
