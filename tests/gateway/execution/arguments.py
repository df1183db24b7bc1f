"""Arguments of fields, drawn from the rows that the operation will meet."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLField, get_nullable_type

from gateway.execution.selection import source_of
from schema import paging
from schema.condition import AnyOf, Equals, Linked, Present, Refers, RefersToAny, Search
from schema.noun import NOUNS, Noun
from schema.range import Between, BetweenSeconds
from schema.source import Lookup, Many, Node
from tests.gateway.execution.samples import Samples

Values = dict[str, Any]
#: What isn't there, or isn't a cursor.
NOBODY = "00000000-0000-7000-8000-000000000000"
WRONG_CURSORS = ("", "!", "bGVhZA==", f"00000000{NOBODY}now", f"0123456{NOBODY}")


class Arguments:
    """Draws the arguments of one operation after another; what was drawn least comes first."""

    def __init__(self, pick: Random, samples: Samples, others: Samples) -> None:
        self.pick = pick
        self.samples = samples
        self.others = others
        self._drawn: Counter[str] = Counter()

    def of(self, field: GraphQLField, size: int) -> Values:
        """Values for the arguments of `field`; a page has about `size` items."""
        source = source_of(field)
        if isinstance(source, Many):
            return self._page(NOUNS[source.noun], source, size)
        if isinstance(source, Lookup):
            return {source.argument: self.id(NOUNS[source.noun])}
        if isinstance(source, Node):
            kinds = [each for each in NOUNS.values() if self.samples.rows[each.name]]
            if not source.many:
                return {source.argument: self.id(self._least("node", kinds))}
            count = self.pick.choice((0, 1, 2, 3, 5))
            return {source.argument: [self.id(self.pick.choice(kinds)) for _ in range(count)]}
        if "input" in field.args:
            return {"input": self._contact()}
        chosen = [name for name in field.args if self.pick.random() < 0.5]
        return {name: self._plain(get_nullable_type(field.args[name].type)) for name in chosen}

    def _contact(self) -> Values:
        """What `contactability` is asked about."""
        pick = self.pick
        found: Values = {"target": {"leadId": self.id(NOUNS["Lead"])}}
        bare = pick.random()
        lead = pick.choice(self.samples.rows["Lead"])
        if bare < 0.3:
            found["target"] = {"phone": lead["phone"] or "+112"}
        elif bare < 0.4:
            found["target"] = {"email": lead["email"] or "nobody@example.com"}
        for name, noun in (
            ("agentId", "Agent"),
            ("fromNumberId", "PhoneNumber"),
            ("campaignId", "Campaign"),
        ):
            if pick.random() < 0.3:
                found[name] = self.id(NOUNS[noun])
        if pick.random() < 0.5:
            found["channel"] = pick.choice(("CALL", "EMAIL"))
        if pick.random() < 0.5:
            found["at"] = pick.choice(self.samples.rows["Call"])["created_at"]
        return found

    def _plain(self, type_: Any) -> Any:
        """A value for an argument of which only its type is known."""
        if isinstance(type_, GraphQLEnumType):
            return self.pick.choice(list(type_.values))
        if type_.name == "DateTime":
            return self.pick.choice(self.samples.rows["Call"])["created_at"]
        return {"Int": self.pick.randint(0, 5), "Boolean": True, "String": "Ada"}.get(type_.name)

    def id(self, noun: Noun) -> str:
        """A public id, nearly always of a row that is there."""
        chance = self.pick.random()
        if chance < 0.9 and self.samples.rows[noun.name]:
            return self.samples.public(noun, self.pick.choice(self.samples.rows[noun.name]))
        if chance < 0.94 and self.others.rows[noun.name]:
            return self.others.public(noun, self.pick.choice(self.others.rows[noun.name]))
        return self.pick.choice((f"{noun.prefix}_{NOBODY}", f"nothing_{NOBODY}", noun.prefix, "7"))

    def _page(self, noun: Noun, source: Many, size: int) -> Values:
        pick = self.pick
        found: Values = {}
        rows = self.samples.rows[noun.name]
        if source.by is not None:
            rows = [row for row in rows if row[source.by] is not None] or rows
        muse = pick.choice(rows) if rows else None
        order = self._order(noun)
        backward = pick.random() < 0.25
        if size < paging.DEFAULT_PAGE or backward:
            found["last" if backward else "first"] = 0 if pick.random() < 0.03 else size
        elif pick.random() < 0.1:
            found["first"] = None
        if order or pick.random() < 0.05:
            found["orderBy"] = order or None
        if pick.random() < 0.45:
            found["filter"] = self._filter(noun, muse) if pick.random() < 0.97 else None
        if muse is not None and pick.random() < 0.3:
            self._bound(found, noun, order, rows)
        elif not backward and pick.random() < 0.1:
            found["offset"] = pick.choice((0, 1, 2, 10, None))
        if pick.random() < 0.015:
            found |= pick.choice(
                ({"offset": 1, "last": 1}, {"first": 1, "last": 1}, {"first": 101}, {"offset": -1})
            )
        return found

    def _order(self, noun: Noun) -> Values:
        if noun.order is None or self.pick.random() < 0.4:
            return {}
        found: Values = {"field": self._least(noun.name, [each.name for each in noun.order])}
        if self.pick.random() < 0.7:
            found["direction"] = self.pick.choice(("ASC", "DESC", None))
        return found

    def _bound(self, found: Values, noun: Noun, order: Values, rows: list[Values]) -> None:
        direction = order.get("direction")
        ordering = noun.ordering(
            order.get("field"), None if direction is None else direction == "DESC"
        )
        ranked = sorted(
            rows, key=lambda row: (row[ordering.column], row["id"]), reverse=ordering.descending
        )
        names = self.pick.choice((("after",), ("before",), ("after", "before")))
        for name in names:
            # Near the end that leaves something of the list.
            part = ranked[: len(ranked) // 2 + 1] if name == "after" else ranked[len(ranked) // 2 :]
            row = self.pick.choice(part)
            found[name] = paging.encode(ordering.mark, row[ordering.column], row["id"])
            if self.pick.random() < 0.04:
                wrong = replace(ordering, descending=not ordering.descending).mark
                found[name] = self.pick.choice(
                    (*WRONG_CURSORS, paging.encode(wrong, row[ordering.column], row["id"]), None)
                )

    def _filter(self, noun: Noun, muse: Values | None) -> Values:
        names = list(noun.conditions)
        count = self.pick.choice((0, 1, 1, 1, 2, 2, 3))
        found: Values = {}
        for name in [self._least(f"{noun.name}Filter", names) for _ in range(count)]:
            if self.pick.random() < 0.04:
                found[name] = None
            elif muse is not None:
                value = self._condition(noun, noun.conditions[name], muse)
                if value is not None:
                    found[name] = value
        return found

    def fitting(self, noun: Noun, condition: Any, muse: Values) -> Any:
        """One value that the muse meets: of a list only its own."""
        value = muse[condition.column]
        match condition:
            case Present():
                return True
            case Equals() if condition.type == "bool":
                return True
            case Equals():
                return value
            case AnyOf():
                return [value]
            case RefersToAny():
                return [f"{condition.prefix}_{value}"]
            case Refers():
                return f"{condition.prefix}_{value}"
            case Linked():
                return self._linked(condition, muse) or f"{condition.prefix}_{NOBODY}"
            case Between():
                return {"from": value}
            case BetweenSeconds():
                return {"from": value // 1000}
        return self._text(muse)

    def meeting(self, noun: Noun, name: str) -> Any:
        """A value for a filter's field that some row meets, where one can."""
        rows = self.samples.rows[noun.name]
        condition = noun.conditions[name]
        drawn = (self._condition(noun, condition, row) for row in rows)
        return next((each for each in drawn if each is not None), None)

    def _condition(self, noun: Noun, condition: Any, muse: Values) -> Any:
        """A value that the muse meets, nearly always."""
        pick = self.pick
        rows = self.samples.rows[noun.name]
        value = muse[condition.column]
        match condition:
            case Present():
                return (value is not None) is (pick.random() < 0.95)
            case Equals():
                if pick.random() < 0.05:
                    return {"text": 'it\'s "nobody" \\ %_', "int": 0, "bool": True}[condition.type]
                return bool(value) if condition.type == "bool" and value is not None else value
            case AnyOf():
                more = [pick.choice(rows)[condition.column] for _ in range(pick.randrange(3))]
                words = [each for each in (value, *more) if each is not None]
                return [] if pick.random() < 0.03 else words or None
            case Refers():
                if pick.random() < 0.03:
                    return f"{pick.choice((condition.prefix, 'thing'))}_{NOBODY}"
                return None if value is None else f"{condition.prefix}_{value}"
            case RefersToAny():
                more = [pick.choice(rows)["id"] for _ in range(pick.randrange(4))]
                return [f"{condition.prefix}_{each}" for each in (muse["id"], *more)]
            case Linked():
                return self._linked(condition, muse)
            case Between() | BetweenSeconds():
                return self._span(condition, rows, value)
            case Search():
                return self._text(muse)
        raise TypeError(f"no values for {condition}")

    def _linked(self, condition: Linked, muse: Values) -> str | None:
        """A noun that the muse is linked with, if there is one."""
        noun = next(each for each in NOUNS.values() if each.model is condition.model)
        others = [
            row[condition.other]
            for row in self.samples.rows[noun.name]
            if row[condition.by] == muse["id"]
        ]
        return f"{condition.prefix}_{self.pick.choice(others)}" if others else None

    def _span(self, condition: Any, rows: list[Values], value: Any) -> Values:
        column = condition.column
        known = sorted(row[column] for row in rows if row[column] is not None)
        low, high = known[0], value if value is not None else known[-1]
        if isinstance(condition, BetweenSeconds):
            low, high = low // 1000, high // 1000 + 1
        found: Values = {}
        if self.pick.random() < 0.8:
            found["from"] = low if self.pick.random() < 0.7 else high
        if self.pick.random() < 0.5 and (found.get("from") != high or self.pick.random() < 0.1):
            found["to"] = high
        if self.pick.random() < 0.1:
            found["to"] = None
        return found

    def _text(self, muse: Values) -> str:
        text: str = muse["search"]
        start = self.pick.randrange(len(text))
        found = text[start : start + self.pick.choice((1, 2, 3, 4, 6, 12))]
        change = self.pick.choice((str, str, str.upper, str.title, lambda each: f" {each}"))
        return change(found).replace("\n", " ")

    def _least(self, kind: str, names: list[Any]) -> Any:
        """One of what was drawn least."""
        found = min(names, key=lambda each: (self._drawn[f"{kind}.{each}"], self.pick.random()))
        self._drawn[f"{kind}.{found}"] += 1
        return found
