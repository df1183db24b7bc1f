"""What a server consists of while it runs, made from its settings and its database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from graphql import GraphQLSchema
from limits import parse

from gateway.auth import Authentication
from gateway.downloads import Downloads
from gateway.execution.engine import Engine
from gateway.execution.numbers import Numbers
from gateway.execution.preparing import Limits, Preparation
from gateway.execution.verbs import Verbs
from gateway.graph import core
from gateway.graphql.http import HttpDoor
from gateway.graphql.streams import Streams
from gateway.installation import installed
from gateway.limits.admission import Admission
from gateway.limits.document import DocumentLimits
from gateway.limits.documents import Documents, trusted_documents
from gateway.live.hub import Live
from gateway.live.review import Review
from gateway.live.words import WORDS
from gateway.media import media_store
from gateway.outreach.outreach import Outreach, dispatches
from gateway.sequencer import Sequencer
from gateway.settings import Settings
from gateway.webhooks.door import Events
from gateway.webhooks.telling import Telling, telling
from models.database import Database, Dialect
from schema.context import Allowance
from schema.installation import NO_KEY

logger = logging.getLogger("switchboard.app")


@dataclass(eq=False)
class Parts:
    """What lives as long as the server."""

    database: Database
    engine: Engine
    authentication: Authentication
    sequencer: Sequencer
    live: Live
    streams: Streams
    outreach: Outreach
    door: HttpDoor
    downloads: Downloads
    telling: Telling
    events: Events


def made(
    settings: Settings,
    database: Database,
    clock: Callable[[], datetime],
    admission: Admission,
    review: Review,
) -> Parts:
    """Make them all; none of them runs yet."""
    installation = installed(settings)
    if installation.vault is None:
        logger.warning("%s", NO_KEY)
    store = media_store(settings)
    store.clear()
    schema = core()
    live = Live(database, clock)

    def stamped(workspace: str) -> None:
        live.ring(workspace)
        teller.ring(workspace)

    sequencer = Sequencer(database, stamped, {WORDS: live.heard})
    teller = telling(database, installation, clock, sequencer.ring)
    outreach = Outreach(
        settings,
        database,
        installation,
        clock,
        sequencer.ring,
        dispatching=dispatches(settings),
        live=live,
    )

    def ring(workspace_id: str) -> None:
        sequencer.ring(workspace_id)
        outreach.ring(workspace_id)

    verbs = Verbs(database, clock, Numbers(database), ring)
    preparation = preparing(settings, schema, database.dialect)
    trusted = trusted_documents(settings.documents, preparation) if settings.documents else None
    documents = Documents(trusted, settings.documents_mode)
    engine = Engine(schema, database, verbs, _limits(settings), preparation, documents)
    streams = Streams(settings, admission, review, engine, live)
    return Parts(
        database,
        engine,
        Authentication(database, _allowance(settings), installation),
        sequencer,
        live,
        streams,
        outreach,
        HttpDoor(engine, settings, admission, streams, page=settings.explorer),
        Downloads(database, installation, store, clock),
        teller,
        Events(teller.writing),
    )


def preparing(settings: Settings, schema: GraphQLSchema, dialect: Dialect) -> Preparation:
    """What makes operations out of documents."""
    check = DocumentLimits(
        settings.max_depth,
        settings.max_aliases,
        settings.max_directives,
        settings.max_root_fields,
        settings.max_fields,
    )
    return Preparation(schema, dialect, _limits(settings), check)


def _limits(settings: Settings) -> Limits:
    return Limits(
        tokens=settings.max_tokens,
        cost=settings.max_cost,
        introspection=settings.introspection,
        suggestions=settings.suggestions,
        characters=settings.max_document,
    )


def _allowance(settings: Settings) -> Allowance:
    """What the settings let anybody ask for."""
    item = parse(settings.rate_limit)
    return Allowance(
        requests_per_minute=max(1, item.amount * 60 // item.get_expiry()),
        workspace_per_minute=settings.workspace_requests_per_minute or None,
        requests_per_day=settings.workspace_requests_per_day or Allowance.requests_per_day,
        cost=settings.max_cost,
    )
