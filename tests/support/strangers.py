"""Strangers: clients of the running server, in any dialect, over any transport.

A stranger hears events in order and skips none, so that "nobody hears anything" is proved by what is
heard next. Only `user_count_update`, which comes when it comes, is passed over unless asked for.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar

import pytest

from .engine import Connection
from .wire import Kind, Line, PlainLine, PollingLine, Refused, Said, SocketLine

PASSED_OVER = "user_count_update"

_LINES: dict[Kind, Any] = {"websocket": SocketLine, "polling": PollingLine, "plain": PlainLine}


class Stranger:
    """One client. Make one with `Stranger.arrive`; `session` is what it was told on arrival."""

    present: ClassVar[list[Stranger]] = []

    def __init__(self, line: Line, port: int) -> None:
        self.line = line
        self.session: dict[str, Any] = {}
        self.connected: dict[str, Any] = {}
        self.offset: str | None = None
        self._port = port
        self._heard: deque[Said] = deque()
        self._asked = 0

    # --- coming and going ------------------------------------------------------------------------------

    @classmethod
    async def arrive(
        cls,
        port: int,
        dialect: str | None = None,
        *,
        over: Kind = "websocket",
        auth: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> Stranger:
        """Connect and hear `session`. Raises Refused.

        `auth` goes into the handshake's auth payload, or the query of the plain WebSocket.
        """
        auth = dict(auth or {})
        if dialect is not None:
            auth["dialect"] = dialect
        query = dict(query or {})
        if over == "plain":
            query |= {name: str(value) for name, value in auth.items()}
        line: Line = await _LINES[over].open(port, query, **headers)
        one = cls(line, port)
        cls.present.append(one)
        if over != "plain":
            await line.raw("40" + (json.dumps(auth) if auth else ""))
            one.connected = (await one._expect("connected")).args[0]
        said = await one._expect("event")
        assert said.name == "session", said
        one.session = said.args[0]
        return one

    async def back(self, by: str, over: Kind = "websocket") -> Stranger:
        """The same person on a new connection: by the `token`, or by the `pid` and offset."""
        auth = {"token": self.token}
        if by == "pid":
            auth = {"pid": self.connected["pid"]}
            if self.offset is not None:
                auth["offset"] = self.offset
        return await Stranger.arrive(self._port, over=over, auth=auth)

    @property
    def token(self) -> str:
        """What makes this client the same person when it comes back."""
        return str(self.session["token"])

    async def go(self) -> None:
        """Leave by the transport's own way to leave."""
        if self in self.present:
            self.present.remove(self)
        await self.line.hang_up()

    def vanish(self) -> None:
        """Break off without a word."""
        self.present.remove(self)
        self.line.cut()

    # --- speaking and hearing ----------------------------------------------------------------------------

    async def emit(self, name: str, *args: Any) -> None:
        """Send an event and ask for no answer."""
        await self.line.send(name, args)

    async def ask(self, name: str, *args: Any) -> dict[str, Any]:
        """Send an event and give the answer: `{"ok": …, …}`. What is heard meanwhile is heard later."""
        self._asked += 1
        await self.line.send(name, args, self._asked)
        while True:
            said = await self._said()
            if said.what == "answer":
                assert said.id == self._asked, said
                (answer,) = said.args
                assert isinstance(answer, dict), said
                return answer
            self._heard.append(said)

    async def do(self, name: str, *args: Any) -> Any:
        """Send an event that must succeed; gives its `data`."""
        answer = await self.ask(name, *args)
        assert answer["ok"] is True, answer
        assert answer.keys() <= {"ok", "data"}, answer
        return answer.get("data")

    async def fail(self, name: str, *args: Any) -> str:
        """Send an event that must fail; gives the code of its error."""
        answer = await self.ask(name, *args)
        assert answer["ok"] is False, answer
        error = answer["error"]
        assert isinstance(error["message"], str), answer
        assert error["message"], answer
        return str(error["code"])

    async def hear(self, name: str) -> Any:
        """The payload of the next event, which must be this one; a list when it has not exactly one."""
        said = self._heard.popleft() if self._heard else await self._said()
        while said.name == PASSED_OVER and name != PASSED_OVER:
            said = self._heard.popleft() if self._heard else await self._said()
        assert (said.what, said.name) == ("event", name), said
        if said.offset is not None:
            self.offset = said.offset
        return said.args[0] if len(said.args) == 1 else list(said.args)

    async def hang_up_heard(self) -> Any:
        """Wait until the server hangs up; what it says before is passed over. Gives the close code."""
        try:
            while True:
                await self._said()
        except EOFError as end:
            if self in self.present:
                self.present.remove(self)
            return end.args[0]

    async def _said(self) -> Said:
        return await self.line.said()

    async def _expect(self, what: str) -> Said:
        said = await self._said()
        if said.what == "refused":
            raise Refused(said.args[0])
        assert said.what == what, said
        return said


Arrive = Callable[..., Awaitable[Stranger]]


@pytest.fixture
async def strangers() -> AsyncIterator[None]:
    """Whoever is still there at the end of the test leaves, before the next test begins."""
    yield
    while Stranger.present:
        one = Stranger.present.pop()
        try:
            await one.line.hang_up()
        except (OSError, EOFError, RuntimeError):  # it is gone already, or half gone
            one.line.cut()
    await Connection.close_all()


async def couple(one: Stranger, other: Stranger, kind: str = "chat") -> str:
    """Let two who speak the native dialect meet; gives their room."""
    await one.do("join", {"type": kind})
    await one.hear("waiting_for_partner")
    await other.do("join", {"type": kind})
    found = await one.hear("partner_found")
    assert (await other.hear("partner_found"))["roomId"] == found["roomId"]
    return str(found["roomId"])
