"""The link in each e-mail that ends all e-mails: with one click (RFC 8058), or by a page."""

from __future__ import annotations

from contextlib import suppress
from html import escape
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.outreach.envelope import may_unsubscribe
from gateway.outreach.scene import Scene
from models import Actor, Channel, Email, SuppressionReason
from models.database import UniqueViolationError
from resolvers.suppressions import suppress_address
from schema.unit import Unit

#: The page has a form and a little style, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
NOTE = "By the link in an e-mail."
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>E-mails</title>
<style>
:root {{ color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 32rem; margin: 15vh auto; padding: 0 1rem }}
button {{ font: inherit; padding: .5rem 1rem }}
</style>
<p>{text}</p>
{form}
</html>
"""
_FORM = (
    '<form method="post"><button name="List-Unsubscribe" value="One-Click">{label}</button></form>'
)


class Unsubscribing:
    """Answers the link; who has it needs no key."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def __call__(self, request: Request) -> Response:
        """`GET` asks once more, as programs follow links that nobody clicks; `POST` suppresses."""
        found = self._named(request)
        address = None if found is None else await self._address(*found)
        if found is None or address is None:
            return _page("This link is incomplete, or the e-mail is gone.", status=404)
        if request.method == "POST":
            await self._suppress(*found)
            return _page(f"{address} gets no more e-mails from us.")
        return _page(f"Shall {address} get no more e-mails from us?", "No more e-mails")

    def _named(self, request: Request) -> tuple[str, str] | None:
        """The workspace and the e-mail that the link is for."""
        parts = request.path_params
        vault = self._scene.installation.vault
        try:
            workspace, id = str(UUID(parts["workspace"])), str(UUID(parts["email"]))
        except ValueError:
            return None
        if vault is None or not may_unsubscribe(vault, workspace, id, parts["signature"]):
            return None
        return workspace, id

    async def _address(self, workspace_id: str, id: str) -> str | None:
        rows = await self._scene.transact(
            workspace_id, lambda unit: unit.find(Email, ["to_email"], {"id": id})
        )
        return rows[0][0] if rows else None

    async def _suppress(self, workspace_id: str, id: str) -> None:
        # Of two clicks at once the second finds what the first has done.
        with suppress(UniqueViolationError):
            await self._withdraw(workspace_id, id)

    async def _withdraw(self, workspace_id: str, id: str) -> None:
        async def within(unit: Unit) -> None:
            rows = await unit.find(Email, ["to_email", "lead_id"], {"id": id})
            if rows:
                address, lead = rows[0]
                about = {"note": NOTE, "lead_id": lead, "email_id": id}
                await suppress_address(
                    unit, Channel.EMAIL, address.lower(), SuppressionReason.OPT_OUT, **about
                )

        await self._scene.transact(workspace_id, within, Actor.LEAD)


def _page(text: str, label: str | None = None, *, status: int = 200) -> Response:
    form = "" if label is None else _FORM.format(label=escape(label))
    headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
    return HTMLResponse(_PAGE.format(text=escape(text), form=form), status, headers)
