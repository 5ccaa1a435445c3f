"""Every expectation of the client's table, and how one is checked."""

from __future__ import annotations

import re
from typing import Final

import pytest

from qqgw_proto.machine.states import ConnectionState
from support.cells import clock, closes, gateway, owner, transport
from support.happenings import Row, Then
from support.peer import Peer
from support.stages import bring

__all__ = ["ROWS", "check"]

ROWS: Final[list[Row]] = [*owner.ROWS, *transport.ROWS, *gateway.ROWS, *closes.ROWS, *clock.ROWS]

_NOTHING_CAME_OF_IT: Final = ("", "MisuseError", "(paused)")


def check(row: Row, *, messages: bool) -> None:
    """Brings a shard to the stage, lets it happen, and compares what came of it."""
    peer = bring(Peer(row.config, messages=messages), row.stage)
    for what in row.what[:-1]:
        what(peer)
    client, deadline = peer.client, peer.client.deadline
    memory = (client.session, client.snapshot, client.round_trip, client.acknowledged_at)
    _check_step(peer, Then(row.what[-1], row.state, row.effects), row.rule)
    if row.due is not None:
        assert client.deadline == pytest.approx(peer.now + row.due), row.rule
    elif client.state in (ConnectionState.STOPPED, ConnectionState.FAILED):
        assert client.deadline is None, f"nothing is due after the end: {row.rule}"
    elif row.state == "same" and row.effects in _NOTHING_CAME_OF_IT and not row.then:
        assert client.deadline == deadline, f"nothing came of it: {row.rule}"
    if row.effects == "MisuseError":
        assert (client.session, client.snapshot, client.round_trip, client.acknowledged_at) == memory
    for then in row.then:
        _check_step(peer, then, row.rule)


def _check_step(peer: Peer, then: Then, rule: str) -> None:
    state = peer.client.state.name
    told = then.what(peer)
    expected = _of_hosted_websocket(then.effects) if peer.messages else then.effects
    came, wanted = (peer.client.state.name, told), (state if then.state == "same" else then.state, expected)
    assert came == wanted, f"{then.what.name}: {rule}\n  wanted {wanted}\n  came   {came}"


def _of_hosted_websocket(effects: str) -> str:
    """Its close frames are the host's to write: `CloseTransport` tells it the code."""
    return re.sub(r"Write close (\d+)(; CloseTransport \1)?", r"CloseTransport \1", effects)
