"""`python -m parley …` as a shell runs it: its own process, and no setting but those given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
PATIENCE_S = 60.0


def parley(
    folder: Path, *arguments: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run it in that folder until it ends; `said` is what it reads from its terminal."""
    return subprocess.run(
        [sys.executable, "-m", "parley", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **settings},
        input=said,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
