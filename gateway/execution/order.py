"""What a caller asks a verb to do, and the ways to do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, NamedTuple

from models.database import Reads, T
from schema.context import Caller
from schema.payload import Values
from schema.source import Verb


class Way(Enum):
    """How a verb is carried out: each is surer than the one before, and takes longer."""

    FORESEEING = auto()
    """What it does is known from before, and is written together with others like it."""
    PRESUMING = auto()
    """What is likely of a row is not read before it is written, which fails if it isn't so."""
    LOOKING = auto()
    """Rows are read without locks and written at once, which fails if they have changed."""
    LOCKING = auto()
    """Rows are locked in a transaction."""


class Payload(NamedTuple, Generic[T]):
    """How a verb's payload is read."""

    reads: Callable[[Values], Reads[T]]
    """The reads that give its selection."""
    alone: bool = False
    """Whether they are one statement at most."""
    joined: bool = False
    """Whether rows are read along with those that refer to them."""


class Order(NamedTuple, Generic[T]):
    """What a caller asks a verb to do."""

    name: str
    verb: Verb
    input: dict[str, Any]
    key: str | None
    digest: str
    """The hash of the input, where there is a key."""
    caller: Caller
    payload: Payload[T]
    now: datetime
