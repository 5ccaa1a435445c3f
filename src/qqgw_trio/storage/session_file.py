"""The file that sessions are saved in: what it looks like, how it is read, how it is replaced.

Readable JSON, one session a line; session ids and numbers, no token and no secret:

    {"format":"qqgw-sessions","version":1,"saved_at":"2026-01-02T03:04:05Z","sessions":[
    {"app_id":"102000001","shard":[0,4],"intents":1,"session_id":"…","seq":7,"settled_above":[[9,11]],"orphans":0,"saved_at":"…"}
    ]}

A line whose `session_id` is null is a loss that the next start announces (`Snapshot`): of open events (`orphans`), of a
session (`"lost":true`).

A file is replaced as a whole: whatever moment the machine dies at, the old one or the new one is there. A file that is
not of this form, damaged or somebody else's, is set aside as `*.bad-<time>` with a warning; nothing is overwritten.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec

from qqgw_proto.machine.session import Snapshot

__all__ = ["SavedSession", "SessionKey", "check_place", "damage", "encode", "read", "replace"]

logger = logging.getLogger(__name__)

_Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class SessionKey(msgspec.Struct, frozen=True):
    """Whose session it is; with other intents or another shard tuple it could not be resumed.

    Attributes:
        app_id: The bot.
        shard_id: Which shard.
        shard_count: Of how many.
        intents: As in its IDENTIFY.
    """

    app_id: str
    shard_id: int
    shard_count: int
    intents: int


class SavedSession(msgspec.Struct, frozen=True):
    """A snapshot and when it was known to be current, in seconds of the wall clock."""

    snapshot: Snapshot
    saved_at: float


class _Line(msgspec.Struct, omit_defaults=True):
    app_id: str
    shard: tuple[int, int]
    intents: int
    session_id: str | None
    seq: int
    settled_above: tuple[tuple[int, int], ...]
    orphans: int
    saved_at: _Instant
    lost: bool = False


class _File(msgspec.Struct):
    format: Literal["qqgw-sessions"]
    version: Literal[1]
    saved_at: _Instant
    sessions: list[_Line]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_File).decode
_DAMAGED = (msgspec.DecodeError, ValueError, RecursionError)


def encode(sessions: Mapping[SessionKey, SavedSession], now: float) -> bytes:
    """The file's content.

    Args:
        sessions: What to save.
        now: Seconds of the wall clock.
    """
    head = b'{"format":"qqgw-sessions","version":1,"saved_at":%b,"sessions":[\n' % _encode(_instant(now))
    return head + b",\n".join(_encode(_line(key, saved)) for key, saved in sessions.items()) + b"\n]}\n"


def read(path: Path, now: float) -> dict[SessionKey, SavedSession]:
    """What the file holds; nothing where there is none, or where it had to be set aside.

    Args:
        path: The file.
        now: Seconds of the wall clock, for the name under which it is set aside.

    Raises:
        OSError: There is a file, but this process may not read it.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        return _sessions(content)
    except _DAMAGED as error:
        _set_aside(path, now, str(error))
        return {}


def damage(path: Path) -> str:
    """Why `read` would set the file aside; empty where it would not. Touches nothing.

    Raises:
        OSError: There is no file, or this process may not read it.
    """
    try:
        _sessions(path.read_bytes())
    except _DAMAGED as error:
        return str(error)
    return ""


def replace(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old one, in one step, once it is on the disk.

    Raises:
        OSError: It could not be; the old file is there, unchanged.
    """
    temporary = _temporary(path)
    with open(temporary, "wb", opener=_open_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def check_place(path: Path) -> None:
    """Makes the file that `replace` makes first, and removes it: whether the folder and the disk take a new one.

    Raises:
        OSError: They do not.
    """
    temporary = _temporary(path)
    try:
        with open(temporary, "wb", opener=_open_private) as file:
            file.write(b"\n")
    finally:
        with suppress(OSError):  # what could not be written is told, not what could not be removed
            temporary.unlink()


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _line(key: SessionKey, saved: SavedSession) -> _Line:
    snapshot = saved.snapshot
    return _Line(
        app_id=key.app_id,
        shard=(key.shard_id, key.shard_count),
        intents=key.intents,
        session_id=snapshot.session_id,
        seq=snapshot.seq,
        settled_above=snapshot.settled_above,
        orphans=snapshot.orphans,
        saved_at=_instant(saved.saved_at),
        lost=snapshot.lost,
    )


def _sessions(content: bytes) -> dict[SessionKey, SavedSession]:
    return dict(_session(line) for line in _decode(content).sessions)


def _session(line: _Line) -> tuple[SessionKey, SavedSession]:
    key = SessionKey(line.app_id, *line.shard, line.intents)
    snapshot = Snapshot(line.session_id, line.seq, line.settled_above, line.orphans, line.lost)
    return key, SavedSession(snapshot, line.saved_at.timestamp())


def _set_aside(path: Path, now: float, why: str) -> None:
    stem = f"{path.name}.bad-{_instant(now):%Y%m%dT%H%M%SZ}"
    aside = next(name for name in _names(path, stem) if not name.exists())
    try:
        path.rename(aside)
    except OSError as error:
        logger.warning("%s is no session file (%s) and cannot be set aside (%s); starting without", path, why, error)
    else:
        logger.warning("%s is no session file (%s): it is now %s; starting without", path, why, aside.name)


def _names(path: Path, stem: str) -> Iterable[Path]:
    return (path.with_name(f"{stem}-{number}" if number else stem) for number in count())
