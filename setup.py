"""The modules that every message passes through, compiled with mypyc where there is a C compiler (docs/adr/0025).

Without one, or when anything about it fails, they run as they are written: the sources are the same.
"""

import sys

from mypyc.build import mypycify
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, ExecError, PlatformError

COMPILED = [
    "src/parley/engine/engine.py",
    "src/parley/engine/engine_session.py",
    "src/parley/engine/frames.py",
    "src/parley/engine/packets.py",
    "src/parley/engine/server.py",
    "src/parley/engine/session.py",
    "src/parley/engine/socket.py",
    "src/parley/engine/websocket.py",
    "src/parley/lobby/pairs.py",
    "src/parley/lobby/participants.py",
    "src/parley/realtime/dialect.py",
    "src/parley/realtime/limits.py",
]


class AllOrNone(build_ext):
    """Compiled modules call each other directly: without one of them the others cannot be loaded."""

    def build_extensions(self) -> None:
        try:
            super().build_extensions()
        except (CCompilerError, ExecError, PlatformError, OSError) as error:
            self.warn(f"Parley stays uncompiled: {error}")
            self.extensions = []


def extensions() -> list[Extension]:
    """What mypyc makes of the modules: seconds of work, which pip need not wait for when it asks for name and version."""
    if not {"build_ext", "bdist_wheel", "editable_wheel"}.intersection(sys.argv):
        return []
    try:
        return mypycify(COMPILED, debug_level="0", group_name="parley")
    except SystemExit:  # it has said which types do not fit, and Parley runs all the same
        return []


setup(cmdclass={"build_ext": AllOrNone}, ext_modules=extensions())
