"""The file of saved sessions: readable, whole at every moment, and never a reason not to start."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.session_file import SavedSession, SessionKey, encode, read, replace

NOW = 1767323045.0  # 2026-01-02T03:04:05Z
FIRST = SessionKey("102000001", 0, 2, 1 << 25)
SECOND = SessionKey("102000001", 1, 2, 1 << 25)
THIRD = SessionKey("102000001", 2, 4, 1 << 25)
FOURTH = SessionKey("102000001", 3, 4, 1 << 25)
SESSIONS = {
    FIRST: SavedSession(Snapshot("082ee18c-0000", 7, ((9, 11), (13, 13)), 2), NOW),
    SECOND: SavedSession(Snapshot("会话", 0), NOW - 60.5),
    THIRD: SavedSession(Snapshot(None, orphans=2), NOW),
    FOURTH: SavedSession(Snapshot(None, 7, lost=True), NOW),
}
CONTENT = """\
{"format":"qqgw-sessions","version":1,"saved_at":"2026-01-02T03:04:05Z","sessions":[
{"app_id":"102000001","shard":[0,2],"intents":33554432,"session_id":"082ee18c-0000","seq":7,\
"settled_above":[[9,11],[13,13]],"orphans":2,"saved_at":"2026-01-02T03:04:05Z"},
{"app_id":"102000001","shard":[1,2],"intents":33554432,"session_id":"会话","seq":0,\
"settled_above":[],"orphans":0,"saved_at":"2026-01-02T03:03:04.500000Z"},
{"app_id":"102000001","shard":[2,4],"intents":33554432,"session_id":null,"seq":0,\
"settled_above":[],"orphans":2,"saved_at":"2026-01-02T03:04:05Z"},
{"app_id":"102000001","shard":[3,4],"intents":33554432,"session_id":null,"seq":7,\
"settled_above":[],"orphans":0,"saved_at":"2026-01-02T03:04:05Z","lost":true}
]}
"""


def test_the_file_is_readable_and_has_a_session_a_line() -> None:
    assert encode(SESSIONS, NOW).decode() == CONTENT


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    replace(path, encode(SESSIONS, NOW))
    assert read(path, NOW) == SESSIONS
    assert [name.name for name in tmp_path.iterdir()] == ["sessions.json"]


def test_no_sessions_are_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    replace(path, encode({}, NOW))
    assert read(path, NOW) == {}
    assert path.exists()


def test_without_a_file_there_are_no_sessions(tmp_path: Path) -> None:
    assert read(tmp_path / "sessions.json", NOW) == {}


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    replace(path, b"")
    # Where rights are only "may write" (Windows), both bits of the owner show as everybody's.
    assert stat.S_IMODE(path.stat().st_mode) == (0o600 if os.name == "posix" else 0o666)


LINE = CONTENT.splitlines()[1].removesuffix(",")


def with_line(old: str, new: str) -> bytes:
    return CONTENT.replace(LINE, LINE.replace(old, new)).encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00" * 4096, id="zeros after a power cut"),
        pytest.param(CONTENT.encode()[:-3], id="cut at the end"),
        pytest.param(CONTENT.encode()[:200], id="cut in a session"),
        pytest.param(CONTENT.encode() * 2, id="twice"),
        pytest.param(b"\xff\xfe" + CONTENT.encode("utf-16-le"), id="another encoding"),
        pytest.param(CONTENT.encode().replace(b"082ee", b"\xff\xff"), id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"more":' + b"[" * 100_000, id="deep where nobody looks"),
        pytest.param(b"{}", id="another object"),
        pytest.param(b'{"sessions":{"0":{"session_id":"x","seq":1}}}', id="another program's"),
        pytest.param(CONTENT.replace("qqgw-sessions", "something-else").encode(), id="another format"),
        pytest.param(CONTENT.replace('"version":1', '"version":2').encode(), id="a later version"),
        pytest.param(with_line('"seq":7', '"seq":"7"'), id="a number as text"),
        pytest.param(with_line('"seq":7', '"seq":-7'), id="a number below 0"),
        pytest.param(with_line('"seq":7', '"seq":9223372036854775808'), id="a number too large"),
        pytest.param(with_line('"session_id":"082ee18c-0000"', '"session_id":""'), id="no session id"),
        pytest.param(with_line('"orphans":2', '"orphans":2,"lost":true'), id="a session both there and lost"),
        pytest.param(with_line("[9,11]", "[11,9]"), id="a range that ends before it begins"),
        pytest.param(with_line("[9,11]", "[9,10,11]"), id="a range of three"),
        pytest.param(with_line('"saved_at":"2026-01-02T03:04:05Z"', '"saved_at":"yesterday"'), id="no time"),
        pytest.param(with_line('"saved_at":"2026-01-02T03:04:05Z"', '"saved_at":"2026-01-02T03:04:05"'), id="no zone"),
    ],
)
def test_what_is_no_session_file_is_set_aside_with_a_warning(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "sessions.json"
    path.write_bytes(content)
    assert read(path, NOW) == {}
    assert [name.name for name in tmp_path.iterdir()] == ["sessions.json.bad-20260102T030405Z"]
    assert (tmp_path / "sessions.json.bad-20260102T030405Z").read_bytes() == content
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"{path} is no session file (")
    assert record.getMessage().endswith("): it is now sessions.json.bad-20260102T030405Z; starting without")


def test_what_was_set_aside_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    for content in (b"1", b"2", b"3"):
        path.write_bytes(content)
        read(path, NOW)
    assert {name.name: name.read_bytes() for name in tmp_path.iterdir()} == {
        "sessions.json.bad-20260102T030405Z": b"1",
        "sessions.json.bad-20260102T030405Z-1": b"2",
        "sessions.json.bad-20260102T030405Z-2": b"3",
    }


def test_what_cannot_be_set_aside_is_no_reason_not_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise PermissionError("read-only")

    path = tmp_path / "sessions.json"
    path.write_bytes(b"1")
    monkeypatch.setattr(os, "rename", refuse)
    assert read(path, NOW) == {}
    assert "cannot be set aside (read-only); starting without" in caplog.text


def test_what_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read(tmp_path, NOW)


class Crash(Exception):
    """The machine dies here."""


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_crash_at_a_step_of_the_write_leaves_the_old_file(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sessions.json"
    replace(path, encode(SESSIONS, NOW))

    def die(*_args: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(os, step, die)
        with pytest.raises(Crash):
            replace(path, encode({}, NOW))
    assert read(path, NOW) == SESSIONS
    replace(path, encode({FIRST: SESSIONS[FIRST]}, NOW))
    assert read(path, NOW) == {FIRST: SESSIONS[FIRST]}


@pytest.mark.parametrize("length", range(0, len(CONTENT.encode()) + 1, 40))
def test_a_temporary_file_cut_anywhere_harms_nothing(tmp_path: Path, length: int) -> None:
    path = tmp_path / "sessions.json"
    replace(path, encode({FIRST: SESSIONS[FIRST]}, NOW))
    (tmp_path / "sessions.json.tmp").write_bytes(CONTENT.encode()[:length])
    assert read(path, NOW) == {FIRST: SESSIONS[FIRST]}
    replace(path, encode({SECOND: SESSIONS[SECOND]}, NOW))
    assert read(path, NOW) == {SECOND: SESSIONS[SECOND]}
    assert [name.name for name in tmp_path.iterdir()] == ["sessions.json"]


def test_the_new_file_is_on_the_disk_before_it_takes_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sessions.json"
    steps: list[str] = []
    really_sync, really_replace = os.fsync, os.replace

    def watch_sync(descriptor: int) -> None:
        steps.append(f"fsync of {os.fstat(descriptor).st_size} bytes")
        really_sync(descriptor)

    def watch_replace(source: Path, target: Path) -> None:
        steps.append(f"{source.name} becomes {target.name}")
        really_replace(source, target)

    monkeypatch.setattr(os, "fsync", watch_sync)
    monkeypatch.setattr(os, "replace", watch_replace)
    replace(path, b"12345")
    assert steps == ["fsync of 5 bytes", "sessions.json.tmp becomes sessions.json"]
