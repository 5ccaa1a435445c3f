"""The script that feeds a directory of JSON files to a shard tells files that are frames from those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

import json_corpus


def test_files_that_are_no_frames_are_isolated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"array": b"[]", "bom": b"\xef\xbb\xbf{}", "deep": b"[" * 100_000, "latin": b'["\xe9"]', "empty": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert json_corpus.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "5 files, 90 frames, 0 wrong\n"


def test_a_file_that_does_something_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "an order").write_bytes(b'{"op":7}')
    assert json_corpus.main([str(tmp_path)]) == 1
    assert "an order: text in READY: AbandonTransport, Disconnected, Retrying\n" in capsys.readouterr().out
