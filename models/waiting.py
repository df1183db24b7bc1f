"""What accepted outreach can be waiting for."""

from __future__ import annotations

from models.vocabulary import Vocabulary


class WaitingFor(Vocabulary):
    """What an accepted call or e-mail is waiting for."""

    START_TIME = "START_TIME", "The earliest time that was asked for."
    CALLING_HOURS = "CALLING_HOURS", "The calling hours at the lead's place."
    CAMPAIGN = "CAMPAIGN", "Its campaign to be started or resumed, or to come to it."
    RETRY_DELAY = "RETRY_DELAY", "The campaign's delay between attempts."
    CONCURRENCY = "CONCURRENCY", "One of the concurrent calls to end."
    RATE = "RATE", "The next free slot of calls per second."
    DAILY_CAP = "DAILY_CAP", "The next day, as today's number is used up."
    ATTEMPT_CAP = "ATTEMPT_CAP", "The next day, as this number was tried often enough today."
    NUMBER_IN_CALL = "NUMBER_IN_CALL", "Another call with the same number to end."
    PLAN = "PLAN", "A plan or credit that permits it."
    PROVIDER = "PROVIDER", "The provider, which asked for patience."
