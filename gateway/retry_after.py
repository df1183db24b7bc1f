"""What others ask for with `Retry-After`: to be left alone for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: What is granted at most.
PATIENCE = timedelta(hours=24)


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` asks for: seconds, or a date."""
    if header is None or len(header) > 100:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), PATIENCE)
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return min(max(date - now, timedelta()), PATIENCE)
