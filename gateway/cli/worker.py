"""`switchboard worker`: places calls and sends mail, beside any number of servers and workers."""

from __future__ import annotations

import asyncio
import signal

import click

from gateway.cli.refusal import Refusal
from gateway.clock import utc_now
from gateway.installation import installed
from gateway.keyring import KeyringError
from gateway.log import configure
from gateway.outreach.outreach import Outreach
from gateway.sequencer import Sequencer
from gateway.settings import Settings, from_environment
from gateway.webhooks.telling import telling
from models.database import connect
from models.migrate import lacking

ALONE = (
    "On SQLite `switchboard serve` places calls and sends mail itself; workers need PostgreSQL: see "
    "SWITCHBOARD_DATABASE_URL."
)


@click.command()
def worker() -> None:
    """Place calls and send mail until Ctrl-C; as many as you like may run on one PostgreSQL."""
    settings = from_environment()
    configure(settings.log_level)
    if settings.database_url.startswith("sqlite://"):
        raise Refusal(ALONE)
    try:
        asyncio.run(_work(settings))
    except KeyringError as error:
        raise Refusal(str(error)) from None


async def _work(settings: Settings) -> None:
    if problem := await lacking(settings.database_url):
        raise Refusal(problem)
    database = await connect(
        settings.database_url,
        connections=settings.connections,
        statement_timeout=settings.statement_timeout,
    )
    installation = installed(settings)

    def stamped(workspace: str) -> None:
        teller.ring(workspace)

    sequencer = Sequencer(database, stamped)
    teller = telling(database, installation, utc_now, sequencer.ring)
    outreach = Outreach(settings, database, installation, utc_now, sequencer.ring, dispatching=True)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopped.set)
    try:
        sequencer.start()
        await outreach.start()
        if settings.webhooks:
            teller.start()
        click.echo("Placing calls and sending mail. Stop with Ctrl-C.")
        await stopped.wait()
        await teller.stop()
        await outreach.stop()
        await sequencer.stop()
    finally:
        await database.close()
