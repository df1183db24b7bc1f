"""Logs: one JSON object a line on standard error, without secrets or personal data."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from gateway.visit import Visit

#: Parts of a path that say nothing about anybody: words of ours, and our ids.
_PLAIN = re.compile(r"[a-z][a-z_.\-]{0,40}|[a-z_]{1,20}_[0-9a-f\-]{36}|v\d", re.ASCII)
#: Seconds for which lines of the access log are gathered before they are written.
GATHERED = 0.05


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, and the exception's type and place."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # Others go on with the object that failed, or a traceback, and what these quote.
            "message": record.getMessage().partition("\n")[0],
        }
        if record.exc_info and record.exc_info[0] is not None:
            # The message of a database error may quote values; the stack names code only.
            line["error"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.f_code.co_filename.rpartition('/')[2]}:{number} {frame.f_code.co_name}"
                for frame, number in _frames(record.exc_info[2])
            ]
        return orjson.dumps(line).decode()


def _frames(traceback: Any) -> list[tuple[Any, int]]:
    found = []
    while traceback is not None:
        found.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found[-12:]


@lru_cache(1024)
def shown(path: str) -> str:
    """A path as it is logged: what may be a name, a number or a key is left out."""
    if len(path) > 500:
        return "/…"
    return "/".join([p if not p or _PLAIN.fullmatch(p) else "…" for p in path.split("/")])


def configure(level: str) -> None:
    """Send all logs through the JSON formatter."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


class AccessLog:
    """A line for each request, gathered for a moment and written at once."""

    def __init__(self, file: int = 2) -> None:
        self._file = file
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""

    def note(self, visit: Visit, status: int) -> None:
        """Add a request's line."""
        if not self._lines:
            asyncio.get_running_loop().call_later(GATHERED, self.flush)
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        method = visit.method if visit.method.isalpha() else "?"
        # Nothing in it needs escaping: ids of sound characters, words of ours and numbers.
        line = (
            f'{{"time":"{self._stamp}.{int((now - second) * 1000):03d}Z","logger":"access",'
            f'"request":"{visit.request_id}","method":"{method:.16}","path":"{shown(visit.path)}",'
            f'"status":{status},"ms":{(time.perf_counter() - visit.started) * 1000:.2f}'
        )
        caller = visit.caller
        if caller is not None:
            line += f',"workspace":"{caller.workspace_id}","key":"{caller.key_id}"'
        if visit.notes:
            line += f",{orjson.dumps(visit.notes)[1:-1].decode()}"
        self._lines.append(line + "}\n")

    def flush(self) -> None:
        """Write what was gathered."""
        if self._lines:
            lines, self._lines = self._lines, []
            try:
                os.write(self._file, "".join(lines).encode())
            except OSError:
                # A closed or full pipe must not stop the server.
                return
