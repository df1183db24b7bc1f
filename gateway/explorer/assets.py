"""The pages' files at `/graphql/assets/{file}`: those in the manifest and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.explorer.manifest import STATIC, read_manifest
from gateway.explorer.policy import ASSET_HEADERS


@dataclass(frozen=True, slots=True)
class Assets:
    """ASGI app to mount at `/graphql/assets`."""

    static: Path = STATIC

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
        _, _, name = scope["path"].partition("/assets/")
        manifest = read_manifest(self.static)
        # Names are looked up, never joined to a path first: a path outside can't be asked for.
        asset = manifest.assets.get(name) if manifest else None
        if asset is None:
            return PlainTextResponse("Not Found", 404)
        headers = dict(ASSET_HEADERS)
        path = self.static / name
        if asset.gzip and _accepts_gzip(Headers(scope=scope)):
            headers["Content-Encoding"] = "gzip"
            path = self.static / f"{name}.gz"
        return FileResponse(path, headers=headers, media_type=asset.media_type)


def _accepts_gzip(headers: Headers) -> bool:
    weights: dict[str, str] = {}
    for coding in headers.get("accept-encoding", "").lower().replace(" ", "").split(","):
        name, _, weight = coding.partition(";q=")
        weights[name] = weight or "1"
    return weights.get("gzip", weights.get("*", "0")).strip("0.") != ""
