"""The link in large deliveries: the whole of what did not fit."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.downloads import SAID, refusal
from gateway.webhooks.payload import Wanted, Writing
from models import Delivery
from models.database import Reads, Row
from models.writing import finding
from schema.errors import InvalidLinkError, NotFoundError, SwitchboardError
from schema.link import Linked, LinkFault, fault

_NAMES = ("event_id", "event_name")
_HEADERS = {"cache-control": "private, no-store", "referrer-policy": "no-referrer"}


@dataclass(frozen=True)
class Events:
    """Answers signed links to deliveries, as their subjects are now."""

    writing: Writing

    async def __call__(self, request: Request) -> Response:
        """The delivery's body in full, transcript and recording included."""
        try:
            document = await self.writing.document(await self._wanted(request))
        except SwitchboardError as error:
            return refusal(error)
        return Response(orjson.dumps(document), media_type="application/json", headers=_HEADERS)

    async def _wanted(self, request: Request) -> Wanted:
        query, id = request.query_params, request.path_params["id"]
        vault = self.writing.installation.vault
        wrong = (
            LinkFault.ALTERED
            if vault is None or len(query.multi_items()) != 3
            else fault(vault, Linked.EVENT, id, query, self.writing.clock())
        )
        if wrong is not None:
            raise InvalidLinkError(SAID[wrong])
        where = {"workspace_id": query["workspace"], "id": id}
        statement = finding(self.writing.database.dialect, Delivery, _NAMES, where)

        def read() -> Reads[list[Row]]:
            rows = yield statement
            return rows

        rows = await self.writing.database.run(read())
        if not rows:
            raise NotFoundError("There is no such delivery any more.")
        event, name = rows[0]
        return Wanted(query["workspace"], id, event, name, transcript=True, recording=True)
