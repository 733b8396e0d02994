"""curl, as the seeds print its calls, against a test's own server."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from tests.support.missing import missing
from tests.support.server import ParleyServer

PRINTED = "http://localhost:3000"
"""Where the seeds' servers are."""


def curl(server: ParleyServer, *arguments: str) -> tuple[int, Any]:
    """Status and JSON body of what curl got; an address as printed, or a path, is the server's."""
    if (program := shutil.which("curl")) is None:
        missing("curl (on PATH)")
    asked = [
        server.base_url + part if part.startswith("/") else part.replace(PRINTED, server.base_url)
        for part in arguments
    ]
    done = subprocess.run(
        [program, "-sS", "-w", "\n%{http_code}", *asked],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def posted(body: Any, method: str = "POST") -> list[str]:
    """curl's arguments for a JSON body; one that is text goes as it is."""
    text = body if isinstance(body, str) else json.dumps(body)
    return ["-X", method, "-H", "Content-Type: application/json", "-d", text]
