"""The ticker beats steadily, notices when it comes late, and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from parley.realtime.ticker import Ticker


class FakeLoop:
    """A loop whose time is the test's."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> FakeLoop:
        self.calls.append((when, call))
        return self

    def cancel(self) -> None:
        self.calls.clear()

    def fire(self, late: float = 0.0) -> None:
        """Let what is due happen, so much later than it should."""
        when, call = self.calls.pop()
        self.now = when + late
        call()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> FakeLoop:
    loop = FakeLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def test_it_beats_at_its_interval_and_one_at_a_time(loop: FakeLoop) -> None:
    beats: list[float] = []
    ticker = Ticker(0.25, lambda: beats.append(loop.now))
    ticker.start()
    for _ in range(4):
        assert len(loop.calls) == 1
        loop.fire()
    assert beats == [0.25, 0.5, 0.75, 1.0]


def test_it_says_by_how_much_it_was_late_lately(loop: FakeLoop) -> None:
    ticker = Ticker(0.25, lambda: None)
    assert ticker.lag == 0.0
    ticker.start()
    loop.fire(late=0.7)
    loop.fire()
    assert ticker.lag == pytest.approx(0.7)
    for _ in range(20):
        loop.fire(late=0.01)
    assert ticker.lag == pytest.approx(0.01)


def test_a_beat_that_fails_is_not_the_last(loop: FakeLoop) -> None:
    def fail() -> None:
        raise RuntimeError("a mistake")

    ticker = Ticker(0.25, fail)
    ticker.start()
    with pytest.raises(RuntimeError):
        loop.fire()
    assert len(loop.calls) == 1


def test_stopped_it_beats_no_more(loop: FakeLoop) -> None:
    ticker = Ticker(0.25, lambda: None)
    ticker.start()
    ticker.stop()
    ticker.stop()
    assert loop.calls == []
