"""A shard whose heart beats, in virtual time."""

from __future__ import annotations

from typing import Final

import attrs

from qqgw_proto.config import ClientConfig, HeartbeatConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import FRESH

__all__ = ["ACK", "DEFAULT", "died", "live", "ready_at", "with_heartbeat"]

DEFAULT: Final = ClientConfig(intents=513)
ACK: Final = b'{"op":11}'


def ready_at(interval: int, config: ClientConfig = DEFAULT, seed: int = 2) -> Peer:
    """A shard in READY, with this interval in milliseconds; `now` is when HELLO came."""
    peer = Peer(config, seed=seed)
    for call in FRESH[:5]:
        call(peer)
    peer.say(frames.hello(interval))
    FRESH[6](peer)
    return peer


def with_heartbeat(**settings: object) -> ClientConfig:
    """The defaults but for these settings of `HeartbeatConfig`."""
    return attrs.evolve(DEFAULT, heartbeat=HeartbeatConfig(**settings))  # type: ignore[arg-type]


def live(peer: Peer, seconds: float, *, acknowledged: bool) -> list[float]:
    """When it beat meanwhile, from now on, with every beat acknowledged at once or none."""
    begun, beats = peer.now, list[float]()
    while peer.client.deadline is not None and peer.client.deadline <= begun + seconds:
        if "HEARTBEAT" in peer.wait_due():
            beats.append(round(peer.now - begun, 3))
            if acknowledged:
                peer.say(ACK)
        elif peer.client.state.name == "WAITING":
            break
    return beats


def died(peer: Peer) -> str:
    """The words of the last disconnect."""
    cause = next(effect.cause for _, effect in reversed(peer.history) if isinstance(effect, do.Disconnected))
    return cause.message
