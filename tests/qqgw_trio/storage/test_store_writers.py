"""One writer of a session file at a time, and what the next process finds after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qqgw_trio.storage.file_lock import FileInUse
from qqgw_trio.storage.store import FileSessionStore
from support.stored import KEY, SNAPSHOT, Wall

# --- one process after the other -----------------------------------------------------------------------------------


async def test_a_store_opened_again_knows_what_another_process_wrote_meanwhile(path: Path, wall: Wall) -> None:
    store = FileSessionStore(path, wall_clock=wall)
    async with store:
        store.save(KEY, SNAPSHOT)
    async with FileSessionStore(path, wall_clock=wall) as another:
        another.save(KEY, None)
    async with store:
        assert store.load(KEY) is None


# --- one writer, and a process that is killed ----------------------------------------------------------------------


async def test_a_second_store_for_the_same_file_is_refused(path: Path) -> None:
    async with FileSessionStore(path):
        with pytest.raises(FileInUse, match=f"sessions.json.lock is locked by process {os.getpid()}"):
            async with FileSessionStore(path):
                pass
    async with FileSessionStore(path):
        pass


BOT = """
import sys, trio
from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.store import FileSessionStore, SessionKey

async def main():
    async with FileSessionStore(sys.argv[1]) as store:
        store.save(SessionKey("102000001", 0, 2, 1 << 25), Snapshot("082ee18c", 7, ((9, 11),), 2))
        await store.flush()
        store.save(SessionKey("102000001", 0, 2, 1 << 25), Snapshot("082ee18c", 8))
        print("saved", flush=True)
        await trio.sleep_forever()

trio.run(main)
"""


@pytest.fixture
def killed_bot(path: Path) -> Iterator[Callable[[], None]]:
    """A bot in a process of its own that has flushed a snapshot; call it to kill the bot."""
    with subprocess.Popen([sys.executable, "-c", BOT, str(path)], stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "saved\n"

        def kill() -> None:
            bot.kill()
            bot.wait()

        yield kill
        kill()


async def test_after_a_kill_the_next_process_goes_on_from_the_last_write(
    path: Path, killed_bot: Callable[[], None]
) -> None:
    with pytest.raises(FileInUse):
        async with FileSessionStore(path):
            pass
    killed_bot()
    async with FileSessionStore(path) as store:
        assert store.load(KEY) == SNAPSHOT
