"""Each kind of error that the specification names, struck on a whole bot: what it does to the session and to `run()`.

The specification resumes after everything but a refused token; `InvalidIntents` is fatal here, since a RESUME would be
refused for the same reason for ever. What the machine alone makes of each stands in
`tests/test_specification_of_the_gateway.py`.
"""

from __future__ import annotations

from math import inf

import pytest
import trio
import trio.testing

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayError,
    HeartbeatTimeout,
    InvalidIntents,
    InvalidSession,
    RateLimited,
    ReshardRequired,
    UnknownOpcode,
)
from qqgw_proto.machine import effects as do
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import judge
from recovery.whole_bot import GATEWAY_BOT, TOKEN, Resident, Town

pytestmark = pytest.mark.usefixtures("each_lane")

VirtualClock = trio.testing.MockClock
UNKNOWN_OP = b'{"op":42,"d":{"whatever":1}}'


@pytest.fixture
def town(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(nursery, monkeypatch)


@pytest.fixture
async def one(town: Town, nursery: trio.Nursery) -> Resident:
    """A bot in READY that has handled ten events."""
    found = await Resident(town).notes().moves_in(nursery)
    await town.gateway.emit(10, rate=inf)
    await found.until(lambda: len(found.handled) == 10)
    return found


async def goes_on(one: Resident) -> None:
    """The bot handles whatever else happens, nothing twice, and nothing of before again."""
    await one.town.gateway.emit(10, rate=inf)
    await one.until(lambda: len(one.handled) >= 20)
    one.bot.stop()
    assert judge(one.town.ledger.sent_ids, one.handled).is_clean


def kept(one: Resident) -> bool:
    """Whether there has been one session only, and no word of a loss."""
    return one.town.ledger.granted_identifies == 1 and one.noticed(do.Gap) == []


def causes(one: Resident) -> list[type[GatewayError]]:
    """Why connections have ended."""
    return [type(gone.cause) for gone in one.noticed(do.Disconnected)]


async def ends(town: Town, code: int) -> tuple[Resident, GatewayError]:
    """A bot whose every session is closed with a code, and what its `run()` raises."""
    bot = Resident(town)

    def close(notice: do.Notice) -> None:
        if isinstance(notice, do.Ready):
            town.gateway.fault(Fault(FaultKind.CLOSE, code=code))

    bot.on_notice = close
    with trio.fail_after(3600), pytest.raises(GatewayError) as ended:
        await bot.bot.serve()
    return bot, ended.value


# --- the session is lost, the bot is not


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.INVALID_SESSION, resumable=False, code=4903),
        Fault(FaultKind.INVALID_SESSION, resumable=False),
        Fault(FaultKind.CLOSE, code=4006),
        Fault(FaultKind.CLOSE, code=4007),
    ],
    ids=["op 9, then 4903", "op 9, then EOF", "4006", "4007"],
)
async def test_invalid_session_drops_the_session_and_identifies_afresh(
    one: Resident, autojump_clock: VirtualClock, fault: Fault
) -> None:
    first = one.bot.get_session_info()
    one.town.gateway.fault(fault)
    await one.until(lambda: len(one.noticed(do.Ready)) == 2)
    second = one.bot.get_session_info()
    assert first is not None
    assert second is not None
    assert first.session_id != second.session_id
    assert one.noticed(do.Gap) == [do.Gap("session", 12, None)]
    assert one.town.ledger.resumes == []
    await goes_on(one)


async def test_invalid_session_is_the_name_of_what_happened(one: Resident, autojump_clock: VirtualClock) -> None:
    one.town.gateway.fault(Fault(FaultKind.INVALID_SESSION, resumable=False))
    await one.until(lambda: len(one.noticed(do.Ready)) == 2)
    assert causes(one) == [InvalidSession]
    one.bot.stop()


# --- the connection is lost, the session is not


