"""The explorer's two ASGI apps: what they serve, with which headers, and what they refuse."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from gateway.explorer import Assets, Page
from gateway.explorer.manifest import NAME, Asset, Entry, Manifest, read_manifest, write_manifest

SCRIPT = "console.log('hello');" * 20


@pytest.fixture
def static(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    static.mkdir()
    (static / "explorer-AAAA.js").write_text(SCRIPT)
    (static / "explorer-AAAA.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (static / "font-BBBB.woff2").write_bytes(b"wOF2")
    (static / "stale-CCCC.js").write_text("left behind by another build")
    (tmp_path / "secret.txt").write_text("secret")
    assets = {
        "explorer-AAAA.js": Asset("text/javascript; charset=utf-8", gzip=True),
        "font-BBBB.woff2": Asset("font/woff2", gzip=False),
    }
    pages = {
        "explorer": Entry("explorer-AAAA.js", "explorer.css"),
        "live": Entry("live-DDDD.js", "live.css"),
    }
    write_manifest(static, Manifest(pages, "icon.svg", assets))
    return static


@pytest.fixture
def client(static: Path) -> httpx2.AsyncClient:
    return explorer(static)


def explorer(static: Path) -> httpx2.AsyncClient:
    """Client of both apps, mounted as the gateway mounts them."""
    routes = [
        Mount("/graphql/assets", Assets(static)),
        Route("/graphql", Page(static)),
        Route("/live", Page(static, "live")),
    ]
    transport = httpx2.ASGITransport(app=Starlette(routes=routes))
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway")


def directives(response: httpx2.Response) -> dict[str, str]:
    policy = response.headers["content-security-policy"]
    pairs = (directive.strip().partition(" ") for directive in policy.split(";"))
    return {name: value for name, _, value in pairs}


async def test_the_page_names_its_hashed_files_and_no_other_host(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.get("/graphql")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert 'src="graphql/assets/explorer-AAAA.js"' in response.text
    assert "//" not in response.text


async def test_the_policy_lets_in_our_own_scripts_only(client: httpx2.AsyncClient) -> None:
    policy = directives(await client.get("/graphql"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert not any("http" in value or "*" in value for value in policy.values())
    unsafe = {name for name, value in policy.items() if "unsafe" in value}
    assert unsafe == {"style-src-attr"}


async def test_the_live_page_names_its_own_files(client: httpx2.AsyncClient) -> None:
    response = await client.get("/live")
    assert response.status_code == 200
    assert 'src="graphql/assets/live-DDDD.js"' in response.text
    assert 'href="graphql/assets/live.css"' in response.text
    assert "explorer" not in response.text
    assert "//" not in response.text


async def test_the_live_page_may_play_sound_and_needs_nothing_unsafe(
    client: httpx2.AsyncClient,
) -> None:
    policy = directives(await client.get("/live"))
    assert policy["default-src"] == "'none'"
    own = {"script-src", "connect-src", "style-src", "img-src", "media-src"}
    assert {name for name, value in policy.items() if value == "'self'"} == own
    assert not any("unsafe" in value or "http" in value for value in policy.values())
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"


async def test_each_answer_has_its_own_nonce(client: httpx2.AsyncClient) -> None:
    nonces = set()
    for _ in range(2):
        response = await client.get("/graphql")
        found = re.search("'nonce-([^']+)'", directives(response)["style-src"])
        assert found
        assert f'nonce="{found[1]}"' in response.text
        nonces.add(found[1])
    assert len(nonces) == 2


async def test_the_page_is_neither_stored_framed_nor_sniffed(client: httpx2.AsyncClient) -> None:
    headers = (await client.get("/graphql")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["vary"] == "Accept"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/graphql", "/live"])
@pytest.mark.parametrize("older", [False, True])
async def test_without_a_build_of_this_version_a_page_says_what_to_run(
    tmp_path: Path, path: str, older: bool
) -> None:
    if older:
        (tmp_path / NAME).write_text('{"script": "a.js", "style": "a.css", "assets": {}}')
    client = explorer(tmp_path)
    response = await client.get(path)
    assert response.status_code == 503
    assert "make explorer" in response.text
    assert "script" not in response.text
    assert directives(response)["default-src"] == "'none'"
    assert (await client.get("/graphql/assets/explorer-AAAA.js")).status_code == 404


@pytest.mark.parametrize("path", ["/graphql", "/live", "/graphql/assets/explorer-AAAA.js"])
async def test_head_has_the_same_headers_and_no_body(client: httpx2.AsyncClient, path: str) -> None:
    got, head = await client.get(path), await client.head(path)
    assert head.status_code == 200
    assert head.content == b""
    volatile = {"content-security-policy"}  # the nonce
    assert {k: v for k, v in head.headers.items() if k not in volatile} == {
        k: v for k, v in got.headers.items() if k not in volatile
    }


@pytest.mark.parametrize("path", ["/graphql", "/live", "/graphql/assets/explorer-AAAA.js"])
async def test_other_methods_are_refused(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.request("DELETE", path)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, GZIP;q=0.5", "gzip"),
        ("*", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*, gzip;q=0", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000", None),
        ("", None),
    ],
)
async def test_an_asset_is_compressed_for_who_accepts_it(
    client: httpx2.AsyncClient, accepted: str, encoding: str | None
) -> None:
    response = await client.get(
        "/graphql/assets/explorer-AAAA.js", headers={"Accept-Encoding": accepted}
    )
    assert response.headers.get("content-encoding") == encoding
    assert response.text == SCRIPT
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_font_goes_out_as_it_is(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql/assets/font-BBBB.woff2")
    assert response.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in response.headers
    assert response.content == b"wOF2"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "manifest.json",
        ".built",
        "stale-CCCC.js",
        "explorer-AAAA.js.gz",
        "explorer-AAAA.js/",
        "x/assets/explorer-AAAA.js",
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "..%5csecret.txt",
        "%2fetc%2fpasswd",
        "explorer-AAAA.js%00",
    ],
)
async def test_nothing_but_the_manifest_is_served(client: httpx2.AsyncClient, name: str) -> None:
    response = await client.get(f"http://gateway/graphql/assets/{name}")
    assert response.status_code == 404


def test_a_manifest_reads_as_it_was_written(static: Path) -> None:
    manifest = read_manifest(static)
    assert manifest
    before = (static / "manifest.json").read_bytes()
    write_manifest(static, manifest)
    assert (static / "manifest.json").read_bytes() == before
