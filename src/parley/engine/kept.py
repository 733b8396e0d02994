"""What a client may still miss, for connection state recovery. Pure: frames in, what was missed out.

An event is kept from when it is sent until a later ping was answered, or while its client is absent,
within the bound of what may wait for a client. It is kept as its frames alone, which all who hear it share: what
it was made of is let go at once, while it is still warm in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Collection

from .emission import Encoding, is_offset


class Kept(list[bytes]):
    """The events that a client is not known to have, as frames: at most so many, and so many bytes of them.

    A list, and no byte is counted while none of them has more than its share: all that is read and written for each
    event sent comes from memory, for a crowd from as many places of it as there are clients.
    """

    __slots__ = ("_heavy", "_lost", "_marked", "_seen", "_share", "_size", "most")

    def __init__(self, most: int, size: int) -> None:
        self.most = most
        self._size = size
        self._share = size // most
        self._heavy = False  # one of them has more than its share
        self._marked = 0  # how many of them went out before the ping that is not yet answered
        self._seen = 0  # how many of them an absent client is taken to have seen
        self._lost = False  # some of it was let go: a client that needs it cannot recover

    def add(self, frames: bytes) -> int:
        """Keep an event, letting the eldest go beyond the bounds.

        Returns how many are kept; 0 when the client is not taken to have seen even what was let go.
        """
        self.append(frames)
        count = len(self)
        if count <= self.most and not self._heavy and len(frames) <= self._share:
            return count
        unseen = False
        size = sum(map(len, self))
        while len(self) > self.most or size > self._size:
            unseen |= not self._seen
            size -= len(self[0])
            self._drop()
        self._heavy = any(len(event) > self._share for event in self)
        return 0 if unseen else len(self)

    def _drop(self) -> None:
        del self[0]
        if self._marked:
            self._marked -= 1
        if self._seen:
            self._seen -= 1
        self._lost = True

    def mark(self) -> None:
        """A ping went out behind all of it."""
        self._marked = len(self)

    def confirm(self) -> None:
        """The ping was answered: what went out before it has arrived."""
        if self._marked:
            del self[: self._marked]
            self._marked = 0
            self._lost = False  # else even what followed the ping may have been let go

    def broke(self, pending: bytes, backlog: Collection[bytes], *, silent: bool) -> None:
        """The transport broke with this backlog behind what was `pending`; `silent`: the client left the ping unanswered.

        What still waits was not seen, nor what followed an unanswered ping. Without an offset that is
        all that is known: the rest is taken as seen, for a message may not come twice.
        """
        waiting = set(map(id, backlog))
        seen = len(self)
        while seen and id(self[seen - 1]) in waiting:
            seen -= 1
        at = len(pending)
        while seen and (at := pending.rfind(self[seen - 1], 0, at)) >= 0:
            seen -= 1
        self._seen = min(seen, self._marked) if silent else seen

    def unseen(self) -> list[bytes]:
        """What an absent client is taken to have missed, while nobody says more."""
        return self[self._seen :]

    def missed(self, offset: object, encoding: Encoding) -> list[bytes] | None:
        """What followed the event with this offset, the last that the client saw; None if some is gone."""
        if is_offset(offset):
            for position in range(len(self) - 1, -1, -1):
                if encoding.offset(self[position]) == offset:
                    return self[position + 1 :]
        if is_offset(offset) or (offset is None and encoding.offsets):
            # It saw none of these: they followed what was confirmed, unless something was let go since.
            return None if self._lost else list(self)
        return self.unseen()
