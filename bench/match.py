"""How fast strangers are matched, and whether the queue's length matters.

Run `python bench/match.py` (some minutes, 2 GB). It prints, as medians over several runs, each in a
process of its own:

- joins per second with 100,000 waiting and mixed filters;
- the p99 of one join with 1,000, 100,000 and 1,000,000 waiting, and the ratio of the last to the first;
- beside them steps of the ladder and removals per second, and bytes per waiting ticket, the ticket and its
  strings included.

The queue is lopsided, as real queues are: most of those who wait insist on a country from which nobody
waits, some on an interest that nobody shares yet, some are away. All have waited up to half a minute, some
have given up one wish or two, and time goes on in proportion to the length of the queue. Of those who join, half
find somebody at once and the others take the places that became free. The queue is built anew
whenever a quarter of it has been exchanged, so that it is of the same make at every length.

How much people ask for is a guess: by default half of them name no interest, most one country, a third
a language. With `--choosy` they ask for about twice as much, stand in as many more lines, and the memory that a
long queue takes is felt more.

Joins are timed one by one, in CPU time of the thread, with the garbage collector set as the server sets it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import thread_time_ns
from typing import NamedTuple

from parley.app import spare_the_collector
from parley.lobby.matching import Matcher, Rung, Ticket

PATIENCE = 10.0
WAIT = 30.0
CROWD = [f"C{n:02}" for n in range(25)]
SOUGHT = [f"S{n:02}" for n in range(15)]
LANGUAGES = ["en", "es", "hi", "pt", "de", "fr", "ar", "ru"]
COMMON = [f"interest {n}" for n in range(3000)]


class Mix(NamedTuple):
    """How much people ask for: weights of how many interests and countries, and who names a language."""

    interests: dict[int, int]
    countries: dict[int, int]
    language: float


EVERYDAY = Mix({0: 50, 1: 25, 2: 15, 3: 8, 5: 2}, {1: 85, 2: 10, 3: 5}, 0.35)
CHOOSY = Mix({0: 35, 1: 15, 2: 15, 3: 15, 5: 20}, {1: 60, 2: 20, 3: 20}, 0.5)


def crowd(rng: random.Random, mix: Mix) -> Iterator[Ticket]:
    """People from where most come; they insist on what few offer."""

    def some(weights: dict[int, int]) -> int:
        return rng.choices(tuple(weights), tuple(weights.values()))[0]

    for number in count(1):
        rare = rng.random() < 0.25
        interests = {f"rarity {number}"}
        countries: list[str] = []
        if not rare:
            # A few interests are everybody's, most are a few people's.
            ranks = [int(rng.paretovariate(0.6)) for _ in range(some(mix.interests))]
            interests = {COMMON[min(rank, len(COMMON)) - 1] for rank in ranks}
            countries = rng.sample(SOUGHT, some(mix.countries))
        yield Ticket(
            id=f"crowd-ticket-{number}",
            person=f"guest-{number}",
            kind="video" if rng.random() < 0.6 else "chat",
            country=rng.choice(CROWD),
            countries=frozenset(countries),
            country_required=True,
            interests=frozenset(interests),
            language=rng.choice(LANGUAGES) if rng.random() < mix.language else None,
            available=rng.random() > 0.05,
        )


def sought(rng: random.Random) -> Iterator[Ticket]:
    """People from where few come: they find somebody at once, whatever they ask for."""
    for number in count(1):
        choosy = rng.random()
        yield Ticket(
            id=f"sought-ticket-{number}",
            person=f"sought-{number % 5000}",
            kind="video" if rng.random() < 0.6 else "chat",
            country=rng.choice(SOUGHT),
            countries=frozenset(rng.sample(CROWD, 3)) if choosy < 0.3 else frozenset(),
            interests=frozenset(rng.sample(COMMON[:20], rng.choice((1, 3))))
            if choosy > 0.6
            else frozenset(),
            language=rng.choice(LANGUAGES[:3]) if rng.random() < 0.2 else None,
        )


class Queue:
    """A matcher with that many waiting, and those who are yet to come."""

    def __init__(self, size: int, rng: random.Random, mix: Mix) -> None:
        self.size = size
        self.matcher = Matcher(PATIENCE, rng)
        self.waiters, self.seekers = crowd(rng, mix), sought(rng)
        self.tick = WAIT / size
        self.now = 0.0
        for number in range(0, size, 5):
            self.matcher.keep_apart(f"sought-{number}", f"guest-{rng.randrange(1, size + 1)}", 1e9)
        while len(self.matcher) < size:
            self.now += self.tick
            self.matcher.add(next(self.waiters), self.now)
            self.matcher.advance(self.now)


class Spent:
    """What was measured: nanoseconds and counts."""

    def __init__(self) -> None:
        self.joins: list[int] = []
        self.matched = self.steps = self.stepping = self.removals = self.removing = 0

    def take(self, queue: Queue, joins: int) -> None:
        """Let that many people join, and then leave, so far as they wait."""
        matcher, names = queue.matcher, []
        for _ in range(joins):
            newcomer = next(queue.waiters if len(matcher) < queue.size else queue.seekers)
            queue.now += queue.tick / 2
            start = thread_time_ns()
            news = matcher.advance(queue.now)
            middle = thread_time_ns()
            match = matcher.add(newcomer, queue.now)
            end = thread_time_ns()
            self.joins.append(end - middle)
            self.matched += match is not None
            self.stepping += middle - start
            self.steps += sum(isinstance(item, Rung) for _, item in news)
            names.append(newcomer.id)
        leaving = [name for name in names if name in matcher]
        start = thread_time_ns()
        for name in leaving:
            matcher.remove(name)
        self.removing += thread_time_ns() - start
        self.removals += len(leaving)


def resident_bytes() -> int:
    """What this process has in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmRSS in /proc/self/status")


