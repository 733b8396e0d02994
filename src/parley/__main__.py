"""`python -m parley`, and the script `parley`: the command line, started quickly."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    # Nothing that is imported is garbage, and to look for it takes a tenth of the start. The server
    # collects again when it is ready; any other command ends before there is anything worth it.
    gc.disable()
    from parley.command_line import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
