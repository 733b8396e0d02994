"""Whether signing in holds up who talks: the echo of a message while a hundred logins are in flight.

    python bench/logins.py

One pair talks, fifty messages a second; meanwhile a hundred clients sign in again and again, with wrong passwords,
each from an address of its own, and wait a tenth of a second when they are told to come back later. The echo is the
time from a message's sending until its sender hears it from the server. Hashes share one core with the talk.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from time import perf_counter

import servers
import uvloop
from client import TEXT, Client, connect, pair_up

LOGINS = 100
RATE = 50
PAUSE = 0.1


class Echo:
    """A pair of which one speaks and measures."""

    def __init__(self, speaker: Client) -> None:
        self.times: list[float] = []
        self._frame = speaker.event("send_message", {"roomId": speaker.room, "message": TEXT})
        self._speaker = speaker
        self._heard = asyncio.Event()
        speaker.heard = self._listen

    def _listen(self, client: Client, packet: bytes) -> None:
        if packet.startswith(b'42["new_message"'):
            self._heard.set()

    async def go_on(self, seconds: float) -> None:
        """Speak for a while, never before the last message was heard."""
        end = perf_counter() + seconds
        while perf_counter() < end:
            begun = perf_counter()
            self._heard.clear()
            self._speaker.transport.write(self._frame)
            async with asyncio.timeout(20):
                await self._heard.wait()
            self.times.append(perf_counter() - begun)
            await asyncio.sleep(max(0.0, begun + 1 / RATE - perf_counter()))


class Visitors:
    """Clients that sign in again and again; `hashed` and `refused` say what they were told."""

    def __init__(self, port: int) -> None:
        self.hashed = self.refused = 0
        self._port = port

    async def sign_in(self, number: int) -> None:
        """One of them, for ever."""
        reader, writer = await asyncio.open_connection(servers.HOST, self._port)
        try:
            for turn in range(1_000_000):
                body = json.dumps(
                    {"username": f"user{number}-{turn}", "password": "not-the-password"}
                )
                address = f"10.{number}.{turn >> 8 & 255}.{turn & 255}"
                writer.write(
                    f"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
                )
                head = await reader.readuntil(b"\r\n\r\n")
                size = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(size))
                if head[9:12] == b"503":
                    self.refused += 1
                    await asyncio.sleep(PAUSE)
                else:
                    self.hashed += 1
        finally:
            writer.close()


async def measure(seconds: float, logins: int) -> tuple[list[float], int, int]:
    """Echo times in seconds, how many hashes were done, and how many were put off."""
    command = servers.ours()
    command = replace(command, env=command.env | {"TRUSTED_PROXIES": servers.HOST})
    async with servers.running(command) as server:
        people = await connect(servers.HOST, server.port, 2)
        await pair_up(people)
        echo, visitors = Echo(people[0]), Visitors(server.port)
        coming = [asyncio.ensure_future(visitors.sign_in(number)) for number in range(logins)]
        await echo.go_on(1.0)
        echo.times.clear()
        await echo.go_on(seconds)
        for one in coming:
            one.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
        return echo.times, visitors.hashed, visitors.refused


def run(seconds: float = 5.0, logins: int = LOGINS) -> dict[str, float]:
    """The figures: p50 and p99 of the echo in milliseconds, hashes a second."""
    times, hashed, refused = uvloop.run(measure(seconds, logins))
    times.sort()
    return {
        "p50": times[len(times) // 2] * 1e3,
        "p99": times[min(len(times) - 1, len(times) * 99 // 100)] * 1e3,
        "hashes/s": hashed / (seconds + 1),
        "refused/s": refused / (seconds + 1),
        "echoes": len(times),
    }


if __name__ == "__main__":
    os.sched_setaffinity(0, servers.cores()[1])
    for crowd in (0, LOGINS):
        found = run(logins=crowd)
        shown = ", ".join(f"{name} {value:,.1f}" for name, value in found.items())
        print(f"{crowd:>3} logins in flight: {shown}")
