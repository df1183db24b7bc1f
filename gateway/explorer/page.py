"""The HTML pages that a browser gets at `/graphql` and `/live`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.explorer.manifest import STATIC, Manifest, read_manifest
from gateway.explorer.policy import page_headers

#: What the pages are called.
TITLES = {"explorer": "Switchboard", "live": "Live · Switchboard"}

# Addresses are relative to `/graphql` and `/live`, so that the pages also work behind a proxy's
# prefix.
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="graphql/assets/{icon}">
<link rel="stylesheet" href="graphql/assets/{style}" nonce="{nonce}">
<script type="module" src="graphql/assets/{script}"></script>
</head>
<body>
<div id="{name}"><noscript>This page needs JavaScript.</noscript></div>
</body>
</html>
"""

_NOT_BUILT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Switchboard</title>
</head>
<body>
<h1>This page isn't built yet</h1>
<p>Run <code>make explorer</code> in the repository, then load this page again.</p>
<p>The API itself works: send operations to <code>/graphql</code> with <code>POST</code>.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """ASGI app that answers every GET and HEAD with the page, whatever the path."""

    static: Path = STATIC
    name: str = "explorer"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope["method"])(scope, receive, send)

    def _answer(self, method: str) -> Response:
        if method not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
        nonce = secrets.token_urlsafe(16)
        # Read each time, it is small: a page built while the server runs is there at once.
        manifest = read_manifest(self.static)
        html = _NOT_BUILT if manifest is None else _render(manifest, self.name, nonce)
        headers = page_headers(self.name, nonce)
        response = HTMLResponse(html, 503 if manifest is None else 200, headers)
        if method == "HEAD":
            response.body = b""  # the headers, with the length, are made already
        return response


def _render(manifest: Manifest, name: str, nonce: str) -> str:
    entry = manifest.pages[name]
    return _PAGE.format(
        title=TITLES[name],
        name=name,
        icon=manifest.icon,
        style=entry.style,
        script=entry.script,
        nonce=nonce,
    )
