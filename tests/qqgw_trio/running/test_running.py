"""What a person is told while a bot runs. Bad input at first start is in `test_bad_input`."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayClosed,
    GatewayError,
    InvalidSession,
    ReconnectRequested,
)
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.connection.shard import Shard
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.error_body import AnswerFacts
from qqgw_trio.running.running import Runner
from support.handling import idle_shard

UNREACHABLE = ConnectionFailed("cannot reach gateway.test:443: Connection refused")
READY = do.Ready(Dispatch(op=0, t="READY"), "S")
RESUMED = do.Resumed(Dispatch(op=0, t="RESUMED"))


class Person:
    """Reads what a runner says about a bot that never runs: its notices are made here."""

    def __init__(self, *, fail_fast: bool = False, **settings: Any) -> None:
        own = GatewayConfig(api_url="http://api.test:8080", token_url="http://token.test/t", **settings)
        self.bot = FailingBot(Credentials("1", "secret"), settings=own)
        self.lines: list[str] = []
        self.runner = Runner(self.bot, self.lines.append, fail_fast=fail_fast)
        self._shard = idle_shard()

    def notice(self, *notices: do.Notice) -> list[str]:
        """Gives notices; what is said about them."""
        assert self.bot.on_notice is not None
        before = len(self.lines)
        for notice in notices:
            self.bot.on_notice(self._shard, notice)
        return self.lines[before:]

    def retry(self, why: GatewayError, seconds: float = 5.0) -> list[str]:
        return self.notice(do.Retrying(trio.current_time() + seconds, why))

    def lose(self, why: GatewayError) -> list[str]:
        """A connection that stood breaks."""
        return [*self.notice(do.Disconnected(1, why)), *self.retry(why)]

    def token(self, error: GatewayError, seconds: float = 5.0) -> list[str]:
        assert self.bot.on_token_failure is not None
        before = len(self.lines)
        self.bot.on_token_failure(error, seconds)
        return self.lines[before:]


class FailingBot(Bot):
    """Notes by what it was ended."""

    failure: GatewayError | None = None

    def fail(self, error: GatewayError) -> None:
        self.failure = error


# --- what is unreachable


async def test_an_outage_is_told_at_the_first_failure_and_then_once_a_minute(autojump_clock: MockClock) -> None:
    person = Person()
    line = "cannot reach gateway.test:443: Connection refused; retrying in 5 s, Ctrl-C to stop"
    for _ in range(3):
        assert person.retry(UNREACHABLE) == [line]
        await trio.sleep(20)
        assert person.retry(UNREACHABLE) == []
        await trio.sleep(39)
        assert person.retry(UNREACHABLE) == []
        await trio.sleep(1)
    assert person.bot.failure is None


async def test_a_token_that_cannot_be_had_is_told_before_the_shard_knows(autojump_clock: MockClock) -> None:
    person = Person()
    error = ConnectionFailed("the token endpoint answered with HTTP 503", code=503)
    line = "cannot reach token.test: the token endpoint answered with HTTP 503; retrying in 1 s, Ctrl-C to stop"
    assert person.token(error, 0.4) == [line]
    assert person.token(error, 1.4) == []
    assert person.retry(error) == []
    await trio.sleep(60)
    assert person.token(UNREACHABLE, 1.4) == [
        "cannot reach gateway.test:443: Connection refused; retrying in 2 s, Ctrl-C to stop"
    ]


async def test_the_host_is_whoever_did_not_answer() -> None:
    busy = ApiError("GET /gateway/bot was answered with HTTP 503", AnswerFacts(503, CodeKind.TROUBLE))
    late = DeadlineExceeded("no HELLO in time")
    assert Person().retry(busy, 0.0) == [
        "cannot reach api.test:8080: GET /gateway/bot was answered with HTTP 503; retrying in 1 s, Ctrl-C to stop"
    ]
    assert Person().retry(late) == [
        "cannot reach the gateway that api.test:8080 names: no HELLO in time; retrying in 5 s, Ctrl-C to stop"
    ]
    assert Person(gateway_url="wss://gateway.test/ws").retry(late) == [
        "cannot reach gateway.test: no HELLO in time; retrying in 5 s, Ctrl-C to stop"
    ]


async def test_a_connection_that_breaks_before_the_first_session_is_told() -> None:
    late = DeadlineExceeded("no HELLO in time")
    assert Person().lose(late) == ["shard 0 lost its connection (no HELLO in time); retrying in 5 s, Ctrl-C to stop"]


async def test_a_planned_reconnect_has_lost_nothing() -> None:
    person = Person()
    assert person.notice(READY) == ["shard 0 is ready"]
    assert person.lose(ReconnectRequested("a planned reconnect")) == [
        "shard 0 changes its connection (a planned reconnect), dialing again in 5 s"
    ]


async def test_a_shard_that_fails_for_good_is_told_where_the_others_go_on() -> None:
    failed = do.Failed(GatewayClosed("banned", code=4915, remedy="ask the platform"))
    line = "shard 0 has failed for good, the others go on: banned [4915]: ask the platform"
    assert Person(on_failure="go on").notice(failed) == [line]
    assert Person().notice(failed) == []  # The process ends by it, and says so then.


@pytest.mark.parametrize("fail_fast", [False, True])
async def test_a_saved_session_that_is_refused_was_no_outage(fail_fast: bool) -> None:
    person = Person(fail_fast=fail_fast)
    words = "the gateway closed the connection: the session id is invalid"
    line = f"shard 0 lost its connection ({words}); retrying in 5 s, Ctrl-C to stop"
    assert person.lose(InvalidSession(words, code=4006)) == [line]
    assert person.bot.failure is None
    assert person.notice(READY) == ["shard 0 is ready"]


async def test_fail_fast_ends_by_the_first_of_them() -> None:
    person = Person(fail_fast=True)
    assert person.retry(UNREACHABLE) == []
    assert person.bot.failure is UNREACHABLE
    person = Person(fail_fast=True)
    assert person.token(UNREACHABLE) == []
    assert person.bot.failure is UNREACHABLE


async def test_fail_fast_ends_by_a_connection_that_breaks_before_any_session() -> None:
    person = Person(fail_fast=True)
    late = DeadlineExceeded("no HELLO in time")
    assert person.lose(late) == []
    assert person.bot.failure is late


# --- refusals


async def test_a_refusal_at_first_start_ends_the_bot() -> None:
    refused = AuthenticationFailed("the address is not allowed")
    person = Person()
    assert person.token(refused) == []  # the shard is told as well, and then:
    assert person.retry(refused) == []
    assert person.bot.failure is refused


async def test_a_refusal_later_is_told_like_an_outage() -> None:
    refused = AuthenticationFailed("the address is not allowed")
    person = Person()
    person.notice(READY)
    assert person.token(refused) == ["token.test refuses: the address is not allowed; retrying in 5 s, Ctrl-C to stop"]
    assert person.bot.failure is None


# --- while it runs


async def test_each_loss_and_each_return_is_one_line_with_its_cause() -> None:
    person = Person()
    assert person.notice(do.Connected(1), READY) == ["shard 0 is ready"]
    assert person.lose(ReconnectRequested("the gateway asked to reconnect", code=7)) == [
        "shard 0 changes its connection (the gateway asked to reconnect), dialing again in 5 s"
    ]
    assert person.notice(do.Connected(2), RESUMED) == ["shard 0 has resumed"]
    assert person.lose(GatewayClosed("the gateway closed the connection: the connection expired", code=4009)) == [
        "shard 0 lost its connection (the gateway closed the connection: the connection expired), dialing again in 5 s"
    ]
    assert person.notice(do.Connected(3), READY) == ["shard 0 is ready"]
    assert person.notice(do.Disconnected(3, ReconnectRequested("the shard was stopped")), do.Stopped()) == []
    assert person.bot.failure is None


async def test_fail_fast_outlives_a_connection_that_breaks_but_not_an_outage() -> None:
    person = Person(fail_fast=True)
    person.notice(READY)
    person.lose(ConnectionFailed("the connection broke: reset"))
    assert person.bot.failure is None
    person.retry(UNREACHABLE)
    assert person.bot.failure is UNREACHABLE


async def test_a_session_of_an_earlier_process_is_told_like_a_new_one() -> None:
    person = Person()
    assert person.notice(RESUMED) == ["shard 0 is ready"]
    assert person.notice(RESUMED) == ["shard 0 has resumed"]


async def test_an_outage_is_told_behind_the_loss_that_began_it_and_so_is_its_end() -> None:
    person = Person()
    person.notice(READY)
    assert len(person.lose(ConnectionFailed("the connection broke: reset"))) == 1
    assert person.retry(UNREACHABLE) == [
        "cannot reach gateway.test:443: Connection refused; retrying in 5 s, Ctrl-C to stop"
    ]
    assert person.retry(UNREACHABLE) == []
    assert person.notice(RESUMED) == ["shard 0 has resumed"]


async def test_a_stop_that_waits_says_for_what_and_how_to_end_it() -> None:
    person = Person()
    assert person.bot.on_waiting is not None
    person.bot.on_waiting(1, 10.0)
    person.bot.on_waiting(3, 0.5)
    assert person.lines == [
        "stopping: 1 event still to be handled, for 10 s at most; Ctrl-C again stops at once",
        "stopping: 3 events still to be handled, for 0.5 s at most; Ctrl-C again stops at once",
    ]


async def test_where_the_platform_names_no_count_of_shards_it_is_told_and_a_refusal_ends_the_bot() -> None:
    person = Person()
    assert person.bot.on_count_failure is not None
    person.bot.on_count_failure(UNREACHABLE, 2.0)
    assert person.lines == ["cannot reach gateway.test:443: Connection refused; retrying in 2 s, Ctrl-C to stop"]
    refused = AuthenticationFailed("the address is not allowed")
    person.bot.on_count_failure(refused, 2.0)
    assert (len(person.lines), person.bot.failure) == (1, refused)


async def test_a_gap_is_told() -> None:
    assert Person().notice(do.Gap("session", 3, None)) == [
        "shard 0: events were lost (session), the platform cannot bring them back"
    ]


async def test_the_bots_own_ear_hears_everything_too() -> None:
    heard: list[do.Notice] = []

    def listen(_shard: Shard, notice: do.Notice) -> None:
        heard.append(notice)

    bot = Bot(Credentials("1", "secret"), on_notice=listen)
    Runner(bot, list[str]().append)
    assert bot.on_notice is not None
    bot.on_notice(idle_shard(), READY)
    bot.on_notice(idle_shard(), RESUMED)
    assert heard == [READY, RESUMED]


async def test_the_bots_own_ears_for_counts_and_waits_hear_what_the_runner_tells() -> None:
    heard: list[tuple[object, float]] = []
    bot = FailingBot(Credentials("1", "secret"))

    def hear(what: object, seconds: float) -> None:
        heard.append((what, seconds))

    bot.on_count_failure = bot.on_waiting = hear
    lines: list[str] = []
    Runner(bot, lines.append)
    assert bot.on_count_failure is not None
    assert bot.on_waiting is not None
    bot.on_count_failure(UNREACHABLE, 2.0)
    bot.on_waiting(3, 0.5)
    assert heard == [(UNREACHABLE, 2.0), (3, 0.5)]
    assert len(lines) == 2


async def test_ears_of_the_bots_own_that_raise_hold_nothing_up() -> None:
    def stumble(*_heard: object) -> None:
        raise ValueError("a mistake of its author's")

    bot = FailingBot(Credentials("1", "secret"), on_notice=stumble, on_token_failure=stumble)
    lines: list[str] = []
    Runner(bot, lines.append)
    assert bot.on_notice is not None
    assert bot.on_token_failure is not None
    bot.on_notice(idle_shard(), READY)
    bot.on_token_failure(UNREACHABLE, 5.0)
    assert (lines[0], len(lines)) == ("shard 0 is ready", 2)
