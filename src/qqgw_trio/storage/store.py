"""Where sessions outlive the process: in memory (not at all), or in one file per bot.

A shard saves a `Snapshot` of its session about once a second and loads it at its start, so that a process that was
killed resumes where it was. `async with store:` goes around all shards, so that the last write comes after their last
`save`; `run()` is a task beside them.

`FileSessionStore` writes at most once per interval, for all shards together, with one fsync (`session_file.replace`). A
second process that opens the same file is refused, and so is a place that takes no new file. What this process saved or
loaded counts as current for as long as the process lives, however quiet the bot is: the file is written anew from time
to time. After that a session ages, and one that is too old for the server to know is lost ("within a short time",
EE:249; no source names a number), and so is one of other intents or another number of shards (`layouts`): its shard is
told, and announces it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import trio

from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage import session_file
from qqgw_trio.storage.earlier_sessions import EarlierSessions
from qqgw_trio.storage.file_lock import FileLock
from qqgw_trio.storage.layouts import with_losses
from qqgw_trio.storage.session_file import SavedSession, SessionKey

__all__ = ["FileSessionStore", "MemorySessionStore", "SessionKey", "SessionStore", "SessionStoreError"]

logger = logging.getLogger(__name__)

DEFAULT_MAX_AGE: Final = 300.0
"""Seconds; the only number any client is known to use ("persists sessions for 300 s only", `protocol.md` 3.2)."""

DEFAULT_INTERVAL: Final = 1.0
"""Seconds; twice what a shard may be ahead of its file when the machine dies."""

REFRESHES: Final = 5
"""How often within `max_age` the file of a quiet bot is written anew."""


class SessionStoreError(GatewayError):
    """Sessions could not be read or written."""

    default_remedy = "check the path, the permissions and the room on the disk; until then a restart loses events"


class SessionStore(Protocol):
    """Keeps one snapshot per key.

    Between `__aenter__` and `__aexit__` `load` and `save` are at hand; both return at once. What was saved is kept for
    good at the latest one interval later while `run` runs, at `flush`, and at `__aexit__`.
    """

    async def __aenter__(self) -> Self:
        """Open the store.

        Raises:
            FileInUse: Another process writes the same sessions.
            SessionStoreError: It cannot be opened.
        """
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Write what is left, cancelled or not, and close. A write that fails is an error in the log."""
        ...

    def load(self, key: SessionKey) -> Snapshot | None:
        """The snapshot to start from; of what cannot be resumed only its loss (`Snapshot.expired`), None = none.

        Raises:
            MisuseError: The store is not open.
        """
        ...

    def save(self, key: SessionKey, snapshot: Snapshot | None) -> None:
        """Keep a snapshot in place of the last; None = forget the session.

        Raises:
            MisuseError: The store is not open.
        """
        ...

    async def run(self) -> None:
        """Write what is saved, once per interval, until cancelled. A write that fails is tried again and logged."""
        ...

    async def flush(self) -> None:
        """Write everything saved before this call.

        Raises:
            SessionStoreError: It could not be written; it stays to be written.
        """
        ...


class MemorySessionStore:
    """Sessions that live as long as this object: a shard resumes across `run`s, not across processes."""

    def __init__(self) -> None:
        self._sessions: dict[SessionKey, Snapshot] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def load(self, key: SessionKey) -> Snapshot | None:
        """As `SessionStore.load`; open or not."""
        return self._sessions.get(key)

    def save(self, key: SessionKey, snapshot: Snapshot | None) -> None:
        """As `SessionStore.save`; open or not."""
        if snapshot is None:
            self._sessions.pop(key, None)
        else:
            self._sessions[key] = snapshot

    async def run(self) -> None:
        """Nothing to write: sleeps until cancelled."""
        await trio.sleep_forever()

    async def flush(self) -> None:
        """Nothing to write."""
        await trio.lowlevel.checkpoint()


