"""docs/cli.md says what the commands say themselves."""

from __future__ import annotations

from click.testing import CliRunner

from gateway.cli import commands
from tests.generated import ROOT, WIDTH, helps


def test_the_document_is_what_help_prints() -> None:
    document = (ROOT / "docs" / "cli.md").read_text()
    found = dict(helps(commands, None))
    assert len(found) > 12
    for path in found:
        arguments = [*path.split()[1:], "-h"]
        result = CliRunner().invoke(
            commands, arguments, prog_name="switchboard", terminal_width=WIDTH
        )
        assert f"## {path}\n\n```\n{result.output}```\n" in document
