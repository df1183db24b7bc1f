"""`switchboard import`: leads from any CRM's CSV export."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path

import click

from gateway.cli.acting import commander
from gateway.cli.refusal import Refusal
from gateway.cli.running import chosen, run
from gateway.imports import (
    DuplicatePolicy,
    Field,
    FileRefused,
    FormulaPolicy,
    Inspection,
    Options,
    Rejected,
    Report,
    Rules,
    Summary,
    batches,
    country_region,
    inspect_leads,
    read_leads,
)
from gateway.imports.landing import Landing
from gateway.imports.rehearsal import Rehearsal
from models.database import Database, T
from schema.noun import camel

#: Rows in one transaction: some tens of milliseconds, between which a server gets its turn.
BATCH = 250
#: Exit code when some rows did not land.
SOME_REFUSED = 3
FIELDS = ", ".join(camel(each) for each in Field)


@click.group("import")
def import_() -> None:
    """Data from elsewhere."""


@import_.command(
    epilog="Exit codes: 0 all rows landed or were passed over as duplicates, 1 nothing was "
    f"imported or the import broke off, 2 wrong usage, {SOME_REFUSED} some rows were refused."
)
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option("--workspace", help="Name, number or id of the workspace.")
@click.option(
    "--map",
    "overrides",
    multiple=True,
    metavar="HEADER=FIELD",
    help="Feed a field from a column; `HEADER=` drops it, `HEADER=custom.KEY` keeps it aside. "
    f"Fields are {FIELDS}.",
)
@click.option(
    "--duplicates",
    type=click.Choice([each.value for each in DuplicatePolicy]),
    default=DuplicatePolicy.SKIP.value,
    show_default=True,
    help="What to do with leads that the workspace has, by external id, e-mail or phone.",
)
@click.option(
    "--region",
    help="Country of phone numbers without a country code, such as US, in rows that name none.",
)
@click.option("--encoding", help="Encoding of the file, where it isn't UTF-8 or UTF-16.")
@click.option(
    "--delimiter", help="What stands between fields, where it isn't found out: , ; | or TAB."
)
@click.option(
    "--allow-formulas",
    is_flag=True,
    help="Take cells that begin like a formula as plain text, as custom fields always do.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file for the findings; FILE.errors.csv by default.",
)
@click.option(
    "--rejected",
    "rejected_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file for the rows that were refused, to mend and import again.",
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
    rejected_file: Path | None,
    as_json: bool,
) -> None:
    """Import leads from FILE. Good rows land, bad ones are reported, none lands half."""
    if file == Path("-") and not file.exists():
        raise Refusal("Standard input can't be read twice, as imports need: name a file.")
    formulas = FormulaPolicy.KEEP if allow_formulas else FormulaPolicy.ERROR
    options = Options(
        encoding=encoding,
        delimiter=delimiter,
        overrides=overrides,
        rules=Rules(region=region and (country_region(region) or region), formulas=formulas),
        records=rejected_file is not None,
    )
    found = report_file or file.with_name(f"{file.name}.errors.csv")
    _apart(file, found, rejected_file)
    try:
        inspection = inspect_leads(file, options)
        click.echo(inspection.text(), err=True)
        policy = DuplicatePolicy(duplicates)

        async def work(database: Database, _settings: object) -> Summary:
            id_, title = await chosen(database, workspace)
            label = f"{'Checking for' if dry_run else 'Importing into'} {title}"
            size = inspection.shape.size
            with (
                _reporting(found, rejected_file, inspection) as report,
                click.progressbar(length=size, label=label, file=sys.stderr) as bar,
                closing(Rehearsal()) if dry_run else nullcontext() as rehearsal,
            ):
                landing = Landing(database, commander(id_), policy, rehearsal)

                def progress(done: int, _total: int) -> None:
                    bar.update(done - bar.pos)

                items = read_leads(file, options, inspection=inspection, progress=progress)
                try:
                    for batch in batches(items, policy, BATCH):
                        await landing.land(batch, report)
                except BaseException:
                    click.echo(f"\nBroke off after:\n{report.summary().text()}", err=True)
                    raise
                return report.summary(dry_run=dry_run)

        summary = run(work)
    except FileRefused as error:
        raise Refusal(str(error)) from None
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise Refusal(f"A file can't be read or written to its end: {said}.") from None
    click.echo(summary.json() if as_json else summary.text())
    if summary.codes:
        click.echo(f"Findings are in {found}", err=True)
    else:
        found.unlink(missing_ok=True)
    if rejected_file is not None:
        if summary.failed:
            click.echo(f"Refused rows are in {rejected_file}", err=True)
        else:
            rejected_file.unlink(missing_ok=True)
    if summary.failed:
        raise SystemExit(SOME_REFUSED)


def _apart(*files: Path | None) -> None:
    """What is written must not replace what is read."""
    paths = [each.resolve() for each in files if each is not None]
    if len(set(paths)) < len(paths):
        raise Refusal("FILE, --report and --rejected must be different files.")


@contextmanager
def _reporting(found: Path, rejected: Path | None, inspection: Inspection) -> Iterator[Report]:
    """The report, with a file for refused rows if wanted; both are opened before a row is read."""
    with ExitStack() as stack:
        refused = None
        if rejected is not None:
            refused = stack.enter_context(
                _opened(rejected, lambda path: Rejected(path, inspection.shape))
            )
        yield stack.enter_context(_opened(found, lambda path: Report(path, refused)))


def _opened(path: Path, make: Callable[[Path], T]) -> T:
    try:
        return make(path)
    except OSError as error:
        raise Refusal(f"{path} can't be written: {(error.strerror or '').lower()}.") from None
