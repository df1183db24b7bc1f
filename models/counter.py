"""The next free `number` of each noun."""

from __future__ import annotations

from models.columns import Integer, choice
from models.row import Row
from models.vocabulary import Vocabulary


class Numbered(Vocabulary):
    """Nouns whose rows have a `number`."""

    AGENT = "AGENT", "Agents."
    API_KEY = "API_KEY", "API keys."
    CALL = "CALL", "Calls."
    CAMPAIGN = "CAMPAIGN", "Campaigns."
    LEAD = "LEAD", "Leads."
    PHONE_NUMBER = "PHONE_NUMBER", "Phone numbers."
    RECIPIENT = "RECIPIENT", "Recipients."


class Counter(Row):
    """Counts the numbers of one noun; blocks of them are taken outside the verb's transaction."""

    noun = choice(Numbered, description="What is counted.")
    next_number = Integer(default=1, description="The lowest number not given out yet.")

    class Meta:
        """Where rows are kept."""

        table = "counter"
