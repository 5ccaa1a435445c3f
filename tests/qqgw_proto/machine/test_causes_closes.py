"""Why a connection ended by a close code, with or without op 9 before it, in words with that code."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    GatewayClosed,
    GatewayError,
    InvalidIntents,
    InvalidSession,
    RateLimited,
    ReshardRequired,
)
from qqgw_proto.machine.arrivals import Closed, WireFailed
from qqgw_proto.machine.causes import cause_of
from qqgw_proto.machine.close_codes import CloseAction, CloseCode, row_for
from qqgw_proto.machine.inputs import Due, Input, Lost, Stop
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.states import ConnectionState as S
from support.endings import closed, life

# --- close codes ---------------------------------------------------------------------------------------------------


def test_a_close_names_its_meaning_and_the_gateways_own_words() -> None:
    assert cause_of(life(), closed(4009, "Session timed out")) == GatewayClosed(
        "the gateway closed the connection: the connection expired (Session timed out)",
        code=4009,
        remedy="nothing to do: the shard comes back by itself",
    )
    assert str(cause_of(life(), closed(4915))) == (
        "the gateway closed the connection: the bot is banned [4915]: contact the platform"
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, GatewayClosed) for code in (1000, 1001, 1002, 1005, 4000, 4001, 4002, 4003, 4005, 4009, 4010, 4012)),
        *((code, GatewayClosed) for code in (4900, 4902, 4903, 4913, 4914, 4915, 4999)),
        (4004, AuthenticationFailed),
        (4006, InvalidSession),
        (4007, InvalidSession),
        (4008, RateLimited),
        (4011, ReshardRequired),
        (4013, InvalidIntents),
        (4014, InvalidIntents),
    ],
)
def test_each_close_code_has_its_error(code: int, kind: type[GatewayError]) -> None:
    cause = cause_of(life(), closed(code))
    assert type(cause) is kind
    assert cause.code == code
    assert cause.remedy


def test_the_echo_of_a_wanted_stop_is_that_stop_and_no_error_of_the_gateways() -> None:
    cause = cause_of(life(S.CLOSING), closed(4000))
    assert str(cause) == "the shard was stopped: none needed"
    assert cause_of(life(S.CLOSING), closed(4006)).code == 4006


def test_refused_intents_name_the_suspects() -> None:
    cause = cause_of(life(S.IDENTIFYING), closed(4014))
    assert isinstance(cause, InvalidIntents)
    assert cause.suspects == (9, 12)


def test_too_fast_says_how_long_to_wait() -> None:
    cause = cause_of(life(), closed(4008))
    assert isinstance(cause, RateLimited)
    assert cause.retry_after_seconds == 10.0


def test_a_row_of_the_users_own_is_believed() -> None:
    own = CloseCode(4999, "come back slowly", CloseAction.COOL_DOWN, "own", "own")
    given = Closed(1, 4999, "", Kind.CLOSED_COOL_DOWN)
    assert cause_of(life(close_codes={4999: own}), given) == RateLimited(
        10.0, "the gateway closed the connection: come back slowly", code=4999
    )


# --- op 9 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [Lost(1, ConnectionFailed("EOF")), Due(Kind.STATE_DUE), Due(Kind.ACK_OVERDUE), WireFailed(1, 1002, "x"), Stop()],
)
def test_op_9_without_a_close_code_names_what_it_meant(given: Input) -> None:
    # "Sent when IDENTIFY or RESUME parameters are wrong" (3.5): after an IDENTIFY "check intents".
    assert cause_of(life(S.DOUBTING_IDENTIFY), given) == InvalidIntents(
        (9, 12), "the gateway answered the IDENTIFY with op 9", code=9
    )
    assert cause_of(life(S.DOUBTING_SESSION), given) == InvalidSession(
        "the gateway says that the session is invalid", code=9
    )


@pytest.mark.parametrize("code", [4903, 1000, 4009, 4006, 4008, 4003])
def test_a_close_behind_a_refused_identify_still_means_the_intents(code: int) -> None:
    # "Op 9 after IDENTIFY (+4903/EOF) usually means unauthorised intents" (10).
    cause = cause_of(life(S.DOUBTING_IDENTIFY), closed(code))
    assert isinstance(cause, InvalidIntents)
    assert cause.suspects == (9, 12)
    assert cause.code == code
    before, _, after = cause.message.partition(", after op 9 to the IDENTIFY")
    assert before == f"the gateway closed the connection: {row_for(code).meaning}"
    assert after == "; suspicious intent bits: 9, 12"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        # "A fatal code wins over all; 4004 renews the token" (design 5).
        (4010, GatewayClosed),
        (4011, ReshardRequired),
        (4014, InvalidIntents),
        (4914, GatewayClosed),
        (4004, AuthenticationFailed),
    ],
)
def test_a_code_that_says_more_than_op_9_wins(code: int, kind: type[GatewayError]) -> None:
    cause = cause_of(life(S.DOUBTING_IDENTIFY), closed(code))
    assert type(cause) is kind
    assert cause.code == code
    assert "op 9" not in cause.message


def test_a_close_behind_a_doubted_session_names_itself() -> None:
    assert type(cause_of(life(S.DOUBTING_SESSION), closed(4903))) is GatewayClosed
    assert type(cause_of(life(S.DOUBTING_SESSION), closed(4007))) is InvalidSession
