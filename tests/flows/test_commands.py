"""The commands of a fresh clone: they explain themselves, and fetch nothing that is not pinned."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def pins(file: Path) -> dict[str, str]:
    found = re.findall(r"^([\w.\[\]-]+)==([^\s;]+)", file.read_text(), re.MULTILINE)
    return dict(found)


def test_bare_make_lists_every_command() -> None:
    listed = re.findall(r"^  make (\w+) +\S", make().stdout, re.MULTILINE)
    assert set(listed) >= {"setup", "run", "test", "check", "fix", "bench", "docs", "web", "help"}


def test_a_python_that_is_too_old_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = make(
        f"{tmp_path}/venv/bin/python", f"VENV={tmp_path}/venv", "PYTHONS=/nowhere/python2 false"
    )
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: str(file.name))
def test_every_requirement_is_pinned_by_hash_and_names_no_address(file: Path) -> None:
    text = file.read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(pins(file)) == len(entries)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_tests_run_on_the_versions_that_are_served() -> None:
    served, tested = (pins(ROOT / "requirements" / name) for name in ("base.txt", "dev.txt"))
    assert served.items() <= tested.items()


def test_every_direct_dependency_is_pinned() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert listed is not None
    names = re.findall(r'"([\w-]+)', listed[1])
    assert len(names) > 10
    assert set(names) <= set(pins(ROOT / "requirements" / "base.txt"))


def test_the_web_clients_lock_has_hashes_and_no_address() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) > 10
    assert all("integrity" in package and "resolved" not in package for package in packages)
