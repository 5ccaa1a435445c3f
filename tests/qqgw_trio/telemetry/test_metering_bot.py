"""What a bot counts while it runs at a simulated platform."""

from __future__ import annotations

import trio

from qqgw_proto.events import GroupAtMessageCreate
from qqgw_trio import Bot, Context
from qqgw_trio.simulator.faults import Fault, FaultKind
from support.staging import Stage

AnyGroup = Context[GroupAtMessageCreate]


def echoing(bot: Bot, stage: Stage) -> None:
    @bot.on(GroupAtMessageCreate)
    async def echo(_ctx: AnyGroup, event: GroupAtMessageCreate) -> None:
        stage.news.tell(event)


async def settled(stage: Stage, bot: Bot, events: int) -> None:
    while bot.metrics.events_processed < events:  # noqa: ASYNC110 - the last receipt tells nobody
        await trio.sleep(0.01)


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