async def test_heartbeat_timeout_resumes(one: Resident, autojump_clock: VirtualClock) -> None:
    one.town.gateway.fault(FaultKind.ACK_SILENCE)
    await one.until_back()
    assert causes(one) == [HeartbeatTimeout]
    await goes_on(one)
    assert kept(one)


async def test_rate_limited_waits_ten_seconds_after_4008_and_resumes(
    one: Resident, autojump_clock: VirtualClock
) -> None:
    one.town.gateway.fault(Fault(FaultKind.CLOSE, code=4008))
    limited_at = trio.current_time()
    await one.until_back()
    assert causes(one) == [RateLimited]
    assert 10.0 <= trio.current_time() - limited_at < 11.0
    await goes_on(one)
    assert kept(one)


@pytest.mark.parametrize(("asked", "seconds"), [(200.0, 200.0), (None, 60.0)], ids=["Retry-After", "no time named"])
async def test_rate_limited_waits_as_long_as_the_upgrade_asks_and_resumes(
    one: Resident, autojump_clock: VirtualClock, asked: float | None, seconds: float
) -> None:
    one.town.gateway.fault(Fault(FaultKind.REFUSE_UPGRADES, code=429, seconds=asked))
    one.town.gateway.drop()
    await one.until(lambda: any(isinstance(retry.why, RateLimited) for retry in one.noticed(do.Retrying)))
    limited_at = trio.current_time()
    await one.until_back()
    assert trio.current_time() - limited_at == pytest.approx(seconds)
    await goes_on(one)
    assert kept(one)


async def test_connection_failed_is_retried_for_ever(one: Resident, autojump_clock: VirtualClock) -> None:
    one.town.is_down = True
    one.town.gateway.drop()
    await trio.sleep(200)  # Shorter than the platform keeps the session.
    assert {type(retry.why) for retry in one.noticed(do.Retrying)} == {ConnectionFailed}
    assert len(one.noticed(do.Retrying)) > 10  # More than twice `max_attempts`.
    one.town.is_down = False
    await one.until_back()
    await goes_on(one)
    assert kept(one)


async def test_an_upgrade_refused_with_503_is_a_connection_that_failed(
    one: Resident, autojump_clock: VirtualClock
) -> None:
    one.town.gateway.fault(Fault(FaultKind.REFUSE_UPGRADES, count=12))
    one.town.gateway.drop()
    await one.until_back()
    assert [retry.why.code for retry in one.noticed(do.Retrying)][1:] == [503] * 12
    assert kept(one)
    one.bot.stop()


async def test_an_unknown_opcode_is_counted_and_ignored(one: Resident, autojump_clock: VirtualClock) -> None:
    [connection] = one.town.gateway.connections
    for _ in range(3):
        connection.say(UNKNOWN_OP)
    await goes_on(one)
    assert [violated.error for violated in one.noticed(do.Violated)] == [UnknownOpcode(42)] * 3
    assert len(one.town.ledger.connections) == 1


# --- the end


async def test_authentication_failed_ends_run_after_one_refused_fresh_token(
    town: Town, autojump_clock: VirtualClock
) -> None:
    bot = Resident(town)

    def close(notice: do.Notice) -> None:
        if isinstance(notice, do.Connected):
            town.gateway.fault(Fault(FaultKind.EXPIRE_TOKENS))  # so that the platform gives another
            town.gateway.fault(Fault(FaultKind.CLOSE, code=4004))

    bot.on_notice = close
    with trio.fail_after(3600), pytest.raises(AuthenticationFailed) as ended:
        await bot.bot.serve()
    assert ended.value.code == 4004
    assert "check the app id and the secret" in ended.value.remedy
    assert (len(town.ledger.connections), len(town.times(TOKEN))) == (2, 2)
    assert bot.bot.is_connected() is False


