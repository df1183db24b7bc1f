"""`switchboard import`: leads from any CRM's CSV export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from gateway.cli.acting import commander
from gateway.cli.refusal import Refusal
from gateway.cli.running import chosen, run
from gateway.imports import (
    DuplicatePolicy,
    FileRefused,
    FormulaPolicy,
    Options,
    Report,
    Rules,
    batches,
    inspect_leads,
    read_leads,
)
from gateway.imports.landing import Landing
from models.database import Database

#: Rows in one transaction: some tens of milliseconds, between which a server gets its turn.
BATCH = 250


@click.group("import")
def import_() -> None:
    """Data from elsewhere."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--workspace", help="Name, number or id of the workspace.")
@click.option(
    "--map",
    "overrides",
    multiple=True,
    metavar="HEADER=FIELD",
    help="Feed a field from a column; `HEADER=` drops it, `HEADER=custom.KEY` keeps it aside.",
)
@click.option(
    "--duplicates",
    type=click.Choice([each.value for each in DuplicatePolicy]),
    default=DuplicatePolicy.SKIP.value,
    show_default=True,
    help="What to do with leads that the workspace has, by external id, e-mail or phone.",
)
@click.option("--region", help="Country of numbers without a country code, such as US.")
@click.option("--encoding", help="Encoding of the file, where it isn't UTF-8 or UTF-16.")
@click.option("--delimiter", help="What stands between fields, where it isn't found out.")
@click.option(
    "--allow-formulas", is_flag=True, help="Take cells that begin like a formula as plain text."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file for the findings; FILE.errors.csv by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def leads(
    file: Path,
    workspace: str | None,
    overrides: tuple[str, ...],
    duplicates: str,
    region: str | None,
    encoding: str | None,
    delimiter: str | None,
    allow_formulas: bool,
    dry_run: bool,
    report_file: Path | None,
    as_json: bool,
) -> None:
    """Import leads from FILE. Good rows land, bad ones are reported, none lands half."""
    formulas = FormulaPolicy.KEEP if allow_formulas else FormulaPolicy.ERROR
    options = Options(
        encoding=encoding,
        delimiter=delimiter,
        overrides=overrides,
        rules=Rules(region=region, formulas=formulas),
    )
    policy = DuplicatePolicy(duplicates)
    size = file.stat().st_size
    found = report_file or file.with_name(f"{file.name}.errors.csv")
    try:
        inspection = inspect_leads(file, options)
        click.echo(inspection.text(), err=True)

        async def work(database: Database, _settings: object) -> Any:
            id_, title = await chosen(database, workspace)
            landing = Landing(database, commander(id_), policy)
            label = f"{'Checking for' if dry_run else 'Importing into'} {title}"
            with (
                Report(found) as report,
                click.progressbar(length=size, label=label, file=sys.stderr) as bar,
            ):

                def progress(done: int, _total: int) -> None:
                    bar.update(done - bar.pos)

                items = read_leads(file, options, inspection=inspection, progress=progress)
                for batch in batches(items, policy, BATCH):
                    await landing.land(batch, report, dry_run=dry_run)
                return report.summary()

        summary = run(work)
    except FileRefused as error:
        raise Refusal(str(error)) from None
    click.echo(summary.json() if as_json else summary.text())
    if summary.codes:
        click.echo(f"Findings are in {found}", err=True)
    else:
        found.unlink(missing_ok=True)
    if summary.failed:
        raise SystemExit(2)
