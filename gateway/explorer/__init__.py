"""GraphiQL, served from our own address: the page, its assets and their build."""

from __future__ import annotations

from gateway.explorer.assets import Assets
from gateway.explorer.page import Page

__all__ = ["Assets", "Page"]
