"""`python -m parley docs`: writes the generated files of the repository, or says which of them drifted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from .documents import documents

ROOT = Path(__file__).parents[3]


def main(check: bool) -> int:
    """Write the files; with `check` write nothing, and return 1 when one is not what the code says."""
    if not (ROOT / "pyproject.toml").is_file():
        print("The documents are written in a clone of the repository; this is an installed copy.")
        return 1
    return compare(ROOT, generated()) if check else write(ROOT, generated())


def generated() -> dict[str, str]:
    """What each generated file should hold, by its path in the repository."""
    made = documents()
    return {
        "docs/api/openapi.json": made.openapi,
        "docs/api/asyncapi.json": made.asyncapi,
        "web/src/api/types.ts": made.types,
    }


def write(root: Path, files: Mapping[str, str]) -> int:
    """Write those that changed; returns 0."""
    for name, text in files.items():
        path = root / name
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"Wrote {name}.")
    return 0


def compare(root: Path, files: Mapping[str, str]) -> int:
    """Say in words what drifted and how to mend it; returns 1 when anything did."""
    drifted = {name: text for name, text in files.items() if _read(root / name) != text}
    for name, text in drifted.items():
        print(
            f"{name} is not what the code says: {_difference(_read(root / name), text)}",
            file=sys.stderr,
        )
    if drifted:
        print("Write it anew with `make docs`, look at the change, and commit it.", file=sys.stderr)
    return int(bool(drifted))


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _difference(there: str | None, wanted: str) -> str:
    if there is None:
        return "it is missing."
    lines = zip_longest(there.splitlines(), wanted.splitlines(), fillvalue="(nothing)")
    for number, (old, new) in enumerate(lines, 1):
        if old != new:
            return f"line {number} reads “{old.strip()[:80]}” in place of “{new.strip()[:80]}”."
    return "its line ends differ."
