"""The files of docs/frontend.md and docs/live.md, written out as the app that the scripts run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.gateway.serving import ROOT

TEXT = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ("frontend", "live"))
FENCES = re.findall(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
#: Text by path.
FILES: Mapping[str, str] = {name: text for _, name, text in FENCES if name}
COMMANDS = "".join(text for kind, _, text in FENCES if kind == "sh")
#: The settings that they are given.
SETTINGS: Mapping[str, str] = dict(re.findall(r"^SWITCHBOARD_(\w+)=(\S+)", COMMANDS, re.MULTILINE))
ORIGIN = SETTINGS["CORS_ORIGINS"]


def lay_out(folder: Path) -> None:
    """Write the app; one that is there and the same stays, as other processes may run it."""
    files = {**FILES, "schema.graphql": (ROOT / "schema.graphql").read_text()}
    marker = folder / ".files"
    if marker.is_file() and marker.read_text() == json.dumps(files):
        return
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    marker.write_text(json.dumps(files))
