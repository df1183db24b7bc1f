"""GraphiQL and the live page, served from our own address: pages, assets and their build."""

from __future__ import annotations

from gateway.explorer.assets import Assets
from gateway.explorer.page import Page

__all__ = ["Assets", "Page"]
