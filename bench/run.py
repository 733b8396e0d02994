"""Ours beside a minimal Node and socket.io server, in one run: `python bench/run.py`, or `make bench`.

Prints a table: what one unit of the work costs each of the two, the ratio, and whether it meets the
project's bars. A figure is the median of the repetitions, in which ours and Node take turns, each
time as a fresh process on a core of its own; a ratio is that of the medians. Matching and signing in have no peer: their
bars are absolute.

    --quick             a rough answer in a minute
    --only relay,idle   these figures alone
    --repeat 5          more repetitions
    --rate 8000         messages a second in all, while relaying; 15,000 if not said

Everything stays on the loopback interface and is stopped in the end. Takes about four minutes.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import logins
import match
import servers
import uvloop
from figures import QUICK, Cost, Effort, arrive, broadcast, idle, relay
from table import Bar, Row, heading, line

Measure = Callable[[servers.Command, Effort], Awaitable[Cost]]

# Name on the command line → what it is, its unit, its format, its bar, how it is measured, which server of ours.
FIGURES: dict[str, tuple[str, str, Bar, Measure, Callable[[], servers.Command]]] = {
    "relay200": (
        "CPU per relayed send_message, 200 clients",
        "{:.4f} ms",
        Bar(0.60, 0.45),
        partial(relay, clients=200),
        servers.ours,
    ),
    "relay1000": (
        "CPU per relayed send_message, 1,000 clients",
        "{:.4f} ms",
        Bar(0.60, 0.45),
        partial(relay, clients=1000),
        servers.ours,
    ),
    "idle": (
        "memory per idle connection, 2,000 guests",
        "{:,.0f} B",
        Bar(0.20, 0.12),
        idle,
        servers.ours,
    ),
    "connect": (
        "CPU per connect, guest token issued",
        "{:.3f} ms",
        Bar(0.40, 0.20),
        arrive,
        servers.ours,
    ),
    "broadcast": (
        "CPU per delivery, 1 → 1,000 in a topic",
        "{:.4f} ms",
        Bar(0.60, 0.45),
        broadcast,
        servers.ours_broadcasting,
    ),
}
NAMES = [*FIGURES, "match", "logins"]


def install_peer() -> None:
    """The peer's pinned packages, unless they are there."""
    stamp = servers.PEER / "node_modules" / ".package-lock.json"
    lock = servers.PEER / "package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not on PATH")
    command = [npm, "ci", "--silent", "--ignore-scripts"]
    subprocess.run(command, cwd=servers.PEER, check=True)
    stamp.touch()


async def beside(name: str, effort: Effort, repeat: int) -> Row:
    """One figure of both servers."""
    title, form, bar, measure, ours = FIGURES[name]
    mine: list[Cost] = []
    theirs: list[Cost] = []
    for turn in range(repeat):
        _progress(f"{title}: {turn + 1} of {repeat}")
        mine.append(await measure(ours(), effort))
        theirs.append(await measure(servers.node(), effort))
    own, peer = (statistics.median(cost.each for cost in costs) for costs in (mine, theirs))
    ratio = own / peer
    row = Row(title, form.format(own), form.format(peer), f"{ratio:.2f}", bar, bar.verdict(ratio))
    kernel = [
        [cost.kernel for cost in costs if cost.kernel is not None] for costs in (mine, theirs)
    ]
    if not all(kernel):
        return row
    return replace(row, kernel=" / ".join(f"{statistics.median(shares):.4f}" for shares in kernel))


def matching(quick: bool) -> list[Row]:
    """The figures of `match.py`: medians of three runs; of one where a run takes half a minute."""
    sizes = [1_000, 100_000] if quick else [1_000, 100_000, 1_000_000]
    found = {}
    for size in sizes:
        _progress(f"matching with {size:,} waiting")
        runs = [match.run(size, 20_000, seed) for seed in range(1 if size > 100_000 else 3)]
        found[size] = {name: statistics.median(one[name] for one in runs) for name in runs[0]}
    joins = found[100_000]["joins/s"]
    fast = Bar(20_000, 50_000, at_least=True)
    rows = [
        Row(
            "joins a second, 100,000 waiting",
            f"{joins:,.0f}",
            "",
            "",
            fast,
            fast.verdict(joins),
        )
    ]
    tails = [found[size]["p99"] for size in sizes]
    growth = tails[-1] / tails[0]
    flat = Bar(3.0, 1.5)
    shown = " / ".join(f"{tail * 1e6:.0f}" for tail in tails) + " µs"
    at = " / ".join(f"{size:,}" for size in sizes)
    rows.append(Row(f"p99 of a join, {at}", shown, "", f"{growth:.2f}", flat, flat.verdict(growth)))
    return rows


def signing_in(quick: bool) -> list[Row]:
    """The figure of `logins.py`: what talking costs while a hundred sign in."""
    _progress("an echo while a hundred sign in")
    found = logins.run(2.0 if quick else 5.0)
    bar = Bar(20.0, 10.0)
    shown = f"{found['p99']:.1f} ms"
    title = f"p99 of an echo, {logins.LOGINS} logins in flight"
    return [Row(title, shown, "", "", bar, bar.verdict(found["p99"]))]


def chosen(only: str | None) -> list[str]:
    """The figures asked for: whole names, or what they begin with."""
    words = only.split(",") if only else NAMES
    names = [name for name in NAMES if any(name.startswith(word) for word in words)]
    if not names:
        raise SystemExit(f"There is no such figure; there are {', '.join(NAMES)}.")
    return names


async def measure_all(names: list[str], effort: Effort, repeat: int) -> list[Row]:
    """Their rows, in order."""
    return [await beside(name, effort, repeat) for name in names if name in FIGURES]


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--repeat", type=int, default=0)
    parser.add_argument("--rate", type=float, default=Effort.rate)
    options = parser.parse_args()
    if not Path("/proc/self/schedstat").exists():
        raise SystemExit("What a server spends is read from Linux's /proc, which is not here.")
    names = chosen(options.only)
    repeat = options.repeat or (1 if options.quick else 3)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
    if set(names) & set(FIGURES):
        install_peer()
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, servers.cores()[1])
    effort = replace(QUICK if options.quick else Effort(), rate=options.rate)
    rows = uvloop.run(measure_all(names, effort, repeat))
    if "logins" in names:
        rows += signing_in(options.quick)
    os.sched_setaffinity(0, everywhere)
    if "match" in names:
        rows += matching(options.quick)
    _progress("")
    print(heading())
    for row in rows:
        print(line(row))
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"{os.cpu_count()} cores, load {load}; repetitions: {repeat}; figures: medians.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
