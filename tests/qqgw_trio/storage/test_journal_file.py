"""`JournalFile`: what is on disk replays, whatever was rotated, cut off or written before."""

from __future__ import annotations

import logging
import random
import threading
from pathlib import Path

import pytest
import trio
from typing_extensions import override

from qqgw_proto import ClientConfig, ClientGateway, ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.journal import Recording, read_journal, replay
from qqgw_trio.storage import journal_file
from qqgw_trio.storage.file_lock import FileInUse
from qqgw_trio.storage.journal_file import JournalFile

NAMES = ["bot.journal", "bot.journal.1", "bot.journal.2"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.journal"


def recorded_gateway(journal: JournalFile, shard_id: int = 0) -> ClientGateway:
    recorder = journal.recorder()
    config = ClientConfig(1, ShardConfig(shard_id, 2))
    gateway = ClientGateway(config, random.Random(shard_id), observer=recorder)
    journal.begin(recorder, gateway)
    return gateway


def recordings_in(path: Path) -> list[Recording]:
    return read_journal(path.read_bytes().splitlines(keepends=True))


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def without_a_head(path: Path) -> None:
    path.write_bytes(b'[0,1.0,["Stop",{}],[]]\n')


def make_unwritable(path: Path) -> None:
    path.unlink()
    path.mkdir()


def wait(gateway: ClientGateway, times: int) -> None:
    """So many steps."""
    for number in range(times):
        gateway.reading_paused(float(number))


def test_what_two_shards_lived_through_can_be_replayed_from_disk(path: Path) -> None:
    with JournalFile(path, float) as journal:
        gateways = [recorded_gateway(journal, shard_id) for shard_id in (0, 1)]
        for gateway in gateways:
            gateway.start(5.0)
            gateway.stop(6.0)
    recordings = recordings_in(path)
    assert [(recording.shard_id, len(recording.entries)) for recording in recordings] == [(0, 2), (1, 2)]
    assert replay(recordings) is None


async def test_steps_reach_the_disk_while_the_bot_runs(path: Path, autojump_clock: trio.testing.MockClock) -> None:
    sizes: list[int] = []
    with JournalFile(path, trio.current_time) as journal:
        gateway = recorded_gateway(journal)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.run)
            for _ in range(3):
                wait(gateway, 1)
                sizes.append(await size_beyond(path, sizes))
            nursery.cancel_scope.cancel()
    assert sizes == sorted(set(sizes))


async def size_beyond(path: Path, sizes: list[int]) -> int:
    for _ in range(100_000):  # The thread that writes lives by no clock.
        await trio.sleep(1)
        if size_of(path) not in {0, *sizes}:
            break
    return size_of(path)


def test_files_are_rotated_by_size_and_each_can_be_replayed_by_itself(path: Path) -> None:
    with JournalFile(path, float, size=1000, keep=2) as journal:
        gateways = [recorded_gateway(journal, shard_id) for shard_id in (0, 1)]
        for gateway in gateways:
            gateway.start(0.0)
            wait(gateway, 100)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == [*NAMES, "bot.journal.lock"]
    for file in files[:-1]:
        recordings = recordings_in(file)
        assert [recording.shard_id for recording in recordings] == [0, 1]
        assert replay(recordings) is None
        assert sum(map(len, file.read_bytes().splitlines()[2:])) + 500 > 1000


@pytest.mark.parametrize("left", [b'[0,7.0,["Stop', b'{"qqgw', b"x" * 200_000])
def test_half_a_line_that_a_killed_process_left_is_taken_away(path: Path, left: bytes) -> None:
    for tail in (left, b""):
        with JournalFile(path, float) as journal:
            recorded_gateway(journal).start(0.0)
        with path.open("ab") as file:
            file.write(tail)
    recordings = recordings_in(path)
    assert [len(recording.entries) for recording in recordings] == [1, 1]


def test_a_file_that_holds_nothing_but_half_a_head_is_begun_anew(path: Path) -> None:
    path.write_bytes(b'{"qqgw":2,"ze')
    with JournalFile(path, float):
        assert path.read_bytes() == b""


def test_another_kind_of_file_is_left_alone(path: Path) -> None:
    path.write_bytes(b"the diary of somebody\n")
    for _ in range(2):  # nor is the lock kept
        with pytest.raises(ConfigurationError, match=r"bot\.journal is no journal"), JournalFile(path, float):
            raise AssertionError
    assert path.read_bytes() == b"the diary of somebody\n"


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "nowhere" / "bot.journal", float)
    with pytest.raises(ConfigurationError, match="cannot write the journal"), journal:
        raise AssertionError


