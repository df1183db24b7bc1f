"""The interface of everything that has an id."""

from __future__ import annotations

import strawberry

from schema.fields import identity


@strawberry.interface(name="Node", description="Anything with an id; fetch it again by `node(id)`.")
class NodeInterface:
    """Relay's Node."""

    id: strawberry.ID = identity()
