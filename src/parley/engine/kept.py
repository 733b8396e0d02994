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

    Append to it, and when there are as many as `check_at` then, or the last has more than its `share` of bytes, call
    `bound`; nothing else that changes a list may be done to it. While there are at most so many and none has more than
    its share, their bytes are within the bound without being counted: each event sent to a crowd is kept in as many
    places of memory as there are clients, and every further place that is touched costs as much as the rest of it.
    """

    __slots__ = ("_lost", "_marked", "_most", "_seen", "_size", "check_at", "share")

    def __init__(self, most: int, size: int) -> None:
        self._most = most
        self._size = size
        self.share = size // most
        self.check_at = self._many  # 0 while one has more than its share: all are counted then
        self._marked = 0  # how many of them went out before the ping that is not yet answered
        self._seen = 0  # how many of them an absent client is taken to have seen
        self._lost = False  # some of it was let go: a client that needs it cannot recover

    @property
    def _many(self) -> int:
        return max(1, self._most // 4)

    @property
    def wants_pong(self) -> bool:
        """It is time to ask the client what it has: that need not be kept."""
        return len(self) >= self._many

    def bound(self) -> bool:
        """Let the eldest go that are beyond the bounds. False when an absent client may have missed one of them.

        Looks at all of them while one has more than its share.
        """
        gone = max(0, len(self) - self._most)
        if not self.check_at or len(self[-1]) > self.share:
            sizes = [len(event) for event in self]
            size = sum(sizes[gone:])
            while size > self._size:
                size -= sizes[gone]
                gone += 1
            large = max(sizes[gone:], default=0) > self.share
            self.check_at = 0 if large else self._many
        if not gone:
            return True
        seen = self._seen >= gone
        del self[:gone]
        self._marked = max(0, self._marked - gone)
        self._seen = max(0, self._seen - gone)
        self._lost = True
        return seen

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