def measure(size: int, joins: int, seed: int, mix: Mix = EVERYDAY) -> dict[str, float]:
    """One run with `size` waiting: figures in seconds, bytes and events per second."""
    spare_the_collector()
    rng = random.Random(seed)
    spent = Spent()
    before = resident_bytes()
    queue = Queue(size, rng, mix)
    bytes_each = (resident_bytes() - before) / size
    while True:
        spent.take(queue, min(joins - len(spent.joins), size // 4))
        if len(spent.joins) == joins:
            break
        queue = Queue(size, rng, mix)
    times = sorted(spent.joins)
    return {
        "joins/s": joins / sum(times) * 1e9,
        "p50": times[joins // 2] / 1e9,
        "p99": times[joins * 99 // 100] / 1e9,
        "max": times[-1] / 1e9,
        "matched": spent.matched / joins,
        "steps/s": spent.steps / spent.stepping * 1e9,
        "removals/s": spent.removals / spent.removing * 1e9,
        "bytes": bytes_each,
    }


def run(size: int, joins: int, seed: int, choosy: bool = False) -> dict[str, float]:
    """`measure` in a process of its own, so that no run inherits another one's heap."""
    command = [sys.executable, __file__, "--one", str(size), str(joins), str(seed)]
    command += ["--choosy"] * choosy
    figures: dict[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--joins", type=int, default=40_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--choosy", action="store_true", help="people ask for about twice as much")
    parser.add_argument(
        "--one", type=int, nargs=3, metavar=("SIZE", "JOINS", "SEED"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.one:
        size, joins, seed = options.one
        print(json.dumps(measure(size, joins, seed, CHOOSY if options.choosy else EVERYDAY)))
        return
    print(
        f"{'waiting':>10}{'joins/s':>10}{'p50 us':>8}{'p99 us':>8}{'max ms':>8}"
        f"{'matched':>9}{'steps/s':>10}{'removals/s':>12}{'bytes/ticket':>14}"
    )
    tails: list[float] = []
    for size in options.sizes:
        runs = [run(size, options.joins, seed, options.choosy) for seed in range(options.runs)]
        middle = {name: statistics.median(one[name] for one in runs) for name in runs[0]}
        tails.append(middle["p99"])
        print(
            f"{size:>10,}{middle['joins/s']:>10,.0f}{middle['p50'] * 1e6:>8.1f}{middle['p99'] * 1e6:>8.1f}"
            f"{middle['max'] * 1e3:>8.1f}{middle['matched']:>9.0%}{middle['steps/s']:>10,.0f}"
            f"{middle['removals/s']:>12,.0f}{middle['bytes']:>14,.0f}",
            flush=True,
        )
    print(
        f"p99 at {options.sizes[-1]:,} waiting is {tails[-1] / tails[0]:.2f} times that at {options.sizes[0]:,}"
    )


if __name__ == "__main__":
    main()
