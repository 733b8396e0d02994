"""Hostile input, the same for the same seed: events that are nearly right, and frames with bits turned over."""

from __future__ import annotations

import json
import random
from typing import Any

from .wsclient import BINARY, CONT, TEXT, client_frame

NAMES = (
    *("join", "match-user", "leave_queue", "skip", "leave_room", "send_message", "typing"),
    *("offer", "answer", "ice_candidate", "ice_candidates", "add-ice-candidate"),
    *("nonsense", "", "error", "connect", "disconnect", "constructor", "\u202e", "x" * 300),
)
_KEYS = (
    *("roomId", "type", "preferences", "message", "isTyping", "offer", "answer", "candidate"),
    *("candidates", "sdp", "country", "countries", "countryRequired", "myCountry", "interests"),
    *("language", "userId", "id", "__proto__", ""),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 2**53, -(2**63), 10**40),
    *(
        "",
        "x",
        "chat",
        "video",
        "IN",
        "\U0001f469\u200d\U0001f4bb",
        "x" * 3000,
        "<b>",
        "\u2028",
        " ",
    ),
)


class Fuzz:
    """Makes up input."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def value(self, depth: int = 0) -> Any:
        """A JSON value of no particular shape."""
        chance = self._random.random()
        if depth > 4 or chance < 0.5:
            return self._random.choice(_VALUES)
        if chance < 0.65:
            return [self.value(depth + 1) for _ in range(self._random.randrange(4))]
        keys = self._random.sample(_KEYS, self._random.randrange(1, 6))
        return {key: self.value(depth + 1) for key in keys}

    def args(self, room: str) -> list[Any]:
        """The arguments of an event, often with the keys that it should have."""
        chance = self._random.random()
        if chance < 0.1:
            return [self.value() for _ in range(self._random.randrange(3))]
        body = {key: self.value(1) for key in self._random.sample(_KEYS, 6)}
        if chance < 0.7:
            body["roomId"] = room
        if chance < 0.5:
            body["type"] = self._random.choice(("chat", "video"))
        return [body]

    def event(self, room: str) -> tuple[str, list[Any]]:
        """An event: its name and arguments."""
        return self._random.choice(NAMES), self.args(room)

    def text(self, room: str) -> str:
        """A Socket.IO packet or a plain event, whole or with something wrong."""
        name, args = self.event(room)
        number = self._random.choice(("", "", "7", "99999999999999999999", "-1"))
        packet = self._random.choice(
            (
                f"42{number}{json.dumps([name, *args])}",
                f"42/other,{number}{json.dumps([name])}",
                f"451-{json.dumps([name, {'_placeholder': True, 'num': 0}])}",
                f"43{number}{json.dumps(args)}",
                json.dumps({"event": name, "data": args, "id": number}),
                json.dumps(self.value()),
                self._random.choice("0123456789b") + json.dumps(args),
            )
        )
        return self._damaged(packet) if self._random.random() < 0.5 else packet

    def _damaged(self, text: str) -> str:
        at = self._random.randrange(len(text))
        return self._random.choice(
            (
                text[:at],
                text[at:],
                text[:at] + self._random.choice('"{}[],:\\\x00\u2028\U0001f4a9') + text[at:],
                text + text,
                text.replace('"', "'"),
            )
        )

    def frame(self, room: str) -> bytes:
        """A WebSocket frame, most often with something wrong."""
        opcode = self._random.choice((TEXT, TEXT, TEXT, BINARY, CONT, 3, 8, 9, 10, 15))
        frame = bytearray(
            client_frame(
                opcode,
                self.text(room),
                fin=self._random.random() < 0.9,
                rsv=self._random.choice((0, 0, 0, 0, 1, 4)),
            )
        )
        for _ in range(self._random.choice((0, 1, 1, 5))):
            frame[self._random.randrange(len(frame))] ^= 1 << self._random.randrange(8)
        return bytes(frame[: self._random.choice((len(frame), len(frame), len(frame) // 2))])

    def noise(self, size: int) -> bytes:
        """Bytes."""
        return self._random.randbytes(size)
