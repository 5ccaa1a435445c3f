"""Bots with any number of shards, at a simulated platform over real sockets."""

from __future__ import annotations

import logging
import resource
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import trio
import trio.testing

from qqgw_proto.config import ReconnectConfig, ShardConfig
from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.events import Intents, Ready
from qqgw_proto.machine import effects as do
from qqgw_trio import Bot, Context
from qqgw_trio.connection.shard import Shard
from qqgw_trio.rest.api_errors import AccessRefused
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from qqgw_trio.storage.journal_file import JournalFile
from support.elsewhere import Elsewhere
from support.staging import Stage, staged

THREE = SimulatorConfig(events=0, start=StartSettings(shards=3, max_concurrency=10))


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged(THREE) as found:
        yield found


# --- how many


async def test_one_shard_where_nothing_is_said(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        assert bot.shard_ids == (0,)
    assert not Bot().shard_ids
    assert [seen.shard for seen in stage.simulator.ledger.identifies] == [(0, 1)]


async def test_as_many_as_the_platform_recommends(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bot = stage.bot(shards="auto")
    with caplog.at_level(logging.INFO, "qqgw_trio"):
        async with stage.running(bot):
            assert bot.shard_ids == (0, 1, 2)
            sessions = [bot.get_session_info(shard_id) for shard_id in bot.shard_ids]
    assert [session.shard for session in sessions if session] == [(0, 3), (1, 3), (2, 3)]
    assert len({session.session_id for session in sessions if session}) == 3
    told = [record.getMessage() for record in caplog.records]
    assert "the platform recommends 3 shards" in told
    assert [line for line in told if line.startswith("starting")] == [
        "starting shard 0/3 (id/count, ids from 0)",
        "starting shard 1/3 (id/count, ids from 0)",
        "starting shard 2/3 (id/count, ids from 0)",
    ]


async def test_some_of_them_the_others_being_another_process_s(stage: Stage) -> None:
    bot = stage.bot(shards="1-2,7/8")
    async with stage.running(bot):
        assert bot.shard_ids == (1, 2, 7)
        assert bot.get_session_info(0) is None
    assert sorted(seen.shard for seen in stage.simulator.ledger.identifies) == [(1, 8), (2, 8), (7, 8)]


def test_run_takes_shards_in_place_of_the_bot_s() -> None:
    with Elsewhere(THREE) as elsewhere:
        bot = Bot(elsewhere.credentials, Intents.default(), shards=ShardConfig(1, 2), settings=elsewhere.settings)
        seen: set[int] = set()

        @bot.on(Ready)
        async def stop(ctx: Context[Ready], _event: Ready) -> None:
            seen.add(ctx.shard.shard_id)
            if len(seen) == 3:
                bot.stop()

        bot.run(shards="auto")
        assert sorted(seen) == [0, 1, 2]


async def test_each_shard_keeps_its_session_in_the_one_file(stage: Stage, tmp_path: object) -> None:
    for _ in range(2):
        async with stage.running(stage.bot(shards=3, session_file=f"{tmp_path}/sessions.json")):
            pass
    ledger = stage.simulator.ledger
    assert (ledger.granted_identifies, ledger.granted_resumes) == (3, 3)


@pytest.mark.parametrize(
    ("before", "after", "gaps"),
    [
        ((Intents.default(), 1), (Intents.all(), 1), ["session"]),
        ((Intents.default(), 1), (Intents.default(), 2), ["session"]),
        ((Intents.default(), 3), (Intents.default(), 1), ["session"]),
        ((Intents.default(), 2), (Intents.all(), 2), ["session"] * 2),
        ((Intents.default(), 2), (Intents.default(), 2), []),
    ],
)
async def test_sessions_that_another_layout_left_are_announced_as_lost_once(
    stage: Stage, tmp_path: Path, before: tuple[Intents, int], after: tuple[Intents, int], gaps: list[str]
) -> None:
    heard: list[str] = []

    def listen(_shard: Shard, notice: do.Notice) -> None:
        if isinstance(notice, do.Gap):
            heard.append(notice.cause)
        stage.news.tell()

    settings = stage.settings.replace(session_file=tmp_path / "sessions.json")
    for intents, count in (before, after, after):
        async with stage.running(Bot(stage.credentials, intents, shards=count, settings=settings, on_notice=listen)):
            pass
    assert heard == gaps


@pytest.fixture
def few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system allows 1000 open files, whatever this machine's does."""

    def limits(_which: int) -> tuple[int, int]:
        return 1000, 1000

    monkeypatch.setattr(resource, "getrlimit", limits)


@pytest.mark.usefixtures("few_files")
async def test_shards_that_no_process_can_hold_are_refused_before_anything_is_asked(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match=r"1000 shards need 1064 open files.*ulimit -Hn 1064"):
        await stage.bot(shards=1000).serve()
    assert stage.simulator.ledger.tokens_issued == 0


@pytest.mark.usefixtures("few_files")
async def test_a_start_that_fails_keeps_no_journal_to_itself(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "bot.journal"
    bot = stage.bot(shards=1000, journal=path)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="open files"):
            await bot.serve()
    with JournalFile(path, float):
        pass


# --- where the count is not to be had


async def test_a_count_that_cannot_be_had_yet_is_asked_for_again(stage: Stage) -> None:
    stage.simulator.fault(Fault(FaultKind.REST, code=503, route="/gateway/bot"))
    bot = stage.bot(shards="auto")
    told: list[tuple[str, float]] = []
    bot.on_count_failure = lambda error, seconds: told.append((error.message, seconds))
    async with stage.running(bot):
        assert bot.shard_ids == (0, 1, 2)
    [(message, seconds)] = told
    assert message.startswith("GET /gateway/bot was answered with HTTP 503")
    assert 0 < seconds <= 1


async def test_without_anybody_to_tell_it_is_a_warning(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.simulator.fault(Fault(FaultKind.REST, code=503, route="/gateway/bot"))
    async with stage.running(stage.bot(shards="auto")):
        pass
    assert "the number of shards is not known, asking again in 1 s" in caplog.text


async def test_a_wrong_secret_ends_the_bot_there_too(stage: Stage) -> None:
    wrong = Credentials(stage.simulator.app_id, "another")
    bot = Bot(wrong, Intents.default(), shards="auto", settings=stage.settings)
    with pytest.raises(AccessRefused):
        await bot.serve()


async def test_a_stop_or_an_error_of_the_owner_s_ends_the_asking(stage: Stage) -> None:
    stage.simulator.fault(Fault(FaultKind.REST, code=503, route="/gateway/bot", count=10_000))
    bot = stage.bot(shards="auto")
    bot.on_count_failure = lambda _error, _seconds: bot.stop()
    await bot.serve()
    bot.on_count_failure = lambda error, _seconds: bot.fail(error)
    with pytest.raises(GatewayError, match="503"):
        await bot.serve()


# --- listeners that raise


def test_listeners_that_raise_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with Elsewhere(THREE) as elsewhere:
        elsewhere.call(lambda: elsewhere.simulator.fault(Fault(FaultKind.REST, route="/gateway/bot")))
        told: list[str] = []

        def stumble(*heard: object) -> None:
            told.append(" ".join(type(one).__name__ for one in heard))
            raise ValueError("a mistake of its author's")

        bot = Bot(elsewhere.credentials, Intents.default(), shards="auto", settings=elsewhere.settings)
        bot.on_notice = bot.on_count_failure = bot.on_waiting = stumble

        @bot.on(Ready)
        async def stop(_ctx: Context[Ready], _event: Ready) -> None:
            bot.stop()
            await trio.testing.wait_all_tasks_blocked()

        bot.run()
    assert {"ApiError float", "Shard Ready", "int float", "Shard Stopped"} <= set(told)
    failures = [record for record in caplog.records if record.name == "qqgw_trio.handler.listening"]
    assert len(failures) == len(told)


async def test_a_listener_of_token_failures_that_raises_ends_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.simulator.fault(Fault(FaultKind.REST, code=503, route="getAppAccessToken"))

    def stumble(_error: GatewayError, _seconds: float) -> None:
        raise ValueError("a mistake of its author's")

    bot = stage.bot()
    bot.on_token_failure = stumble
    async with stage.running(bot):
        pass
    assert "stumble" in caplog.text


# --- reconnecting on request


async def test_one_shard_or_all_reconnect_when_asked_to(stage: Stage) -> None:
    resumed: list[int] = []

    def listen(shard: Shard, notice: do.Notice) -> None:
        if isinstance(notice, do.Resumed):
            resumed.append(shard.shard_id)
        stage.news.tell()

    bot = Bot(stage.credentials, Intents.default(), shards=3, settings=stage.settings, on_notice=listen)
    async with stage.running(bot):
        bot.reconnect(1)
        await stage.news.until(lambda: resumed == [1])
        await trio.to_thread.run_sync(bot.reconnect)
        await stage.news.until(lambda: len(resumed) == 4)
        with pytest.raises(MisuseError, match="this process runs no shard 3"):
            bot.reconnect(3)
    assert sorted(resumed[1:]) == [0, 1, 2]
    with pytest.raises(MisuseError, match="does not run"):
        bot.reconnect()
    assert stage.simulator.ledger.granted_identifies == 3


# --- stopping


def test_a_stop_tells_what_it_waits_for_and_a_second_signal_ends_the_waiting() -> None:
    with Elsewhere(THREE) as elsewhere:
        settings = elsewhere.settings.replace(drain_seconds=600)
        bot = Bot(elsewhere.credentials, Intents.default(), settings=settings)
        waits: list[tuple[int, float]] = []

        @bot.on(Ready)
        async def ponder(_ctx: Context[Ready], _event: Ready) -> None:
            signal.raise_signal(signal.SIGINT)
            await trio.sleep_forever()

        def hear(busy: int, seconds: float) -> None:
            waits.append((busy, seconds))
            signal.raise_signal(signal.SIGTERM)

        bot.on_waiting = hear
        bot.run()
        assert waits == [(1, 600.0)]


# --- what shards must not do together


async def test_sessions_of_one_age_are_given_up_one_after_the_other(stage: Stage) -> None:
    bot = stage.bot(shards=2, reconnect=ReconnectConfig(max_session_age=1000.0))
    ages: list[float | None] = []

    def listen(shard: Shard, _notice: do.Notice) -> None:
        ages.append(shard.gateway.config.reconnect.max_session_age)
        stage.news.tell()

    bot.on_notice = listen
    async with stage.running(bot):
        pass
    assert set(ages) == {1000.0, 950.0}
