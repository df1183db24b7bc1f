"""The manifest: which files the build made, and what each page needs of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

STATIC = Path(__file__).with_name("static")
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that may be served."""

    media_type: str
    gzip: bool
    """Whether a compressed copy lies beside it, named with `.gz` behind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The files that a page names itself, beside the icon."""

    script: str
    style: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files by their content-hashed names, and those that each page begins with."""

    pages: dict[str, Entry]
    icon: str
    assets: dict[str, Asset]


def read_manifest(static: Path) -> Manifest | None:
    """Read the manifest; None when the pages haven't been built, or by another version."""
    try:
        content = json.loads((static / NAME).read_bytes())
        assets = {name: Asset(**asset) for name, asset in content["assets"].items()}
        pages = {name: Entry(**entry) for name, entry in content["pages"].items()}
        return Manifest(pages, content["icon"], assets)
    except (FileNotFoundError, KeyError, TypeError):
        return None


def write_manifest(static: Path, manifest: Manifest) -> None:
    """Write the manifest, the same bytes for the same files."""
    (static / NAME).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")
