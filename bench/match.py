"""How fast strangers are matched, and whether the queue's length matters.

Run `python bench/match.py` (about two minutes, 3 GB). It prints, as medians over several runs, each in a
process of its own:

- joins per second with 100,000 waiting and mixed filters;
- the p99 of one join with 1,000, 100,000 and 1,000,000 waiting, and the ratio of the last to the first;
- beside them steps of the ladder and removals per second, and bytes per waiting ticket, the ticket included.

The queue is lopsided, as real queues are: most of those who wait insist on countries from which nobody waits,
some on an interest that nobody shares yet, some are away. It stands still in law: time passes so
that people wait half a minute on average, whatever its length, and half of those who join find someone at once,
while the others take the places that became free. Joins are timed one by one with the garbage
collector running as it runs in the server: nothing is frozen, no threshold is changed.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter_ns

from parley.lobby.matching import Matcher, Rung, Ticket

PATIENCE = 10.0
WAIT = 30.0
CROWD = [f"C{n:02}" for n in range(25)]
SOUGHT = [f"S{n:02}" for n in range(15)]
LANGUAGES = ["en", "es", "hi", "pt", "de", "fr", "ar", "ru"]
COMMON = [f"interest {n}" for n in range(3000)]


def crowd(rng: random.Random) -> Iterator[Ticket]:
    """People from where most come; they insist on what few offer."""
    number = 0
    while True:
        number += 1
        rare = rng.random() < 0.25
        interests = {
            COMMON[min(int(rng.paretovariate(0.6)), len(COMMON)) - 1]
            for _ in range(rng.choice((0, 0, 0, 1, 2, 3)))
        }
        yield Ticket(
            id=f"crowd-ticket-{number}",
            person=f"guest-{number}",
            kind="video" if rng.random() < 0.6 else "chat",
            country=rng.choice(CROWD),
            countries=frozenset(rng.sample(SOUGHT, rng.choice((1, 1, 1, 1, 1, 1, 1, 2, 2, 3))))
            if not rare
            else frozenset(),
            country_required=not rare,
            interests=frozenset({f"rarity {number}"}) if rare else frozenset(interests),
            language=rng.choice(LANGUAGES) if rng.random() < 0.5 else None,
            available=rng.random() > 0.05,
        )


def sought(rng: random.Random) -> Iterator[Ticket]:
    """People from where few come: they find somebody at once, whatever they ask for."""
    number = 0
    while True:
        number += 1
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


def resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmRSS in /proc/self/status")


def measure(size: int, joins: int, seed: int) -> dict[str, float]:
    """One run with `size` waiting: figures in seconds, bytes and events per second."""
    rng = random.Random(seed)
    matcher = Matcher(PATIENCE, rng)
    waiters, seekers = crowd(rng), sought(rng)
    for number in range(5000):
        for _ in range(4):
            matcher.keep_apart(f"sought-{number}", f"guest-{rng.randrange(1, size + 1)}", 1e9)
    gc.collect()
    empty = resident_bytes()
    now, tick = 0.0, WAIT / size
    while len(matcher) < size:
        now += tick
        matcher.add(next(waiters), now)
        matcher.advance(now)
    full = resident_bytes()

    spent: list[int] = []
    joined: list[str] = []
    steps = stepping = matched = 0
    while len(spent) < joins:
        newcomer = next(waiters if len(matcher) < size else seekers)
        now += tick / 2
        start = perf_counter_ns()
        news = matcher.advance(now)
        middle = perf_counter_ns()
        match = matcher.add(newcomer, now)
        end = perf_counter_ns()
        stepping += middle - start
        steps += sum(isinstance(item, Rung) for _, item in news)
        spent.append(end - middle)
        joined.append(newcomer.id)
        matched += match is not None

    leaving = [ticket_id for ticket_id in joined if ticket_id in matcher]
    start = perf_counter_ns()
    for ticket_id in leaving:
        matcher.remove(ticket_id)
    removing = perf_counter_ns() - start
    spent.sort()
    return {
        "joins/s": joins / sum(spent) * 1e9,
        "p50": spent[joins // 2] / 1e9,
        "p99": spent[joins * 99 // 100] / 1e9,
        "max": spent[-1] / 1e9,
        "matched": matched / joins,
        "steps/s": steps / stepping * 1e9 if steps else 0.0,
        "removals/s": len(leaving) / removing * 1e9,
        "bytes": (full - empty) / size,
    }


def run(size: int, joins: int, seed: int) -> dict[str, float]:
    """`measure` in a process of its own, so that no run inherits another one's heap."""
    command = [sys.executable, __file__, "--one", str(size), str(joins), str(seed)]
    figures: dict[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--joins", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--one", type=int, nargs=3, metavar=("SIZE", "JOINS", "SEED"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one)))
        return
    print(
        f"{'waiting':>10}{'joins/s':>10}{'p50 us':>8}{'p99 us':>8}{'max ms':>8}"
        f"{'matched':>9}{'steps/s':>10}{'removals/s':>12}{'bytes/ticket':>14}"
    )
    tails: list[float] = []
    for size in options.sizes:
        runs = [run(size, options.joins, seed) for seed in range(options.runs)]
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
