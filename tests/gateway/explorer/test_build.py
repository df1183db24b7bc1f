"""The build: what it makes, and what it says when npm fails."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from gateway.explorer.build import MARKER, WEB, BuildError, build, install
from gateway.explorer.manifest import STATIC, read_manifest

MANIFEST = read_manifest(STATIC)

needs_build = pytest.mark.skipif(MANIFEST is None, reason="run `make explorer` first")


@needs_build
def test_what_was_built_is_whole() -> None:
    assert MANIFEST
    assert set(MANIFEST.pages) == {"explorer", "live"}
    for entry in MANIFEST.pages.values():
        assert {entry.script, entry.style, MANIFEST.icon} <= MANIFEST.assets.keys()
    assert (STATIC / MARKER).exists()
    for name, asset in MANIFEST.assets.items():
        if asset.gzip:
            packed = (STATIC / f"{name}.gz").read_bytes()
            assert gzip.decompress(packed) == (STATIC / name).read_bytes()


@needs_build
def test_stylesheets_take_nothing_from_elsewhere() -> None:
    assert MANIFEST
    for entry in MANIFEST.pages.values():
        css = (STATIC / entry.style).read_text()
        assert "url(http" not in css
        assert "data:" not in css.replace("data:image/", "")
        assert "@import" not in css


@needs_build
def test_each_page_loads_its_own_script_alone() -> None:
    """What the live page has does not make GraphiQL larger, nor the other way round."""
    assert MANIFEST
    live, explorer = MANIFEST.pages["live"], MANIFEST.pages["explorer"]
    script = (STATIC / live.script).read_text()
    assert "import(" not in script
    assert "chunk-" not in script
    assert len(gzip.compress(script.encode())) < 100_000
    assert "callTranscript" not in (STATIC / explorer.script).read_text()


@pytest.mark.skipif(not (WEB / "node_modules").exists(), reason="run `make explorer` first")
def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second" / "deeper"
    build(WEB, first)
    build(WEB, second)
    assert contents(first) == contents(second)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_failing_npm_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x"}')
    with pytest.raises(BuildError, match=r"(?s)npm ci failed with status 1.*package-lock\.json"):
        install(tmp_path)


def test_a_failing_bundler_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "build.mjs").write_text("throw new Error('no such thing')")
    with pytest.raises(BuildError, match=r"(?s)the bundler failed with status 1.*no such thing"):
        build(tmp_path, tmp_path / "static")
    assert not (tmp_path / "static" / MARKER).exists()


def test_the_lock_names_no_registry_and_vouches_for_each_package() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or "integrity" in package, name