class FileSessionStore:
    """Sessions in one file, which belongs to one bot and one process.

    Args:
        path: The file; it and its directory are made where there are none. A lock file and, while writing, a temporary
            one lie beside it.
        max_age: Seconds after which of a session of an earlier process only the loss is left; `math.inf` = never.
        interval: Least time from write to write, in seconds.
        spared_intents: Sessions with these are no loss to a shard with others while the bot may go back to them.
        wall_clock: Seconds since 1970, for ages across restarts.
        threads: Whether files are touched in a thread, so that a slow disk holds up nobody. Not so in virtual time,
            which would run on beside the thread.

    Raises:
        ConfigurationError: A duration is not above 0.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_age: float = DEFAULT_MAX_AGE,
        interval: float = DEFAULT_INTERVAL,
        spared_intents: int | None = None,
        wall_clock: Callable[[], float] = time.time,
        threads: bool = True,
    ) -> None:
        if not (max_age > 0 and interval > 0):
            raise ConfigurationError(f"max_age and interval must be above 0, not {max_age!r} and {interval!r}")
        # A link stays a link: what it points to is replaced.
        self._path = Path(path).resolve()
        self._max_age = max_age
        self._interval = interval
        self._spared_intents = spared_intents
        self._wall_clock = wall_clock
        self._threads = threads
        self._lock = FileLock(self._path.with_name(f"{self._path.name}.lock"))
        self._is_open = False
        self._current: dict[SessionKey, Snapshot] = {}  # saved or loaded by this process
        self._earlier = self._earlier_of({})
        self._dirty = trio.Event()
        self._writing = trio.Lock()
        self._failing = False

    async def __aenter__(self) -> Self:
        """As `SessionStore.__aenter__`."""
        await self._do(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """As `SessionStore.__aexit__`."""
        with trio.CancelScope(shield=True):
            self._refresh()
            self._failing = False  # said again: this is the last attempt
            try:
                await self._try_flush()
            finally:
                self._is_open = False
                await self._do(self._lock.release)

    def load(self, key: SessionKey) -> Snapshot | None:
        """As `SessionStore.load`."""
        self._check_open()
        claimed = self._earlier.claim(key)
        if claimed is not None:
            self._current[key] = claimed
        losses = self._earlier.take_left_behind(key)
        if losses:
            self._current[key] = with_losses(self._current.get(key), losses)
            self._dirty.set()
        return self._current.get(key)

    def save(self, key: SessionKey, snapshot: Snapshot | None) -> None:
        """As `SessionStore.save`."""
        self._check_open()
        self._earlier.forget(key)
        if snapshot is None:
            self._current.pop(key, None)
        else:
            self._current[key] = snapshot
        self._dirty.set()

    async def run(self) -> None:
        """As `SessionStore.run`."""
        while True:
            with trio.move_on_after(self._max_age / REFRESHES) as timeout:
                await self._dirty.wait()
            if timeout.cancelled_caught:
                self._refresh()
            await self._try_flush()
            await trio.sleep(self._interval)

    async def flush(self) -> None:
        """As `SessionStore.flush`."""
        async with self._writing:
            if not self._dirty.is_set():
                return
            self._dirty = trio.Event()
            try:
                await self._do(partial(session_file.replace, self._path, self._content()))
            except OSError as error:
                self._dirty.set()
                raise SessionStoreError(f"sessions cannot be written to {self._path}: {error}") from error
            except trio.Cancelled:
                self._dirty.set()
                raise

    async def _do(self, work: Callable[[], None]) -> None:
        if self._threads:
            await trio.to_thread.run_sync(work)
        else:
            await trio.lowlevel.checkpoint()
            work()

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            session_file.check_place(self._path)
            self._current, self._earlier = {}, self._earlier_of(session_file.read(self._path, self._wall_clock()))
        except OSError as error:
            self._lock.release()
            raise SessionStoreError(f"sessions cannot be kept in {self._path}: {error}") from error
        self._is_open = True

    def _check_open(self) -> None:
        if not self._is_open:
            raise MisuseError("the session store is not open", remedy="use it inside `async with store:`")

    def _earlier_of(self, sessions: Mapping[SessionKey, SavedSession]) -> EarlierSessions:
        return EarlierSessions(sessions, self._max_age, self._spared_intents, self._wall_clock)

    def _refresh(self) -> None:
        if self._current:
            self._dirty.set()

    def _content(self) -> bytes:
        now = self._wall_clock()
        current = {key: SavedSession(snapshot, now) for key, snapshot in self._current.items()}
        return session_file.encode({**self._earlier.kept(), **current}, now)

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except SessionStoreError as error:
            if not self._failing:  # said once, then tried again in silence
                logger.error("%s", error)  # noqa: TRY400 (the cause is in the text; a traceback tells no more)
            self._failing = True
        else:
            if self._failing:
                logger.info("sessions are written again")
            self._failing = False
