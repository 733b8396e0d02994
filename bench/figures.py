"""What is measured: each function starts a server, loads it, and returns what one unit of the work cost it.

Only what the server spends counts, so the client and the machine's other work blur the figures little.
Each server first does the same work for a while unmeasured, so that nothing is loaded or compiled in the window;
memory alone is counted from a server that has hardly done anything, so that it cannot reuse what it freed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from client import TEXT, Client, Talk, close, connect, pair_up
from servers import HOST, Command, Running, running


@dataclass(frozen=True)
class Effort:
    """How much is done. Times in seconds."""

    rate: float = 15_000
    warm_up: float = 1.5
    window: float = 2.5
    idle: int = 2000
    connects: int = 2000
    crowd: int = 1000
    broadcasts: int = 60
    pause: float = 0.05


@dataclass(frozen=True)
class Cost:
    """What one unit of the work cost: milliseconds or bytes; of the time, how much passed in the kernel."""

    each: float
    kernel: float | None = None


class Meter:
    """Reads what a server spends from now on."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._cpu = server.cpu()
        self._kernel = server.kernel()

    def cost(self, units: float) -> Cost:
        """Milliseconds for each of so many units."""
        spent, kernel = self._server.cpu() - self._cpu, self._server.kernel() - self._kernel
        return Cost(spent / units * 1e3, kernel / units * 1e3)


QUICK = Effort(warm_up=0.5, window=1.0, broadcasts=20)


async def relay(command: Command, effort: Effort, clients: int) -> Cost:
    """CPU per `send_message` that both of a pair have heard; 200 bytes of text."""
    async with running(command) as server:
        people = await connect(HOST, server.port, clients)
        await pair_up(people)
        talk = Talk(people, effort.rate)
        await talk.go_on(effort.warm_up)
        meter, heard = Meter(server), talk.heard
        await talk.go_on(effort.window)
        return meter.cost(talk.heard - heard)


async def arrive(command: Command, effort: Effort) -> Cost:
    """CPU per connect: TCP, WebSocket, namespace joined, guest token issued."""
    async with running(command) as server:
        await close(await connect(HOST, server.port, effort.connects // 2))
        await server.settle()
        meter = Meter(server)
        people = await connect(HOST, server.port, effort.connects)
        return meter.cost(len(people))


async def idle(command: Command, effort: Effort) -> Cost:
    """Bytes of resident memory per guest who has joined `/` and says nothing; the kernel's are not counted."""
    async with running(command) as server:
        await close(await connect(HOST, server.port, 20))
        await server.settle()
        before = server.resident()
        people = await connect(HOST, server.port, effort.idle)
        await server.settle()
        return Cost((server.resident() - before) / len(people))


async def broadcast(command: Command, effort: Effort) -> Cost:
    """CPU per delivery of one client's 200 bytes to a topic that 1,000 are in.

    Between two broadcasts there is a pause, as there is in life: a server that does nothing else finds
    all of a broadcast's work in its core's cache.
    """
    async with running(command) as server:
        people = await connect(HOST, server.port, effort.crowd)
        crowd = Crowd(people, effort.pause)
        await crowd.tell(max(effort.broadcasts // 3, 10))
        meter, heard = Meter(server), crowd.heard
        await crowd.tell(effort.broadcasts)
        return meter.cost(crowd.heard - heard)


class Crowd:
    """Clients in one topic, of whom one speaks: again when all have heard, after a pause."""

    def __init__(self, people: list[Client], pause: float) -> None:
        self._pause = pause
        self.heard = 0
        self._people = people
        self._all_heard = asyncio.Event()
        for one in people:
            one.heard = self._listen
            one.transport.write(one.event("listen", {}))
        self._frame = people[0].event("broadcast", {"message": TEXT})

    def _listen(self, client: Client, packet: bytes) -> None:
        if packet.startswith(b'42["told"'):
            self.heard += 1
            if self.heard % len(self._people) == 0:
                self._all_heard.set()

    async def tell(self, times: int) -> None:
        """Tell the crowd something so many times."""
        await asyncio.sleep(
            0.2
        )  # everybody has joined the topic by then, or the wait below ends in an error
        async with asyncio.timeout(60):
            for _ in range(times):
                self._all_heard.clear()
                self._people[0].transport.write(self._frame)
                await self._all_heard.wait()
                await asyncio.sleep(self._pause)
