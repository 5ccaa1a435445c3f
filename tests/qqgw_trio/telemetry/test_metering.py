"""What is counted between a shard and its surroundings, piece by piece."""

from __future__ import annotations

from random import Random
from typing import cast

import trio
from trio.testing import MockClock

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import DeadlineExceeded, GatewayClosed, ReconnectRequested
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.arrivals import HeartbeatAcked
from qqgw_proto.machine.inputs import Due, PermitGranted, Settled, Start
from qqgw_proto.machine.kinds import Kind
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.connection.transport import Transport
from qqgw_trio.telemetry.measured import Measured
from qqgw_trio.telemetry.metering import MOST_NAMES, CountedTransport, Meter, Probe
from support.handling import idle_shard, make_dispatch
from support.simulated import Bench
from support.surroundings import CONFIG, around_of

# --- heartbeats, in virtual time


async def test_heartbeats_and_their_acks_are_counted_and_timed(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    bench = Bench(nursery)
    measured = Measured()
    around = around_of(bench)
    meter = Meter(around, measured, None, trio.current_time)
    gateway = meter.gateway = ClientGateway(CONFIG, Random(1), observer=meter.observe)
    nursery.start_soon(Shard(gateway, meter, trio.current_time).run)
    await trio.sleep(45.0 * 10)
    own = measured.own
    assert own.heartbeats == own.acknowledged == 10
    assert measured.last_heartbeat is not None
    assert trio.current_time() - measured.last_heartbeat < 46.0
    assert len(measured.round_trips.values) == 10
    assert measured.tick_lateness.highest == 0.0


# --- piece by piece


def alone(probe: Probe | None = None) -> tuple[Meter, Measured, list[do.Notice], list[do.Deliver]]:
    notices: list[do.Notice] = []
    batches: list[do.Deliver] = []

    class Around:
        def notice(self, _shard: object, notice: do.Notice) -> None:
            notices.append(notice)

        def deliver(self, _shard: object, batch: do.Deliver) -> None:
            batches.append(batch)

    measured = Measured()
    around = cast("Surroundings", Around())
    return Meter(around, measured, probe, lambda: 50.0), measured, notices, batches


def test_the_time_that_permits_are_waited_for_is_counted_until_the_next_ack() -> None:
    meter, measured, _, _ = alone()
    for now in (10.0, 41.0):  # asked for again: the gate was silent
        meter.observe(Start(), now, [do.RequestPermit(1)])
    meter.observe(PermitGranted(1), 70.0, [])
    assert (measured.permit_asked, measured.permit_wait) == (None, 60.0)
    meter.observe(Start(), 100.0, [do.RequestPermit(2)])
    meter.observe(PermitGranted(2), 103.0, [])
    assert measured.permit_wait == 63.0
    meter.observe(HeartbeatAcked(1), 110.0, [])
    assert measured.permit_wait == 0.0


def test_names_that_a_peer_invents_do_not_grow_without_end() -> None:
    meter, measured, _, _ = alone(Probe(lambda: 0.0, lambda _name: False))
    shard = idle_shard()
    meter.deliver(shard, do.Deliver([make_dispatch("READY")], 1))
    for number in range(2 * MOST_NAMES):
        meter.deliver(shard, do.Deliver([make_dispatch(f"MADE_UP_{number}")], 1))
    by_type = measured.own.by_type
    assert len(by_type) == MOST_NAMES
    assert by_type["READY"] == 1
    assert by_type.total() == 2 * MOST_NAMES + 1


def test_repetitions_that_the_core_drops_are_counted() -> None:
    meter, measured, _, batches = alone()
    batch = do.Deliver((), 1, duplicated=3, rewound=1)
    meter.deliver(idle_shard(), batch)
    assert (measured.own.duplicated, measured.own.rewound) == (3, 1)
    assert batches == [batch]


def test_what_happens_to_a_shard_is_counted_and_handed_on() -> None:
    meter, measured, notices, _ = alone()
    shard = idle_shard()
    late, closed = DeadlineExceeded("no HELLO in time"), GatewayClosed("banned", code=4915)
    told: list[do.Notice] = [
        do.Retrying(51.0, late),
        do.Connected(1),
        do.Ready(make_dispatch("READY"), "S"),
        do.Gap("hole", 3, 4),
        do.Violated(late),
        do.Delayed(60.0),
        do.Disconnected(1, closed),
        do.Failed(closed),
    ]
    for notice in told:
        meter.notice(shard, notice)
    own = measured.own
    assert notices == told
    assert (own.retries, own.gaps, own.violations) == ({"DeadlineExceeded": 1}, {"hole": 1}, 1)
    # The first session is none that was reached again.
    assert (own.successes, own.reconnections) == (1, 0)
    assert (measured.connection_start, measured.connected_at) == (50.0, None)
    assert [cause for _, cause in measured.causes] == [str(late), str(closed)]


def test_a_change_of_connections_that_was_wished_for_is_counted_and_is_no_trouble() -> None:
    meter, measured, _, _ = alone()
    meter.notice(idle_shard(), do.Retrying(51.0, ReconnectRequested("a planned reconnect")))
    assert measured.own.retries == {"ReconnectRequested": 1}
    assert list(measured.causes) == []


def test_a_shard_that_never_stood_before_has_come_back_from_nothing() -> None:
    meter, measured, _, _ = alone()
    meter.notice(idle_shard(), do.Resumed(make_dispatch("RESUMED")))
    meter.notice(idle_shard(), do.Resumed(make_dispatch("RESUMED")))
    assert (measured.own.successes, measured.own.reconnections) == (2, 0)


def test_steps_of_the_machine_leave_marks_and_lateness() -> None:
    meter, measured, _, _ = alone()
    meter.observe(Settled([]), 10.0, [])
    meter.observe(Settled([]), 10.5, [])
    assert measured.marks.next == 11.0
    meter.observe(Due(Kind.BEAT_DUE, 0.25), 11.0, [do.SendHeartbeat(1, None), do.AbandonTransport(1)])
    assert (measured.tick_lateness.highest, measured.own.heartbeats) == (0.25, 1)


async def test_bytes_are_counted_both_ways_and_the_ends_handed_on() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    measured = Measured()
    transport = CountedTransport(Transport(ours), measured.own)
    await theirs.send_all(b"hello")
    assert await transport.receive() == b"hello"
    await transport.send(b"abc")
    assert await theirs.receive_some() == b"abc"
    await transport.close()
    await transport.abandon()
    assert (measured.own.bytes_received, measured.own.bytes_sent) == (5, 3)
    assert await theirs.receive_some() == b""


async def test_what_a_meter_does_not_count_it_hands_on() -> None:
    calls: list[str] = []

    class Around:
        async def permit(self, *_: object) -> None:
            calls.append("permit")

        async def access(self, *_: object) -> None:
            calls.append("access")

        async def wait_room(self) -> None:
            calls.append("wait_room")

        def return_permit(self, *_: object) -> None:
            calls.append("return_permit")

        def save(self, *_: object) -> None:
            calls.append("save")

        def has_room(self) -> bool:
            return False

    meter = Meter(cast("Surroundings", Around()), Measured(), None, trio.current_time)
    shard = idle_shard()
    await meter.permit(shard, do.RequestPermit(1))
    await meter.access(shard, do.RequestAccess(1, renew=False))
    await meter.wait_room()
    meter.return_permit(shard, do.ReturnPermit(1, None))
    meter.save(shard, None)
    assert not meter.has_room()
    assert calls == ["permit", "access", "wait_room", "return_permit", "save"]
