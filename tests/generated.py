"""Files that are made from the declarations: written again, or checked for drift.

`python -m tests.generated` writes them, `--check` fails where one has drifted.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click

from gateway.bounds import LIMITS, USUAL, variable
from gateway.cli import commands
from gateway.graph import core, sdl
from gateway.graphql.places import PLACES
from gateway.imports import RefusalCode, RowCode
from gateway.settings import Settings
from models.event_type import EventType
from resolvers.webhook_events import NAMES
from schema.error_code import ErrorCode
from schema.noun import camel
from schema.scope import SCOPES
from schema.vendor import VENDORS

ROOT = Path(__file__).parent.parent
#: Characters of a wide terminal that help is written in.
WIDTH = 98
NOTE = "<!-- Made by `make generate`; do not edit. -->\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *[list(row) for row in rows]]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join("| " + " | ".join(_cell(each) for each in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def settings() -> str:
    """docs/settings.md."""
    rows = []
    for each in fields(Settings):
        assert each.default is not MISSING
        default = "" if each.default in (None, "") else f"`{each.default}`"
        meaning = each.metadata["description"]
        if type(each.default) in (int, float):
            least, most = LIMITS.get(each.name, USUAL)
            meaning += f" From {least} to {most}."
        rows.append((f"`{variable(each.name)}`", default, meaning))
    return (
        f"{NOTE}# Settings\n\nEvery setting is an environment variable; none is required.\n\n"
        + table(("Variable", "Default", "Meaning"), rows)
    )


def errors() -> str:
    """docs/errors.md."""
    rows = [
        (
            f"`{code.value}`",
            "yes" if PLACES[code].payload else "",
            "yes" if PLACES[code].field else "",
            PLACES[code].refusal,
            "yes" if PLACES[code].policy else "",
            code.description,
        )
        for code in ErrorCode
    ]
    findings = [(f"`{c.value}`", c.description) for c in (*RefusalCode, *RowCode)]
    return (
        f"{NOTE}# Errors\n\nCodes are stable. On the GraphQL door one may stand in four places:\n\n"
        "- **Payload**: among the `errors` of a verb's payload, with its `path` in the input, for a "
        "person to act on. The status is 200; what the error is about was not changed.\n"
        "- **Field**: in `extensions.code` of a top-level error, whose `path` says which field "
        "failed. It is null, or the nearest field around it that may be; the others are answered, "
        "with status 200. Where an argument is at fault, `extensions.argument` is the way to it, "
        'such as `["filter", "agentId"]`.\n'
        "- **Refusal**: in `extensions.code` of a top-level error without `path`. Nothing was "
        "executed; the status is the one given.\n"
        "- **Policy**: in the answer of `contactability`, which says so without an error; what is "
        "told there also stands among the `warnings` of a call or e-mail, or as its `blockedCode`.\n\n"
        + table(("Code", "Payload", "Field", "Refusal", "Policy", "Meaning"), rows)
        + "\n## Findings of `switchboard import`\n\n"
        + table(("Code", "Meaning"), findings)
    )


def scopes() -> str:
    """docs/scopes.md."""
    rows = [(f"`{name}`", description) for name, description in SCOPES.items()]
    return (
        f"{NOTE}# Scopes\n\nWhat an API key may do. `…:write` implies `…:read` of the same "
        "noun, `read_only` every `…:read`, `full` everything.\n\nAn operation needs the scopes of its "
        "verbs (`docs/verbs.md`), `results:read` for `stats`, and `…:read` for every noun that it "
        "selects, lists or counts; `viewer` needs none. A subscription needs `calls:read`, `campaigns:read` or, for `activity`, `activity:read`. A refusal is `FORBIDDEN` with the least that is missing in `extensions.missingScopes`. What "
        "`node(id)` finds is null where the key may not read it.\n\n"
        "A filter may name things of any noun by their ids: `leads(filter: {agentId: …})` needs `leads:read` alone. It tells "
        "which of the leads, all of which the key may read, belong to an id that the client knows already, and of the agent "
        "nothing, not even whether there is one.\n\n" + table(("Scope", "Permits"), rows)
    )


def events() -> str:
    """docs/events.md."""
    rows = [
        (f"`{each.value}`", f"`{NAMES[each]}`" if each in NAMES else "", each.description)
        for each in EventType
    ]
    return (
        f"{NOTE}# Events\n\nWhat the activity feed can tell, and the names under which webhooks "
        "are told of it (`docs/webhooks.md`).\n\n" + table(("Type", "Webhooks", "Meaning"), rows)
    )


def verbs() -> str:
    """docs/verbs.md."""
    root: Any = core().mutation_type
    rows = []
    for name, field in sorted(root.fields.items()):
        source = field.extensions["strawberry-definition"].metadata["source"]
        rows.append(
            (f"`{name}`", ", ".join(f"`{s}`" for s in sorted(source.scopes)), field.description)
        )
    return f"{NOTE}# Verbs\n\n" + table(("Mutation", "Scopes", "What it does"), rows)


def cli() -> str:
    """docs/cli.md: what `--help` says on a wide terminal."""
    parts = [f"{NOTE}# Command line\n"]
    for path, said in helps(commands, None):
        parts.append(f"## {path}\n\n```\n{said}\n```\n")
    return "\n".join(parts)


def helps(command: click.Command, parent: click.Context | None) -> Iterable[tuple[str, str]]:
    """The help of a command and of those in it, by how it is called."""
    name = "switchboard" if parent is None else command.name
    context = command.context_class(
        command, parent, info_name=name, terminal_width=WIDTH, **command.context_settings
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for _, each in sorted(command.commands.items()):
            yield from helps(each, context)


def providers() -> str:
    """docs/providers.md."""
    rows = [
        (
            f"`{provider.value}`",
            vendor.kind.value.lower(),
            _all(vendor.settings),
            _all(sorted(vendor.all_settings - {*vendor.settings})),
            _all(vendor.credentials),
            _all(vendor.more_credentials),
            vendor.address or "",
        )
        for provider, vendor in VENDORS.items()
    ]
    return (
        f"{NOTE}# Providers\n\nAn account with a vendor is added with `addProviderAccount`. Its "
        "settings are shown, its credentials are encrypted and never shown again. `username` and "
        "`password` go together, as do `apiKeySid` and `apiKeySecret`.\n\n"
        + table(
            ("Vendor", "For", "Settings", "May have", "Credentials", "May have", "Address"), rows
        )
    )


def _all(names: Iterable[str]) -> str:
    return ", ".join(f"`{camel(each)}`" for each in names)


FILES: dict[str, Callable[[], str]] = {
    "schema.graphql": sdl,
    "docs/settings.md": settings,
    "docs/errors.md": errors,
    "docs/scopes.md": scopes,
    "docs/events.md": events,
    "docs/verbs.md": verbs,
    "docs/cli.md": cli,
    "docs/providers.md": providers,
}


def drifted() -> dict[str, str]:
    """The files that are not what they should be, with the difference."""
    found = {}
    for name, make in FILES.items():
        path = ROOT / name
        before = path.read_text() if path.exists() else ""
        after = make()
        if before != after:
            lines = difflib.unified_diff(
                before.splitlines(), after.splitlines(), name, "as declared", lineterm="", n=1
            )
            found[name] = "\n".join(list(lines)[:40])
    return found


def main() -> None:
    """Write, or check."""
    found = drifted()
    if "--check" in sys.argv:
        for name, difference in found.items():
            print(f"{name} has drifted; run `make generate`:\n{difference}\n", file=sys.stderr)
        raise SystemExit(bool(found))
    for name in found:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name]())
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
