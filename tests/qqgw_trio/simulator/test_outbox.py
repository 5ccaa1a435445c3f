"""What waits to be written to one client."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

from qqgw_trio.simulator.outbox import Outbox, Pace


class Tape(trio.abc.SendStream):
    """A stream that takes whatever it is given."""

    def __init__(self) -> None:
        self.data = b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self.data += data

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


class Pipe:
    """An outbox that runs, and what has come out of it."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._tape = Tape()
        self.outbox = Outbox(self._tape, 1000, lambda: None)
        nursery.start_soon(self.outbox.run)

    async def written(self) -> bytes:
        """What has been written since the last time."""
        await trio.testing.wait_all_tasks_blocked()
        data, self._tape.data = self._tape.data, b""
        return data


@pytest.fixture
def make_pipe(nursery: trio.Nursery) -> Callable[[], Pipe]:
    return lambda: Pipe(nursery)


async def test_bytes_leave_in_the_order_put(make_pipe: Callable[[], Pipe]) -> None:
    pipe = make_pipe()
    pipe.outbox.put(b"one")
    pipe.outbox.put(b"two")
    assert await pipe.written() == b"onetwo"
    pipe.outbox.put(b"three")
    assert await pipe.written() == b"three"


async def test_a_slow_pace_lets_a_few_bytes_out_at_a_time(
    make_pipe: Callable[[], Pipe], autojump_clock: trio.testing.MockClock
) -> None:
    pipe = make_pipe()
    pipe.outbox.pace = Pace(2, 10.0)
    pipe.outbox.put(b"abcde")
    assert await pipe.written() == b"ab"
    await trio.sleep(10.5)
    assert await pipe.written() == b"cd"
    await trio.sleep(10)
    assert await pipe.written() == b"e"


async def test_the_next_frame_can_be_cut_at_a_byte(make_pipe: Callable[[], Pipe]) -> None:
    pipe = make_pipe()
    pipe.outbox.put(b"whole")
    pipe.outbox.cut_next(2, pipe.outbox.silence)
    pipe.outbox.put(b"frame")
    pipe.outbox.put(b"never")
    assert await pipe.written() == b"wholefr"


async def test_after_its_end_nothing_more_is_taken_and_run_returns(nursery: trio.Nursery) -> None:
    stream, other = trio.testing.memory_stream_one_way_pair()
    outbox = Outbox(stream, 1000, lambda: None)
    outbox.put(b"last")
    outbox.end()
    outbox.put(b"late")
    await outbox.run()
    assert bytes(await other.receive_some()) == b"last"


async def test_ended_while_it_waits_it_returns_too(make_pipe: Callable[[], Pipe]) -> None:
    pipe = make_pipe()
    await trio.testing.wait_all_tasks_blocked()
    pipe.outbox.end()
    assert await pipe.written() == b""


async def test_too_many_waiting_bytes_are_complained_of(nursery: trio.Nursery) -> None:
    stream, _ = trio.testing.lockstep_stream_one_way_pair()
    complaints: list[str] = []
    outbox = Outbox(stream, 4, lambda: complaints.append("too much"))
    outbox.put(b"1234")
    assert complaints == []
    outbox.put(b"5")
    assert complaints == ["too much"]