async def test_a_disk_that_fails_ends_the_journal_and_not_the_bot(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with JournalFile(path, trio.current_time) as journal:
        gateway = recorded_gateway(journal)
        make_unwritable(path)
        await journal.run()
        wait(gateway, 3)
    told = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert told == [(logging.ERROR, f"the journal {path} ends here: Is a directory")]


def test_a_disk_that_cannot_keep_up_ends_the_journal(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "MOST_BUFFERED", 4000)
    with JournalFile(path, float) as journal:
        wait(recorded_gateway(journal), 200)
        assert [record.getMessage() for record in caplog.records] == [
            f"the journal {path} ends here: the disk cannot keep up"
        ]
    assert size_of(path) < 5000


def test_what_is_to_go_into_several_files_counts_together(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "MOST_BUFFERED", 4000)
    with JournalFile(path, float, size=1000) as journal:
        wait(recorded_gateway(journal), 200)
        assert [record.getMessage() for record in caplog.records] == [
            f"the journal {path} ends here: the disk cannot keep up"
        ]


class HangingDisk(JournalFile):
    """Its writes do not come back before they are let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, trio.current_time)
        self.is_writing, self.let_go = threading.Event(), threading.Event()

    @override
    def _write_out(self, chunks: list[bytearray]) -> bool:
        self.is_writing.set()
        self.let_go.wait()
        return super()._write_out(chunks)


async def test_what_is_being_written_counts_until_it_is(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "MOST_BUFFERED", 4000)
    with HangingDisk(path) as journal:
        gateway = recorded_gateway(journal)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.run)
            wait(gateway, 35)
            await trio.to_thread.run_sync(journal.is_writing.wait)
            told: list[int] = []
            for _ in range(2):
                wait(gateway, 35)
                told.append(len(caplog.records))
            journal.let_go.set()
            nursery.cancel_scope.cancel()
    assert told == [0, 1]
    assert caplog.messages[0].endswith("the disk cannot keep up")


async def test_what_is_written_does_not_count_any_more(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "MOST_BUFFERED", 4000)
    with JournalFile(path, trio.current_time) as journal:
        gateway = recorded_gateway(journal)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.run)
            for _ in range(4):
                before = size_of(path)
                wait(gateway, 30)
                await until_grown(path, beyond=before)
            nursery.cancel_scope.cancel()
    assert caplog.records == []


async def test_a_file_that_is_moved_away_or_emptied_under_way_begins_anew_with_heads(path: Path) -> None:
    with JournalFile(path, trio.current_time) as journal:
        gateway = recorded_gateway(journal)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(journal.run)
            for change in (move_away, empty):
                wait(gateway, 1)
                await until_grown(path)
                change(path)
                wait(gateway, 2)
                await until_grown(path)
                await until_grown(path, beyond=size_of(path))  # the heads follow
                wait(gateway, 1)
            nursery.cancel_scope.cancel()
    [recording] = recordings_in(path)
    assert len(recording.entries) == 1
    assert replay([recording]) is None


def move_away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def empty(path: Path) -> None:
    path.write_bytes(b"")


async def until_grown(path: Path, beyond: int = 0) -> None:
    while size_of(path) <= beyond:  # noqa: ASYNC110 - the thread that writes tells nobody
        await trio.sleep(0.01)


def test_a_file_without_a_head_is_written_on(path: Path) -> None:
    without_a_head(path)
    with JournalFile(path, float) as journal:
        recorded_gateway(journal).start(0.0)
    assert [len(recording.entries) for recording in recordings_in(path)] == [1]


def test_two_bots_cannot_write_one_journal(path: Path) -> None:
    second = JournalFile(path, float)
    locked = pytest.raises(FileInUse, match=r"bot\.journal\.lock is locked by process")
    with JournalFile(path, float), locked, second:
        raise AssertionError
    with second:
        pass


def test_what_a_failing_start_leaves_is_written_and_the_journal_is_free(path: Path) -> None:
    def fail(journal: JournalFile) -> None:
        recorded_gateway(journal).start(0.0)
        raise ConfigurationError("no such shards")

    for _ in range(2):
        with pytest.raises(ConfigurationError, match="no such shards"), JournalFile(path, float) as journal:
            fail(journal)
    assert [len(recording.entries) for recording in recordings_in(path)] == [1, 1]
