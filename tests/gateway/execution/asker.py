"""Asking both executors at once."""

from __future__ import annotations

from typing import Any

from models.database import Database
from schema.noun import NOUNS
from tests.gateway.execution.comparison import Answer, agreed
from tests.gateway.execution.samples import Samples


class Asker:
    """Asks as the first workspace."""

    def __init__(self, samples: tuple[Samples, Samples], database: Database) -> None:
        self.samples, self.strangers = samples
        self.database = database

    async def __call__(self, text: str, **given: Any) -> Any:
        """The data, where there are no errors."""
        found = await self.answer(text, **given)
        assert found.errors == []
        return found.data

    async def answer(self, text: str, **given: Any) -> Answer:
        """What both executors say."""
        return await agreed(text, given, self.database, self.samples.workspace)

    def id(self, noun: str, place: int = 0) -> str:
        """The public id of a row."""
        return self.samples.public(NOUNS[noun], self.samples.rows[noun][place])
