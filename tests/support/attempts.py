"""What tests of recovery say of one attempt after another."""

from __future__ import annotations

from typing import Final

import attrs

from qqgw_proto.config import ClientConfig, ReconnectConfig
from qqgw_proto.errors import GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.peer import Peer

__all__ = ["DEFAULT", "HELLO", "cause_of", "connect", "dial", "reconnecting", "stay", "wait_of"]

DEFAULT: Final = ClientConfig(intents=513)
HELLO: Final = frames.hello(45_000)


def reconnecting(**settings: float | None) -> ClientConfig:
    """The default with other settings of `ReconnectConfig`."""
    return attrs.evolve(DEFAULT, reconnect=ReconnectConfig(**settings))  # type: ignore[arg-type]


def wait_of(peer: Peer) -> float:
    """How long the shard now waits before its next attempt."""
    retrying = peer.effects[-1]
    assert isinstance(retrying, do.Retrying)
    assert retrying.at == peer.client.deadline
    return retrying.at - peer.now


def cause_of(peer: Peer) -> GatewayError:
    """Why it waits, or why it has failed."""
    last = peer.effects[-1]
    assert isinstance(last, do.Retrying | do.Failed)
    return last.why if isinstance(last, do.Retrying) else last.error


def dial(peer: Peer) -> None:
    """The next attempt, as far as the dial."""
    if peer.wait_due().endswith("RequestPermit"):
        peer.permit()
    peer.grant()


def connect(peer: Peer) -> None:
    """The next attempt, as far as IDENTIFY or RESUME."""
    dial(peer)
    peer.open()
    peer.accept()
    peer.say(HELLO)


def stay(peer: Peer, seconds: float) -> None:
    """READY for a while, with every beat acknowledged."""
    until = peer.now + seconds
    while peer.client.deadline is not None and peer.client.deadline <= until:
        peer.wait_due()
        peer.say(b'{"op":11}')
    peer.now = until
