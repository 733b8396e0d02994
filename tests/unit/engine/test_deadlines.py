"""Many deadlines on one timer: each item ends once, in order, unless it was cleared in time."""

from __future__ import annotations

import asyncio

import pytest

from parley.engine.deadlines import Deadlines

SECONDS = 0.02


class Waiting:
    """Deadlines that write down what expired, and an event for when nothing waits any more."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.ended: list[str] = []
        self.late: list[float] = []
        self.empty = asyncio.Event()
        self.deadlines: Deadlines[str] = Deadlines(seconds, self.expired)

    def expired(self, item: str) -> None:
        self.ended.append(item)
        self.late.append(self.deadlines.late)
        if not self.deadlines:
            self.empty.set()

    async def end(self) -> list[str]:
        async with asyncio.timeout(5):
            await self.empty.wait()
        return self.ended


async def test_items_end_once_in_the_order_in_which_they_were_set() -> None:
    waiting = Waiting()
    start = asyncio.get_running_loop().time()
    for item in "abc":
        waiting.deadlines.set(item)
    assert (len(waiting.deadlines), list(waiting.deadlines)) == (3, ["a", "b", "c"])
    assert await waiting.end() == ["a", "b", "c"]
    assert asyncio.get_running_loop().time() - start >= SECONDS - 0.002
    assert len(waiting.deadlines) == 0


async def test_a_cleared_item_does_not_end_and_clearing_another_is_nothing() -> None:
    waiting = Waiting()
    for item in "abc":
        waiting.deadlines.set(item)
    waiting.deadlines.clear("b")
    waiting.deadlines.clear("nobody")
    assert "b" not in waiting.deadlines
    assert await waiting.end() == ["a", "c"]


async def test_setting_again_starts_the_wait_anew_behind_the_others() -> None:
    waiting = Waiting()
    for item in ["a", "b", "a"]:
        waiting.deadlines.set(item)
    assert await waiting.end() == ["b", "a"]


async def test_an_item_set_when_another_ends_has_its_whole_time() -> None:
    waiting = Waiting()
    again = iter(["second"])
    loop = asyncio.get_running_loop()
    moments: list[float] = []

    def expired(item: str) -> None:
        moments.append(loop.time())
        for successor in again:
            deadlines.set(successor)
            return
        waiting.empty.set()

    deadlines: Deadlines[str] = Deadlines(SECONDS, expired)
    deadlines.set("first")
    await waiting.end()
    assert moments[1] - moments[0] >= SECONDS - 0.002


async def test_a_crowd_shares_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting()
    rounds = 0
    fire = Deadlines._fire

    def counted(deadlines: Deadlines[str]) -> None:
        nonlocal rounds
        rounds += 1
        fire(deadlines)

    monkeypatch.setattr(Deadlines, "_fire", counted)
    for number in range(1000):
        waiting.deadlines.set(str(number))
    assert len(await waiting.end()) == 1000
    assert rounds < 50


async def test_what_is_past_its_time_is_overdue_before_the_timer_says_so() -> None:
    deadlines: Deadlines[str] = Deadlines(0.0, lambda item: None)
    deadlines.set("a")
    assert deadlines.overdue("a")
    assert not deadlines.overdue("nobody")
    later: Deadlines[str] = Deadlines(60.0, lambda item: None)
    later.set("a")
    assert not later.overdue("a")
    later.clear("a")


async def test_a_wait_that_should_have_begun_earlier_ends_earlier_but_by_a_quarter_at_most() -> (
    None
):
    deadlines: Deadlines[str] = Deadlines(60.0, lambda item: None)
    now = asyncio.get_running_loop().time()
    deadlines.set("punctual")
    deadlines.set("late", 10.0)
    deadlines.set("very late", 1000.0)
    dues = {item: due - now for item, due in deadlines._due.items()}
    assert dues == pytest.approx({"punctual": 60, "late": 50, "very late": 45}, abs=0.1)
    for item in dues:
        deadlines.clear(item)
