"""What a client may still miss, for connection state recovery. Pure: events in, what was missed out.

An event is kept from when it is sent until a later ping was answered, or while its client is absent,
within the bound of what may wait for a client.
"""

from __future__ import annotations

from collections.abc import Collection

from .emission import Emission, Encoding, is_offset


class Kept:
    """The events that a client is not known to have."""

    __slots__ = ("_bytes", "_emissions", "_lost", "_marked", "_seen")

    def __init__(self) -> None:
        self._emissions: list[Emission] = []  # short: a deque weighs more than all it would hold
        self._bytes = 0
        self._marked = 0  # how many of them went out before the ping that is not yet answered
        self._seen = 0  # how many of them an absent client is taken to have seen
        self._lost = False  # some of it was let go: a client that needs it cannot recover

    def __len__(self) -> int:
        return len(self._emissions)

    def add(self, emission: Emission, most: int, size: int) -> int:
        """Keep an event that is encoded, letting the eldest go beyond so many events and bytes.

        Returns how many are kept; 0 when an absent client has not seen even what was let go.
        """
        emissions = self._emissions
        emissions.append(emission)
        self._bytes += emission.size
        count = len(emissions)
        if count <= most and self._bytes <= size:
            return count
        unseen = False
        while len(emissions) > most or self._bytes > size:
            unseen |= not self._seen
            self._drop()
        return 0 if unseen else len(emissions)

    def _drop(self) -> None:
        self._bytes -= self._emissions.pop(0).size
        if self._marked:
            self._marked -= 1
        if self._seen:
            self._seen -= 1
        self._lost = True

    def mark(self) -> None:
        """A ping went out behind all of it."""
        self._marked = len(self._emissions)

    def confirm(self) -> None:
        """The ping was answered: what went out before it has arrived."""
        if self._marked:
            self._bytes -= sum(emission.size for emission in self._emissions[: self._marked])
            del self._emissions[: self._marked]
            self._marked = 0
            self._lost = False  # else even what followed the ping may have been let go

    def broke(self, backlog: Collection[bytes], encoding: Encoding, *, silent: bool) -> None:
        """The transport broke with this backlog; `silent`: the client left the ping unanswered.

        What still waits was not seen, nor what followed an unanswered ping. Without an offset that is
        all that is known: the rest is taken as seen, for a message may not come twice.
        """
        waiting = set(map(id, backlog))
        seen = len(self._emissions)
        while seen and id(self._emissions[seen - 1].frames(encoding)) in waiting:
            seen -= 1
        self._seen = min(seen, self._marked) if silent else seen

    def unseen(self) -> list[Emission]:
        """What an absent client is taken to have missed, while nobody says more."""
        return self._emissions[self._seen :]

    def missed(self, offset: object, encoding: Encoding) -> list[Emission] | None:
        """What followed the event with this offset, the last that the client saw; None if some is gone."""
        if is_offset(offset):
            for position in range(len(self._emissions) - 1, -1, -1):
                if self._emissions[position].offset == offset:
                    return self._emissions[position + 1 :]
        if is_offset(offset) or (offset is None and encoding.offsets):
            # It saw none of these: they followed what was confirmed, unless something was let go since.
            return None if self._lost else self._emissions
        return self.unseen()
