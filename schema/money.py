"""Amounts of money, never floats."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.fields import sourced
from schema.scalars import Micros
from schema.source import Column, Embedded


@strawberry.type(description="An amount of money.")
class Money:
    """Millionths of a currency unit."""

    amount_micros: Micros = sourced(
        Column("micros", "string"), "Millionths of the currency's unit, as a decimal string."
    )
    currency: str = sourced(Column("currency"), "ISO 4217 code.")


def money(micros: str, currency: str) -> Any:
    """An amount kept in two columns; null where the first is null."""
    return sourced(Embedded(micros, (("micros", micros), ("currency", currency))))
