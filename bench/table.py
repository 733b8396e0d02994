"""The table that a run prints, and what a figure has to reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """What is demanded and what is hoped for; `at_least` when more is better."""

    bar: float
    aim: float
    at_least: bool = False

    def verdict(self, value: float) -> str:
        """Whether that is good enough."""
        if self._reached(value, self.aim):
            return "aim met"
        return "met" if self._reached(value, self.bar) else "MISSED"

    def _reached(self, value: float, goal: float) -> bool:
        return value >= goal if self.at_least else value <= goal

    def shown(self, goal: float) -> str:
        """A goal in words."""
        return f"≥ {goal:,.0f}" if self.at_least else f"≤ {goal:.2f}"


@dataclass(frozen=True)
class Row:
    """One figure, as it is printed."""

    title: str
    ours: str
    node: str
    ratio: str
    bar: Bar
    verdict: str
    kernel: str = ""
    """Of what it costs ours and Node, the part that the kernel's TCP takes, which neither can save."""


_FORM = "{:<44}{:>20}{:>12}{:>7}{:>10}{:>10}  {:<7}  {}"


def heading() -> str:
    """The first line."""
    return _FORM.format(
        "figure", "ours", "Node", "ratio", "bar", "aim", "verdict", "of it in the kernel"
    )


def line(row: Row) -> str:
    """One line of it."""
    bar = row.bar
    return _FORM.format(
        row.title,
        row.ours,
        row.node,
        row.ratio,
        bar.shown(bar.bar),
        bar.shown(bar.aim),
        row.verdict,
        row.kernel,
    )
