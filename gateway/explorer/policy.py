"""What a browser may do with the pages and their assets, as response headers."""

from __future__ import annotations

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

ASSET_HEADERS = _ALWAYS | {
    # A worker lives under its own response's policy: ours need nothing from anywhere.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}


_EXPLORER = (
    "worker-src 'self'",
    # Style elements: our file, and those our own scripts make, which carry the nonce.
    "style-src 'self' 'nonce-{nonce}'",
    # Monaco writes each line of text as markup with a style attribute for its place. A
    # nonce can't cover attributes; an injected one could restyle its element, no more.
    "style-src-attr 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data:",
)
_LIVE = (
    "style-src 'self'",
    "img-src 'self'",
    # Recordings, by their signed links.
    "media-src 'self'",
)


def page_headers(page: str, nonce: str) -> dict[str, str]:
    """Headers of one answer with a page; the nonce must be fresh each time."""
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        *(_EXPLORER if page == "explorer" else _LIVE),
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return _ALWAYS | {
        "Content-Security-Policy": "; ".join(policy).replace("{nonce}", nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        # The nonce is for one answer; `/graphql` answers other clients with JSON.
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
