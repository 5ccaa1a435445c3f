"""What is counted between a shard and its surroundings: at a simulated platform, and piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from random import Random
from typing import cast

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import DeadlineExceeded, GatewayClosed
from qqgw_proto.events import GroupAtMessageCreate
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Due, Settled
from qqgw_proto.machine.kinds import Kind
from qqgw_trio import Bot, Context
from qqgw_trio.measured import Measured
from qqgw_trio.metering import LOST_AFTER, MOST_NAMES, CountedTransport, Meter, Probe
from qqgw_trio.shard import Shard
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.surroundings import Surroundings
from qqgw_trio.transport import Transport
from support.handling import idle_shard, make_dispatch
from support.simulated import Bench
from support.staging import Stage, staged
from support.surroundings import CONFIG, around_of

AnyGroup = Context[GroupAtMessageCreate]


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged() as found:
        yield found


def echoing(bot: Bot, stage: Stage) -> None:
    @bot.on(GroupAtMessageCreate)
    async def echo(_ctx: AnyGroup, event: GroupAtMessageCreate) -> None:
        stage.news.tell(event)


async def settled(stage: Stage, bot: Bot, events: int) -> None:
    while bot.metrics.events_processed < events:  # noqa: ASYNC110 - the last receipt tells nobody
        await trio.sleep(0.01)


# --- a bot that runs


async def test_a_bot_counts_what_it_receives_and_what_becomes_of_it(stage: Stage) -> None:
    bot = stage.bot()
    echoing(bot, stage)
    async with stage.running(bot):
        for number in range(3):
            stage.simulator.say("group", "visitor", str(number))
        stage.simulator.say("c2c", "visitor", "nobody listens")
        await settled(stage, bot, 5)
        counts = bot.metrics.shards[0].counts
        assert counts.by_type == {"READY": 1, "GROUP_AT_MESSAGE_CREATE": 3, "C2C_MESSAGE_CREATE": 1}
        assert (counts.received, counts.processed) == (5, 5)
        assert (counts.attempts, counts.successes, counts.identifies, counts.resumes) == (1, 1, 1, 0)
        assert counts.bytes_received > 1000
        assert counts.bytes_sent > 300
        assert bot.metrics.event_latency.count >= 1
        assert bot.metrics.handler_time.count >= 1
        assert bot.metrics.get_events_per_second() > 0
        assert bot.metrics.events_per_second() > 0
    # What it was when the bot stopped can still be read.
    assert bot.metrics.events_received == 5


async def test_a_reconnect_is_counted_by_what_broke_the_connection(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        start = bot.metrics.connection_start
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4009))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
        counts = bot.metrics.counts
        assert counts.causes == {"GatewayClosed 4009": 1}
        assert counts.retries == {"GatewayClosed 4009": 1}
        assert (counts.attempts, counts.successes, counts.resumes) == (2, 2, 1)
        assert bot.metrics.connection_start == start
        [(_, cause)] = bot.metrics.shards[0].measured.causes
        assert cause.startswith("the gateway closed the connection: the connection expired")


async def test_a_bot_that_is_started_again_counts_from_zero_in_the_same_objects(stage: Stage) -> None:
    bot = stage.bot()
    metrics, diagnostics = bot.metrics, bot.diagnostics
    for _ in range(2):
        async with stage.running(bot):
            assert metrics.counts.attempts == 1
            assert diagnostics.connection_attempts == 1
    assert bot.metrics is metrics
    assert bot.diagnostics is diagnostics


async def test_without_metrics_it_is_still_known_how_the_connection_is(stage: Stage) -> None:
    bot = stage.bot(metrics_enabled=False)
    echoing(bot, stage)
    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "one")
        await settled(stage, bot, 2)
        counts = bot.metrics.counts
        assert (counts.attempts, counts.successes, counts.received) == (1, 1, 2)
        assert counts.by_type == {"READY": 1}
        assert bot.metrics.event_latency.count == 0
        assert (await bot.api.me()).bot is True


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


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def handling(clock: Clock, seconds: float, error: Exception | None = None) -> None:
    await trio.lowlevel.checkpoint()
    clock.now += seconds
    if error is not None:
        raise error


async def test_a_probe_times_one_event_after_the_other() -> None:
    clock, measured = Clock(), Measured()
    probe = Probe(clock, lambda name: name == "READY")
    first, other = make_dispatch("READY"), make_dispatch("READY")
    probe.choose([first], measured)
    probe.choose([other], measured)  # it follows one already
    assert probe.event is first
    clock.now = 2.0
    await probe.time(handling(clock, 3.0))
    assert (measured.event_latency.sum, measured.handler_time.sum) == (2.0, 3.0)
    probe.choose([other], measured)
    assert probe.event is other


async def test_a_handler_that_raises_has_taken_its_time_too() -> None:
    clock, measured = Clock(), Measured()
    probe = Probe(clock, lambda _name: True)
    probe.choose([make_dispatch("READY")], measured)
    with pytest.raises(ValueError, match="a bug"):
        await probe.time(handling(clock, 3.0, ValueError("a bug")))
    assert measured.handler_time.sum == 3.0


def test_an_event_that_reaches_no_handler_is_followed_no_longer_after_a_minute() -> None:
    clock, measured = Clock(), Measured()
    probe = Probe(clock, lambda name: name != "UNWANTED")
    lost, unwanted, next_one = make_dispatch("READY"), make_dispatch("UNWANTED"), make_dispatch("READY")
    probe.choose([unwanted], measured)
    assert probe.event is None
    probe.choose([lost], measured)
    clock.now = LOST_AFTER
    probe.choose([next_one], measured)
    assert probe.event is next_one


def test_no_place_in_a_batch_is_preferred() -> None:
    probe = Probe(lambda: 0.0, lambda _name: True)
    batch = [make_dispatch(str(number)) for number in range(3)]
    followed: list[str | None] = []
    for _ in batch:
        probe.choose(batch, Measured())
        followed.append(None if probe.event is None else probe.event.t)
        probe.event = None
    assert sorted(followed, key=str) == ["0", "1", "2"]


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
