"""The servers that are measured: started on a free port and a core of their own, stopped in the end.

What they spend is read from /proc: CPU time of all threads, resident memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PEER = HERE / "peer"
HOST = "127.0.0.1"

# What bounds an honest client would bound the load client, too.
_UNBOUND = {
    "MAX_SOCKETS": "100000",
    "LIMIT_SOCKETS_PER_ADDRESS": "100000",
    "LIMIT_HANDSHAKES": "1000000/1000000",
    "LIMIT_EVENTS": "1000000/1000000",
    "LIMIT_CHAT": "1000000/1000000",
    "RATE_LIMIT_POINTS": "1000000",
    "RATE": "1000000",
    "BURST": "1000000",
}


@dataclass(frozen=True)
class Command:
    """How to start a server. `gc_signal` makes it collect its garbage, where it can be asked to."""

    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    gc_signal: signal.Signals | None = None


def ours() -> Command:
    """The product, as one starts it, on a fresh data directory."""
    env = {"PORT": "0", "HOST": HOST, "PARLEY_ENV": "test"}
    return Command("ours", [sys.executable, "-m", "parley", "serve"], env)


def ours_broadcasting() -> Command:
    """Our engine with one topic."""
    return Command("ours", [sys.executable, str(HERE / "broadcast_server.py")])


def node() -> Command:
    """The peer."""
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("node is not on PATH")
    return Command("node", [node, "--expose-gc", str(PEER / "server.mjs")], {}, signal.SIGUSR2)


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    command: Command
    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU that its threads have spent."""
        spent = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            spent += int((task / "schedstat").read_text().split()[0])
        return spent / 1e9

    def kernel(self) -> float:
        """Seconds of that which it spent in the kernel, to the clock tick."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[12]) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """Bytes of memory that are its own."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def settle(self) -> None:
        """Wait until it has nothing more to do, its garbage collected."""
        for _ in range(2):
            if self.command.gc_signal is not None:
                os.kill(self.pid, self.command.gc_signal)
            await asyncio.sleep(0.3)


@contextlib.asynccontextmanager
async def running(command: Command) -> AsyncIterator[Running]:
    """Start a server, wait until it is ready, and stop it whatever happens."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as data:
        source = str(HERE.parent / "src")
        env = os.environ | _UNBOUND | {"PYTHONPATH": source, "DATA_DIR": data} | command.env
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            env=env,
            cwd=data,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=_to_server_core,
        )
        reader: asyncio.Task[None] | None = None
        said: deque[bytes] = deque(maxlen=30)
        try:
            port = await _ready(process)
            reader = asyncio.create_task(_listen(process, said))
            yield Running(command, process.pid, port)
        except BaseException:
            sys.stderr.write(b"".join(said).decode(errors="replace"))
            raise
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            if reader is not None:
                await reader


async def _ready(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(30):
        while line := await process.stdout.readline():
            said += line
            if b"ready: http://" in line:
                return int(line.rpartition(b":")[2])
    raise ChildProcessError(f"the server did not start: {said.decode(errors='replace')}")


async def _listen(process: asyncio.subprocess.Process, said: deque[bytes]) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        said.append(line)


def cores() -> tuple[set[int], set[int]]:
    """The server's core and the client's; the same one where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return {available[0]}, {available[-1]}


def _to_server_core() -> None:
    os.sched_setaffinity(0, _SERVER_CORE)


_SERVER_CORE = cores()[0]
