"""What is seen of a running bot."""

from __future__ import annotations

import threading

import trio
from msgspec.structs import replace
from trio.testing import MockClock

from qqgw_proto.engine import Observer
from qqgw_proto.machine.inputs import Stop
from qqgw_trio.insight.reports import StartsLeft
from qqgw_trio.insight.watch import Watch, observing
from qqgw_trio.simulator.faults import Fault, FaultKind
from support.staging import Stage


async def test_a_report_tells_of_every_shard_and_of_what_they_share(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4009))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
        report = bot.diagnostics.report()
        assert report.intents == bot.intents.names
        assert "INTERACTION" in report.unseen_intents
        assert report.token_expires_in is not None
        assert 7100 < report.token_expires_in <= 7200
        # One of them is used, whatever the platform will say when it is asked next.
        assert report.starts is not None
        assert replace(report.starts, resets_in=0.0) == StartsLeft(1499, 1500, 1, 0.0)
        assert 0 < report.starts.resets_in <= 86_400
        [shard] = report.shards
        session = bot.get_session_info()
        assert session is not None
        assert (shard.shard, shard.state, shard.session_id) == ("0/1", "READY", session.session_id)
        assert (shard.attempts, shard.successes, shard.events, shard.waiting) == (2, 2, 2, 0)
        assert shard.connected_for is not None
        assert shard.explain.startswith("shard 0/1 receives events")
        [trouble] = shard.troubles
        assert "4009" in trouble.cause
        text = f"{report.text()} {report.text('zh')} {report.json().decode()}"
        assert stage.simulator.secret not in text
        token, _ = stage.simulator.platform.accounts.issue()
        assert token.text not in text


async def test_who_names_the_gateway_is_not_told_how_many_starts_are_left(stage: Stage) -> None:
    bot = stage.bot(gateway_url=stage.simulator.gateway_url)
    async with stage.running(bot):
        assert bot.diagnostics.report().starts is None


async def test_an_intent_whose_event_has_come_is_no_longer_missed(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        assert "GROUP_AND_C2C_EVENT" in bot.diagnostics.report().unseen_intents
        stage.simulator.say("group", "visitor", "hello")
        while bot.metrics.events_received < 2:  # noqa: ASYNC110 - nobody handles it
            await trio.sleep(0.01)
        assert "GROUP_AND_C2C_EVENT" not in bot.diagnostics.report().unseen_intents


async def test_a_bot_that_does_not_run_has_nothing_to_report(stage: Stage) -> None:
    bot = stage.bot()
    assert bot.diagnostics.report().shards == ()
    assert bot.health().shards == ()
    assert bot.metrics.shards == {}


async def test_health_is_told_of_every_shard(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        health = bot.health()
        assert (health.is_alive, health.is_ready) == (True, True)
        assert [shard.shard_id for shard in health.shards] == [0]


async def test_everything_can_be_read_from_another_thread(autojump_clock: MockClock) -> None:
    watch = Watch()
    watch.begin(trio.current_time, lambda _name: True, in_detail=True)
    await trio.sleep(5)
    told: list[float] = []
    thread = threading.Thread(target=lambda: told.append(watch.diagnostics.uptime))
    thread.start()
    thread.join()
    assert told == [5.0]


def test_observers_are_called_in_their_order() -> None:
    calls: list[str] = []

    def observer(name: str) -> Observer:
        return lambda _given, _now, _made: calls.append(name)

    one, two = observer("one"), observer("two")
    assert observing(None, None) is None
    assert observing(None, one) is one
    both = observing(one, None, two)
    assert both is not None
    both(Stop(), 0.0, [])
    assert calls == ["one", "two"]