async def test_a_refused_token_that_the_platform_gives_again_is_tried_seldom_until_there_is_another(
    town: Town, autojump_clock: VirtualClock
) -> None:
    """`protocol.md` 1.4: "a call before the last minute returns the same token", here for two hours."""
    bot = Resident(town)

    def close(notice: do.Notice) -> None:
        if isinstance(notice, do.Connected):
            town.gateway.fault(Fault(FaultKind.CLOSE, code=4004))

    bot.on_notice = close
    began = trio.current_time()
    with trio.fail_after(4 * 3600), pytest.raises(AuthenticationFailed) as ended:
        await bot.bot.serve()
    assert ended.value.code == 4004
    assert 7140 <= trio.current_time() - began <= 7800
    assert 20 <= len(town.ledger.connections) <= 30
    assert len(town.times(TOKEN)) <= 60


async def test_a_bad_secret_ends_run_before_anything_is_dialed(town: Town, autojump_clock: VirtualClock) -> None:
    """Design 5: "a fatal `access_denied` (bad secret, unknown app id)"."""
    town.gateway.fault(Fault(FaultKind.REST, count=1000, code=200, route=TOKEN, error=100016))
    with trio.fail_after(60), pytest.raises(AuthenticationFailed) as ended:
        await Resident(town).bot.serve()
    assert ended.value.code == 100016
    assert (town.times(GATEWAY_BOT), town.dialed_at) == ([], [])
    # At most one that nobody waits for, one that a shard does, and a second between them.
    assert len(town.times(TOKEN)) <= 2
    assert trio.current_time() <= 1.0


@pytest.mark.parametrize("code", [4013, 4014])
async def test_invalid_intents_are_fatal(town: Town, autojump_clock: VirtualClock, code: int) -> None:
    """The specification would resume: the same refusal for ever."""
    bot, error = await ends(town, code)
    assert isinstance(error, InvalidIntents)
    assert (error.code, len(town.ledger.identifies), len(town.ledger.connections)) == (code, 1, 1)
    assert "suspicious intent bits: 9" in error.message.replace("2, 3, 4, 5, 6, 7, 8, ", "")
    assert "ask only for intents granted to this bot" in str(error)
    assert len(bot.noticed(do.Failed)) == 1


async def test_invalid_intents_behind_op_9_are_refused_five_times_and_no_more(
    town: Town, autojump_clock: VirtualClock
) -> None:
    town.gateway.fault(Fault(FaultKind.REFUSE_IDENTIFIES, count=1000))
    with trio.fail_after(3600), pytest.raises(InvalidIntents) as ended:
        await Resident(town).bot.serve()
    assert (ended.value.code, len(town.ledger.identifies)) == (4903, 5)
    assert town.ledger.violations == []  # Never more than `max_concurrency` within 5 s.


async def test_reshard_required_ends_run_with_its_remedy(town: Town, autojump_clock: VirtualClock) -> None:
    """Design 5: 4011 "is handed to the fleet as a wish to reshard, and fails where none is possible"."""
    _, error = await ends(town, 4011)
    assert isinstance(error, ReshardRequired)
    assert error.code == 4011
    assert "more shards" in error.remedy


@pytest.mark.parametrize("code", [4001, 4002, 4010, 4012, 4914, 4915])
async def test_every_other_fatal_code_ends_run_loudly(town: Town, autojump_clock: VirtualClock, code: int) -> None:
    """Design 5: "Ending is loud: `run()` raises a `GatewayError` naming code, meaning, remedy"."""
    bot, error = await ends(town, code)
    assert error.code == code
    assert error.message.startswith("the gateway closed the connection: ")
    assert error.remedy
    assert [failed.error for failed in bot.noticed(do.Failed)] == [error]
    assert len(town.ledger.connections) == 1


async def test_a_deadline_is_an_error_of_ours_and_not_of_the_specification(
    one: Resident, autojump_clock: VirtualClock
) -> None:
    """It is retried as `ConnectionFailed` is: "everything else -> warn, reconnect with resume" (F76)."""
    one.town.gateway.fault(Fault(FaultKind.SWALLOW))
    one.town.gateway.drop()
    await one.until_back()
    assert causes(one) == [ConnectionFailed, DeadlineExceeded]
    await goes_on(one)
    assert kept(one)
