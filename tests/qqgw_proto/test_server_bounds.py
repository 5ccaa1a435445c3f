"""The bounds of what the owner of a `ServerGateway` may say, each from both sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import pytest

from qqgw_proto import ServerGateway
from qqgw_proto.errors import MisuseError
from qqgw_proto.machine.server_inputs import ServerState as S
from support.server_reach import HANDSHAKE, hosted, streamed

BYTES: Final[dict[str, Callable[[ServerGateway], object]]] = {
    "receive_data": lambda gateway: gateway.receive_data(b"", math.nan),
    "receive_data, nothing cut": lambda gateway: gateway.receive_data(b"\x81", math.nan),
    "tick": lambda gateway: gateway.tick(math.nan),
    "close": lambda gateway: gateway.close(1000, "", math.nan),
}
MESSAGES: Final[dict[str, Callable[[ServerGateway], object]]] = {
    "receive_message": lambda gateway: gateway.receive_message(b"", math.nan),
    "closed": lambda gateway: gateway.closed(1000, "", math.nan),
}


@pytest.mark.parametrize("call", [*BYTES, *MESSAGES])
def test_a_time_that_cannot_be_compared_is_named_and_changes_nothing(call: str) -> None:
    gateway = hosted(S.LIVE) if call in MESSAGES else streamed(S.LIVE)[0]
    with pytest.raises(MisuseError, match=r"^now must be a finite number of seconds"):
        {**BYTES, **MESSAGES}[call](gateway)
    assert gateway.state is S.LIVE


@pytest.mark.parametrize("call", ["receive_data", "receive_message", "closed"])
def test_the_time_is_looked_at_before_the_door(call: str) -> None:
    other = streamed(S.LIVE)[0] if call in MESSAGES else hosted(S.LIVE)
    with pytest.raises(MisuseError, match=r"^now must be a finite number of seconds"):
        {**BYTES, **MESSAGES}[call](other)


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (3000, ""), (4999, ""), (4000, "x" * 123), (4000, "é" * 61)])
def test_the_least_and_the_most_that_a_close_frame_can_carry(code: int, reason: str) -> None:
    gateway, _ = streamed(S.LIVE)
    gateway.close(code, reason, 1.0)
    assert gateway.state is S.CLOSING


@pytest.mark.parametrize(("code", "reason"), [(5000, ""), (1005, ""), (4000, "x" * 124), (4000, "é" * 62)])
def test_more_than_a_close_frame_can_carry_is_refused(code: int, reason: str) -> None:
    gateway, _ = streamed(S.LIVE)
    with pytest.raises(MisuseError, match="a close frame carries a code from 1000 to 4999, but none of 1004, 1005"):
        gateway.close(code, reason, 1.0)


@pytest.mark.parametrize("early", [HANDSHAKE, HANDSHAKE[:30], b""])
def test_bytes_before_start_are_refused_and_none_is_swallowed(early: bytes) -> None:
    gateway = ServerGateway()
    with pytest.raises(MisuseError, match=r"^start\(\) comes before anything received"):
        gateway.receive_data(early, 0.0)
    assert gateway.start(0.0) == []
    assert len(gateway.receive_data(HANDSHAKE, 0.0)) == 2
    assert gateway.state is S.GREETED
