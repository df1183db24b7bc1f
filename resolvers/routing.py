"""Who calls or writes whom, from where, and through which vendor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models import Channel, PhoneNumberStatus, Provider
from models.database import Dialect, Reads
from resolvers.route_statement import GIVEN, Shape, finding
from schema.error_code import ErrorCode

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What is asked for; ids are UUIDs, numbers are in E.164."""

    channel: Channel = Channel.CALL
    lead_id: str | None = None
    phone: str | None = None
    """A bare number, whose lead is looked for."""
    email: str | None = None
    """A bare e-mail address, whose lead is looked for."""
    to_number: str | None = None
    """Another number than the lead's own."""
    agent_id: str | None = None
    from_number_id: str | None = None
    from_number: str | None = None
    campaign_id: str | None = None
    provider: Provider | None = None
    """Who was chosen when it was accepted; outreach stays with that vendor and account."""
    provider_account_id: str | None = None


@dataclass(frozen=True)
class Route:
    """What comes of a wish; rows have the columns of `route_statement`."""

    wish: Wish
    workspace: Row
    lead: Row | None = None
    agent: Row | None = None
    number: Row | None = None
    campaign: Row | None = None
    provider: Provider | None = None
    """Who carries it; None where the vendor that is named isn't set up."""
    account: Row | None = None
    """The account with the provider; None for the simulator, and for mail kept in files."""
    missing: tuple[str, ...] = ()
    """Fields of the wish whose ids nothing in the workspace has."""

    @property
    def address(self) -> str | None:
        """The number or e-mail address that is reached."""
        wish, lead = self.wish, self.lead or {}
        if wish.channel == Channel.EMAIL:
            return lead.get("email") or wish.email
        return wish.to_number or wish.phone or lead.get("phone")

    @property
    def lead_is_new(self) -> bool:
        """Whether no lead has the bare number, so that one is to be made."""
        return self.lead is None and self.wish.lead_id is None

    @property
    def simulated(self) -> bool:
        """Whether nobody is reached in truth."""
        return self.provider is Provider.SIMULATOR

    @property
    def problem(self) -> ErrorCode | None:
        """Why the agent, its number or its vendor isn't ready, if so."""
        agent, channel = self.agent, self.wish.channel
        if agent is None:
            return ErrorCode.AGENT_REQUIRED
        if not agent["active"] or agent["archived_at"] is not None:
            return ErrorCode.AGENT_INACTIVE
        if agent["outreach_model"] not in (channel, "BOTH"):
            return ErrorCode.AGENT_CHANNEL
        if channel == Channel.EMAIL:
            return None if agent["email_address"] else ErrorCode.AGENT_NO_EMAIL
        if self.number is None:
            given = self.wish.from_number or self.wish.from_number_id
            return ErrorCode.NUMBER_NOT_OURS if given else ErrorCode.AGENT_NO_NUMBER
        if self.number["status"] != PhoneNumberStatus.ACTIVE:
            return ErrorCode.NUMBER_NOT_READY
        return None if self.provider else ErrorCode.PROVIDER_NOT_CONFIGURED


def route(dialect: Dialect, workspace_id: str, wish: Wish) -> Reads[Route]:
    """Find everybody concerned, with one statement.

    - The lead is the one named; for a bare number the lead that upserts by number find, else the
      oldest with it; for a bare e-mail address the oldest with it; else one must be made.
    - The agent is the one named, else the campaign's, the lead's, the workspace's default one.
    - The number is the one named, else the campaign's, else the agent's oldest active one.
    - The vendor and the account with it: see `carrier`.
    """
    given = _given(wish)
    found = finding(dialect, Shape(wish.channel == Channel.CALL, given))
    rows = yield found.sql, [workspace_id, *(getattr(wish, name) for name in given)]
    if not rows:
        return Route(wish, {}, missing=("workspace_id",))
    read = found.read(rows[0])
    provider, account = carrier(
        wish, read["workspace"], read["agent"], read.get("number"), read["accounts"]
    )
    missing = tuple(
        f"{part}_id"
        for part in ("lead", "agent", "campaign")
        if getattr(wish, f"{part}_id") is not None and read.get(part) is None
    )
    return Route(
        wish,
        read["workspace"],
        read.get("lead"),
        read["agent"],
        read.get("number"),
        read.get("campaign"),
        provider,
        account,
        missing,
    )


def _given(wish: Wish) -> tuple[str, ...]:
    """The values that the statement is about; an id beats the digits."""
    given = [name for name in GIVEN if getattr(wish, name) is not None]
    if wish.channel == Channel.EMAIL:
        given = [name for name in given if not name.startswith("from_")]
    beaten = {"phone": "lead_id", "email": "lead_id", "from_number": "from_number_id"}
    return tuple(name for name in given if beaten.get(name) not in given)


def carrier(
    wish: Wish, workspace: Row, agent: Row | None, number: Row | None, accounts: Sequence[Row]
) -> tuple[Provider | None, Row | None]:
    """Who carries it: the vendor of the agent, else of the number, else the default account's.

    A workspace that is pinned to the simulator, or has no active account for calls at all,
    simulates every call, whatever vendor is named. Once there is one, a vendor without an
    account is refused: a call that somebody waits for must not be played out in silence.
    Mail is sent by the default mail server; without one it is kept in files.
    """
    mail = [each for each in accounts if each["provider"] == Provider.SMTP]
    voice = [each for each in accounts if each["provider"] != Provider.SMTP]
    if workspace["simulated"] or wish.provider is Provider.SIMULATOR:
        return _simulator(wish.provider_account_id, voice)
    if wish.provider is not None:
        return _named(wish.provider, wish.provider_account_id, accounts)
    if wish.channel == Channel.EMAIL:
        return Provider.SMTP, _preferred(mail)
    if all(each["provider"] == Provider.SIMULATOR for each in voice):
        return _simulator(None, voice)
    for part in (agent, number):
        if part is not None and (part["provider"] or part["provider_account_id"]):
            return _named(part["provider"], part["provider_account_id"], voice)
    return _with(_preferred(voice))


def _simulator(account_id: str | None, accounts: Sequence[Row]) -> tuple[Provider, Row | None]:
    """The simulator, with the account that says how it is to behave, if there is one."""
    known = [each for each in accounts if each["provider"] == Provider.SIMULATOR]
    kept = [each for each in known if each["id"] == account_id]
    return Provider.SIMULATOR, _preferred(kept or known)


def _named(
    provider: str | None, account_id: str | None, accounts: Sequence[Row]
) -> tuple[Provider | None, Row | None]:
    """The account with this id, else the one to prefer of this vendor."""
    if account_id is not None:
        return _with(next((each for each in accounts if each["id"] == account_id), None))
    if provider == Provider.SIMULATOR:
        return _simulator(None, accounts)
    found = _preferred([each for each in accounts if each["provider"] == provider])
    return (Provider.SMTP, None) if found is None and provider == Provider.SMTP else _with(found)


def _preferred(accounts: Sequence[Row]) -> Row | None:
    """The default one, else the oldest, which comes first."""
    default = [each for each in accounts if each["is_default"]]
    return next(iter(default or accounts), None)


def _with(account: Row | None) -> tuple[Provider | None, Row | None]:
    if account is None:
        return None, None
    return Provider[account["provider"]], account
