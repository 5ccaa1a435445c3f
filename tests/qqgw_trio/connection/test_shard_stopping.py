"""How a shard ends, wherever it stands: by a stop, or cancelled from outside."""

from __future__ import annotations

import attrs
import pytest
import trio
import trio.testing

from qqgw_proto.errors import (
    ConnectionFailed,
)
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.transport import Transport
from qqgw_trio.simulator.faults import FaultKind
from support.simulated import Bench
from support.surroundings import CONFIG, Around, around_of, connected, handles_all, in_memory, tasks

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


# --- stopping


async def test_a_stop_closes_politely_and_leaves_no_task(bench: Bench, autojump_clock: VirtualClock) -> None:
    before = tasks()
    around = around_of(bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        around.shard.stop()
        around.shard.stop()
    await trio.sleep(20)  # Until the gateway is done with it too.
    assert tasks() == before
    assert bench.ledger.connections[0].code == 4000
    assert around.log[-2:] == ["Disconnected", "Stopped"]
    assert around.shard.gateway.state is ConnectionState.STOPPED


async def test_without_a_stop_code_no_close_frame_is_sent(bench: Bench, autojump_clock: VirtualClock) -> None:
    around = around_of(bench, attrs.evolve(CONFIG, stop_code=None))
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        around.shard.stop()
    await trio.sleep(20)  # Until the gateway is done with it too.
    assert bench.ledger.connections[0].code is None


async def test_a_gateway_that_does_not_answer_the_close_frame_is_left_after_five_seconds(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    around = around_of(bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        bench.gateway.fault(FaultKind.HALF_OPEN)
        began = trio.current_time()
        around.shard.stop()
    assert trio.current_time() - began == pytest.approx(5.0)


async def test_a_shard_that_was_stopped_before_it_began_does_nothing(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    around = around_of(bench)
    around.shard.stop()
    await around.shard.run()
    assert around.log == ["Stopped"]


@pytest.mark.parametrize("held", ["permit", "access", "dial"])
async def test_a_stop_ends_what_it_waits_for(bench: Bench, autojump_clock: VirtualClock, held: str) -> None:
    before = tasks()
    around = around_of(bench)
    around.holds.add(held)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.shard.run)
        await around.until(lambda: around.asleep == 1)
        around.shard.stop()
    assert around.asleep == 0
    assert tasks() == before
    assert around.log[-1] == "Stopped"
    # A permit that no IDENTIFY has used goes back.
    assert ("ReturnPermit unused" in around.log) == (held != "permit")


async def test_a_stop_ends_a_handshake(bench: Bench, autojump_clock: VirtualClock) -> None:
    silent: list[trio.abc.Stream] = []

    def open_stream() -> trio.abc.Stream:
        ours, theirs = trio.testing.memory_stream_pair()
        silent.append(theirs)
        return ours

    around = Around(in_memory(open_stream), lambda: "token")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.shard.run)
        await trio.testing.wait_all_tasks_blocked()
        assert around.shard.gateway.state is ConnectionState.UPGRADING
        around.shard.stop()
    assert around.log[-2:] == ["ReturnPermit unused", "Stopped"]
    assert bytes(await silent[0].receive_some()).startswith(b"GET /websocket HTTP/1.1\r\n")
    assert await silent[0].receive_some() == b""


async def test_a_stop_ends_a_back_off(autojump_clock: VirtualClock) -> None:
    async def refuse(_url: GatewayUrl) -> Transport:
        raise ConnectionFailed("nobody is there")

    around = Around(refuse, lambda: "token")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.shard.run)
        await around.until_noticed(do.Retrying, 3)
        around.shard.stop()
    assert around.log[-2:] == ["Retrying", "Stopped"]
    assert around.log.count("ReturnPermit unused") == around.log.count("RequestPermit") == 3


@pytest.mark.no_cover
async def test_starting_and_stopping_a_hundred_times_leaves_nothing(bench: Bench, autojump_clock: VirtualClock) -> None:
    """D19: "start/stop x100 on one loop: no task, socket or warning left"."""
    before = tasks()
    for _ in range(100):
        around = around_of(bench)
        async with trio.open_nursery() as nursery:
            await connected(nursery, around)
            around.shard.stop()
    await trio.sleep(20)  # Until the gateway is done with it too.
    assert tasks() == before
    assert [opened.code for opened in bench.ledger.connections] == [4000] * 100


# --- cancelling


async def test_cancelled_from_outside_it_saves_and_closes_the_stream(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    before = tasks()
    around = around_of(bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        await handles_all(bench, around, 3)
        nursery.cancel_scope.cancel()
    assert around.saved[-1] == Snapshot(bench.platform.sessions.standing[0].session_id, 4)
    await trio.sleep(20)  # Until the gateway is done with it too.
    assert tasks() == before
    assert "ended the TCP connection" in bench.ledger.connections[0].why


@pytest.mark.parametrize("held", ["permit", "access", "dial"])
async def test_cancelled_while_it_waits_it_gives_its_permit_back(
    bench: Bench, autojump_clock: VirtualClock, held: str
) -> None:
    around = around_of(bench)
    around.holds.add(held)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.shard.run)
        await around.until(lambda: around.asleep == 1)
        nursery.cancel_scope.cancel()
    assert around.asleep == 0
    assert ("ReturnPermit unused" in around.log) == (held != "permit")
    assert around.saved == []  # There is no session yet; a saved one is not forgotten.


async def test_an_error_of_the_surroundings_is_not_swallowed_and_what_is_settled_is_saved(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    around = around_of(bench)

    def raise_an_error(notice: do.Notice) -> None:
        if isinstance(notice, do.Violated):
            raise OSError("no space left on device")

    around.on_notice = raise_an_error
    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="no space left"), flatten_subgroups=True):
        async with trio.open_nursery() as nursery:
            await connected(nursery, around)
            await handles_all(bench, around, 3)
            bench.gateway.fault(FaultKind.GARBAGE_TEXT)
    assert around.saved[-1] == Snapshot(bench.platform.sessions.standing[0].session_id, 4)
    await trio.sleep(20)
    assert bench.gateway.connections == []
