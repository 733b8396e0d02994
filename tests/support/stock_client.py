"""The stock socket.io-client under Node, driven from a test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.engine import PATIENCE
from tests.support.node import WEB

SCRIPT = Path(__file__).with_name("stock_client.cjs")


class StockClient:
    """Commands in, what happened out. Binary values are `{"$bytes": [...]}`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._seen: list[dict[str, Any]] = []

    def do(self, command: str, namespace: str = "/", **fields: Any) -> None:
        """One of connect(options), emit(name, args), ask(name, args), disconnect, cut."""
        assert self._process.stdin is not None
        line = {"do": command, "namespace": namespace, **fields}
        self._process.stdin.write(json.dumps(line).encode() + b"\n")

    async def sees(self, on: str, **fields: Any) -> dict[str, Any]:
        """Wait for the first thing of this kind, with these fields, that was not asked for before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for seen in self._seen:
                    if seen["on"] == on and fields.items() <= seen.items():
                        self._seen.remove(seen)
                        return seen
                assert self._process.stdout is not None
                line = await self._process.stdout.readline()
                assert line, f"the client ended; left: {self._seen}"
                self._seen.append(json.loads(line))


@asynccontextmanager
async def stock_client(node: str, port: int, **options: Any) -> AsyncIterator[StockClient]:
    """Run the client against this port; `options` are those of its `io()`."""
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        node, str(SCRIPT), url, json.dumps(options), cwd=WEB, stdin=-1, stdout=-1
    )
    try:
        yield StockClient(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
