"""`switchboard serve`: the gateway itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace

import click
import uvicorn

from gateway.address import address
from gateway.app import create_app
from gateway.cli.demo import welcome
from gateway.cli.listening import Server, bound
from gateway.cli.redis import fault
from gateway.cli.refusal import Refusal
from gateway.clock import utc_now
from gateway.explorer.manifest import STATIC, read_manifest
from gateway.front import front
from gateway.log import configure
from gateway.settings import Settings, from_environment
from gateway.sweep import KEPT
from models.database import connect
from models.migrate import migrate


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Port to listen on; 3000 by default, 0 for any that is free.",
)
@click.option(
    "--demo",
    is_flag=True,
    help="Bring the database up to date first, and fill an empty one with a demo workspace.",
)
def serve(host: str | None, port: int | None, demo: bool) -> None:
    """Run the gateway until Ctrl-C."""
    settings = from_environment()
    settings = replace(
        settings, host=host or settings.host, port=settings.port if port is None else port
    )
    configure(settings.log_level)
    sockets = bound(settings.host, settings.port)
    settings = replace(settings, port=sockets[0].getsockname()[1])
    key = asyncio.run(_demo_key(settings)) if demo else None
    if settings.redis_url and (problem := fault(settings.redis_url)):
        click.echo(f"Warning: {problem} This server counts rate limits by itself.", err=True)
    app = create_app(settings)
    logging.getLogger("uvicorn.error").addFilter(lambda record: app.refusal is None)
    server = Server(
        uvicorn.Config(
            app,
            http=front(app.sweep),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=10,
            timeout_keep_alive=int(KEPT),
            h11_max_incomplete_event_size=64 * 1024,
            # The front takes those that it knows, and passes over the others.
            ws="none",
            lifespan="on",
        ),
        lambda: _greet(settings, key, demo=demo),
    )
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        server.run(sockets)
    if app.refusal:
        raise Refusal(app.refusal)
    if not server.started:
        raise SystemExit(3)


def _greet(settings: Settings, key: str | None, *, demo: bool) -> None:
    """Say where the server is, now that it listens."""
    base = address(settings)
    click.echo(f"Switchboard is at {base}")
    built = settings.explorer and read_manifest(STATIC) is not None
    free = settings.documents_mode != "require"
    if settings.explorer and not built:
        click.echo("  GraphiQL   and the live page are not built; run `make explorer`")
    if demo and key is None:
        click.echo("  Other workspaces are here, and no demo: `switchboard demo` adds it.")
    if key is not None:
        if built and free:
            click.echo(f"  GraphiQL   {base}/graphql#key={key}")
            click.echo(f"  Live       {base}/live#key={key}")
        click.echo(f"  GraphQL    {base}/graphql")
        click.echo(f"  API key    {key}")
    click.echo("Stop with Ctrl-C.")


async def _demo_key(settings: Settings) -> str | None:
    await migrate(settings.database_url)
    database = await connect(settings.database_url, connections=2)
    try:
        return await welcome(database, settings.database_url, utc_now())
    finally:
        await database.close()
