"""From an event on the wire to the handler that it is for, and back: limits, shapes, answers, errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Mapping
from types import CoroutineType
from typing import Any

import msgspec
import structlog

from parley.engine import Event, JsonRefused, PacketError, Reason
from parley.kernel.clock import Clock
from parley.kernel.errors import BadRequest, ParleyError, RateLimited, UnknownEvent

from .connection import Connection
from .dialect import Dialect, Limit
from .limits import Bucket, RateLike
from .schemas import ErrorEvent

log = structlog.get_logger(__name__)

# A hundred refusals in ten seconds are too many. Those of `typing`, which a key that is held down brings about,
# weigh a tenth, if the event is no larger than it need be.
_MAX_REFUSALS = 1000
_REFUSAL, _TYPING_REFUSAL = 10, 1
_TYPING_CHARACTERS = 256
_REFUSALS_SECONDS = 10.0


class Dispatcher:
    """Runs the handlers of all dialects."""

    def __init__(
        self, dialects: Mapping[str, Dialect], limits: Mapping[Limit, RateLike], clock: Clock
    ) -> None:
        self.dialects = dialects
        self.refused: Counter[str] = Counter()
        self.received = 0
        self._limits = limits
        self._clock = clock

    def dispatch(self, connection: Connection, event: Event) -> Awaitable[None] | None:
        """Run the event's handler; whoever sent it gets an answer if it asked, or an `error` if it failed.

        Raises PacketError when it is no event at all.
        """
        self.received += 1
        try:
            if not connection.settled and self._settle(connection, event.name):
                return self._greet_first(connection, event)
            incoming = connection.dialect.incoming.get(event.name)
            if incoming is None:
                self._count(connection, "events")
                raise UnknownEvent
            if incoming.weigh is None:
                self._count(connection, incoming.limit)
                payload = incoming.reader.of(event)
            else:
                payload = incoming.reader.of(event)
                self._count(connection, incoming.limit, incoming.weigh(connection, payload))
            # CPython is quick to call methods by their name, not what an attribute holds
            run = incoming.run
            result = run(connection, payload)
            # No handler is compiled, so this is what they return; to ask for `__await__` takes a twentieth of a message.
            if type(result) is CoroutineType:
                return self._finish(connection, event, result)
        except JsonRefused as error:
            self.fail(connection, event, BadRequest(f"Not taken: {error}."))
        except PacketError:
            raise
        except (msgspec.DecodeError, ValueError) as error:
            self.fail(connection, event, BadRequest(str(error)))
        except ParleyError as error:
            self.fail(connection, event, error)
        except Exception as error:  # noqa: BLE001 - logged, and the sender gets an answer
            self._failed(connection, event, error)
        else:
            if event.id is not None:
                connection.socket.ack(event, {"ok": True, "data": result})
        return None

    async def _finish(self, connection: Connection, event: Event, result: Awaitable[Any]) -> None:
        try:
            data = await result
        except ParleyError as error:
            self.fail(connection, event, error)
        except Exception as error:  # noqa: BLE001 - logged, and the sender gets an answer
            self._failed(connection, event, error)
        else:
            if event.id is not None:
                connection.socket.ack(event, {"ok": True, "data": data})

    def _failed(self, connection: Connection, event: Event, error: Exception) -> None:
        """A mistake of ours: logged whole, told in one sentence."""
        log.error("handler_failed", event_name=event.name, exc_info=error)
        self.fail(connection, event, ParleyError())

    def fail(self, connection: Connection, event: Event | None, error: ParleyError) -> None:
        """Tell the sender what was wrong, in the acknowledgement or as an `error` event."""
        self.refused[error.code] += 1
        if event is not None and event.id is not None:
            connection.socket.ack(event, {"ok": False, "error": ErrorEvent.of(error)})
        else:
            name = event.name[:64] if event is not None else None
            connection.socket.emit("error", ErrorEvent.of(error, name))
        light = (
            isinstance(error, RateLimited) and event is not None and _is_typing(connection, event)
        )
        self._refusal(connection, _TYPING_REFUSAL if light else _REFUSAL)

    def _settle(self, connection: Connection, name: str) -> bool:
        """The first event that one dialect alone has tells it. True when it is another one that greets its clients."""
        speaking = [dialect for dialect in self.dialects.values() if name in dialect.incoming]
        connection.settled = len(speaking) == 1
        if not speaking or connection.dialect in speaking:
            return False
        connection.dialect = speaking[0]
        return connection.dialect.greets is not None

    async def _greet_first(self, connection: Connection, event: Event) -> None:
        greets = connection.dialect.greets
        assert greets is not None
        await greets(connection)
        if not connection.over:
            awaitable = self.dispatch(connection, event)
            if awaitable is not None:
                await awaitable

    def _count(self, connection: Connection, limit: Limit, count: int = 1) -> None:
        now = self._clock.now()
        buckets = connection.buckets
        if buckets is None:
            buckets = connection.buckets = {}
        bucket = buckets.get(limit)
        if bucket is None:
            bucket = buckets[limit] = Bucket(self._limits[limit], now)
        wait = bucket.take(now, count)
        if wait:
            raise RateLimited(max(1, round(wait * 1000)))

    def _refusal(self, connection: Connection, weight: int) -> None:
        """A client that is refused again and again is not listening: it is shown the door."""
        now = self._clock.now()
        since, count = connection.refusals or (now, 0)
        if now - since > _REFUSALS_SECONDS:
            since, count = now, 0
        connection.refusals = since, count + weight
        if count + weight >= _MAX_REFUSALS:
            self.refused["shown_the_door"] += 1
            connection.socket.disconnect(Reason.SERVER_LEFT)


def _is_typing(connection: Connection, event: Event) -> bool:
    incoming = connection.dialect.incoming.get(event.name)
    if incoming is None or incoming.limit != "typing":
        return False
    said = event.array if event.array is not None else b"".join(map(bytes, event.raw or ()))
    return len(said) <= _TYPING_CHARACTERS
