"""One connection of a shard, its two ends in memory: what it sends, when it ends, what it tells the core."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
import trio
import trio.testing
from typing_extensions import override

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.link import Link
from qqgw_trio.connection.transport import Transport
from support.surroundings import CONFIG, URL, Around, Dial, tasks

VirtualClock = trio.testing.MockClock


class Core:
    """A gateway that has just asked to dial; what it asks for afterwards is written down, not done."""

    def __init__(self, dial: Dial) -> None:
        self.gateway = ClientGateway(CONFIG, Random(1))
        self.clock = trio.current_time
        self.asked: list[do.Effect] = []
        (permit,) = self.gateway.start(self.clock())
        assert isinstance(permit, do.RequestPermit)
        (access,) = self.gateway.permit_granted(permit.request, self.clock())
        assert isinstance(access, do.RequestAccess)
        (effect,) = self.gateway.access_granted(access.request, URL, "token", self.clock())
        assert isinstance(effect, do.Dial)
        self.number = effect.connection
        self.link = Link(self, effect, dial)

    def apply(self, effects: Sequence[do.Effect]) -> None:
        self.asked += effects

    async def wait_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def write(self, data: bytes) -> None:
        self.link.apply(do.Write(self.number, data))

    def close(self, within: float = 5.0) -> None:
        self.link.apply(do.CloseTransport(self.number, 1000, "", within))

    def abandon(self) -> None:
        self.link.apply(do.AbandonTransport(self.number))

    def kinds(self) -> list[str]:
        return [type(effect).__name__ for effect in self.asked]


def dialing(stream: trio.abc.Stream) -> Dial:
    async def dial(_url: GatewayUrl) -> Transport:
        await trio.lowlevel.checkpoint()
        return Transport(stream)

    return dial


class Breaking(trio.abc.Stream):
    """A stream that breaks in one direction."""

    def __init__(self, *, reading: bool) -> None:
        self.reading = reading
        self.closed = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if not self.reading:
            await trio.sleep_forever()
        raise trio.BrokenResourceError from OSError(104, "Connection reset by peer")

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self.reading:
            await trio.sleep_forever()
        raise trio.BrokenResourceError from OSError(32, "Broken pipe")

    async def wait_send_all_might_not_block(self) -> None:
        raise AssertionError("no one asks")

    async def aclose(self) -> None:
        self.closed = True
        await trio.lowlevel.checkpoint()


async def everything(stream: trio.abc.Stream) -> bytes:
    received = b""
    async for data in stream:
        received += data
    return received


# --- writing


async def test_what_is_written_meanwhile_follows_in_its_order(autojump_clock: VirtualClock) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    core = Core(dialing(ours))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        core.write(b"one ")
        await trio.testing.wait_all_tasks_blocked()
        core.write(b"two ")
        core.write(b"three ")
        await trio.testing.wait_all_tasks_blocked()
        core.write(b"four")
        core.close()
        assert await everything(theirs) == b"one two three four"


async def test_the_core_knows_from_when_to_when_bytes_do_not_move(autojump_clock: VirtualClock) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    core = Core(dialing(ours))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        await trio.sleep(1)
        core.write(b"slow")
        await trio.testing.wait_all_tasks_blocked()
        assert core.gateway.deadline == 10.0  # 1 s after the dial it began to wait for the upgrade: 10 s from then.
        await trio.sleep(0.5)
        assert await theirs.receive_some() == b"slow"
        core.abandon()


async def test_a_polite_end_sends_all_that_was_written(autojump_clock: VirtualClock) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    core = Core(dialing(ours))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        core.write(b"goodbye")
        core.close()
    assert await everything(theirs) == b"goodbye"
    assert trio.current_time() == 0.0


async def test_a_polite_end_is_not_waited_for_any_longer_than_asked(autojump_clock: VirtualClock) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    core = Core(dialing(ours))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        await trio.sleep(1)
        core.write(b"nobody reads this")
        core.close(within=5.0)
    assert trio.current_time() == 6.0
    assert await everything(theirs) == b"nobody reads this"  # What had left is there, and behind it the end.


async def test_an_abandoned_link_ends_at_once_whatever_is_unsent(autojump_clock: VirtualClock) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    core = Core(dialing(ours))
    before = tasks()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        core.write(b"nobody reads this")
        await trio.sleep(1)
        core.abandon()
    assert trio.current_time() == 1.0
    assert tasks() == before
    assert await everything(theirs) == b"nobody reads this"
    assert core.kinds() == ["Write"]


class Ceremonious(Breaking):
    """A stream that closes with a goodbye of its own, if it is given the time."""

    said_goodbye = False

    @override
    async def aclose(self) -> None:
        await super().aclose()
        self.said_goodbye = True


@pytest.mark.parametrize("politely", [True, False])
async def test_only_a_polite_end_gives_the_stream_time_to_close(autojump_clock: VirtualClock, politely: bool) -> None:
    stream = Ceremonious(reading=False)
    core = Core(dialing(stream))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        await trio.testing.wait_all_tasks_blocked()
        if politely:
            core.close()
        else:
            core.abandon()
    assert stream.said_goodbye is politely


# --- what the core is told


async def test_an_end_is_told(autojump_clock: VirtualClock) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    core = Core(dialing(ours))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        await trio.sleep(1)
        await theirs.aclose()
        await trio.sleep(1)
        assert core.kinds() == ["Write", "AbandonTransport", "ReturnPermit", "Retrying"]
        retrying = core.asked[-1]
        assert isinstance(retrying, do.Retrying)
        assert retrying.why == ConnectionFailed("the gateway ended the TCP connection")
        core.abandon()


@pytest.mark.parametrize(
    ("reading", "cause"),
    [(True, "the connection broke: Connection reset by peer"), (False, "the connection broke: Broken pipe")],
    ids=["reading", "writing"],
)
async def test_a_break_is_told_with_its_cause(autojump_clock: VirtualClock, reading: bool, cause: str) -> None:
    stream = Breaking(reading=reading)
    core = Core(dialing(stream))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        core.write(b"x")
        await trio.testing.wait_all_tasks_blocked()
        core.abandon()
    retrying = core.asked[-1]
    assert isinstance(retrying, do.Retrying)
    assert retrying.why == ConnectionFailed(cause)
    assert stream.closed


async def test_a_break_of_a_link_that_ends_anyway_changes_nothing(autojump_clock: VirtualClock) -> None:
    stream = Breaking(reading=False)
    core = Core(dialing(stream))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        await trio.testing.wait_all_tasks_blocked()
        told = len(core.asked) + len(core.gateway.lost(core.number, ConnectionFailed("lost"), core.clock()))
        core.write(b"x")
        core.close()
    assert len(core.asked) < told
    assert core.kinds() == ["Write"]


# --- dialing


async def test_a_failed_dial_is_told_and_ends_the_link(autojump_clock: VirtualClock) -> None:
    async def refuse(_url: GatewayUrl) -> Transport:
        raise ConnectionFailed("cannot reach gateway.test:80: Connection refused")

    core = Core(refuse)
    async with trio.open_nursery() as nursery:
        await core.link.run(nursery)
    retrying = core.asked[-1]
    assert isinstance(retrying, do.Retrying)
    assert retrying.why == ConnectionFailed("cannot reach gateway.test:80: Connection refused")


async def test_a_link_abandoned_while_it_dials_ends_the_dial(autojump_clock: VirtualClock) -> None:
    async def hang(_url: GatewayUrl) -> Transport:
        await trio.sleep_forever()

    core = Core(hang)
    before = tasks()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(core.link.run, nursery)
        await trio.testing.wait_all_tasks_blocked()
        core.abandon()
    assert tasks() == before
    assert core.asked == []
    assert core.gateway.state is ConnectionState.DIALING


async def test_a_stream_that_opens_too_late_is_closed(autojump_clock: VirtualClock) -> None:
    """Design 3: "a stale `opened` is answered with `AbandonTransport(conn)`"."""
    ours, theirs = trio.testing.memory_stream_pair()

    async def dial(_url: GatewayUrl) -> Transport:
        with trio.CancelScope(shield=True):  # As a look-up of a name, which no one can stop.
            await trio.sleep(30)
        return Transport(ours)

    around = Around(dial, lambda: "token")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.shard.run)
        await around.until(lambda: "Dial" in around.log)
        await trio.sleep(1)
        around.shard.stop()
        await trio.sleep(1)
        assert around.log[-1] == "Stopped"
    assert trio.current_time() == 30.0
    assert await everything(theirs) == b""
