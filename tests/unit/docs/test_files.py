"""The committed files are what the code says, and drift is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.docs.files import ROOT, compare, generated, write


def test_the_committed_documents_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(ROOT, generated()) == 0, capsys.readouterr().err


def test_the_documents_are_the_same_each_time_they_are_made() -> None:
    from parley.docs.documents import documents

    first = documents()
    documents.cache_clear()
    assert documents() == first


def test_drift_names_the_file_the_line_and_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"api/one.json": "a\nb\n", "api/two.json": "c\n"}
    assert write(tmp_path, files) == 0
    assert compare(tmp_path, files) == 0
    (tmp_path / "api/one.json").write_text("a\nB\n")
    (tmp_path / "api/two.json").unlink()
    capsys.readouterr()

    assert compare(tmp_path, files) == 1

    said = capsys.readouterr().err
    assert "api/one.json is not what the code says: line 2 reads “B” in place of “b”." in said
    assert "api/two.json is not what the code says: it is missing." in said
    assert "make docs" in said


def test_checking_writes_nothing(tmp_path: Path) -> None:
    assert compare(tmp_path, {"one.json": "a\n"}) == 1

    assert list(tmp_path.iterdir()) == []


def test_writing_leaves_alone_what_has_not_changed(tmp_path: Path) -> None:
    write(tmp_path, {"one.json": "a\n"})
    before = (tmp_path / "one.json").stat().st_mtime_ns

    write(tmp_path, {"one.json": "a\n"})

    assert (tmp_path / "one.json").stat().st_mtime_ns == before
