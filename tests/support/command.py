"""`python -m parley …` as a shell runs it: its own process, and no setting but those given."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
PATIENCE_S = 60.0
MORTAL = (
    () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
)
"""A command to run others under, so that a file's mode binds them even when root runs the tests."""

can_be_mortal = not MORTAL or shutil.which("setpriv") is not None


def parley(
    folder: Path, *arguments: str, said: str = "", under: Sequence[str] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run it in that folder until it ends; `said` is what it reads from its terminal, `under` what runs it."""
    return subprocess.run(
        [*under, sys.executable, "-m", "parley", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **settings},
        input=said,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
