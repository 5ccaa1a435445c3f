"""What a gateway may do to a shard, place by place (conformance 3), over bytes: nothing is raised and the shard comes
back, and what holds everywhere holds: no storm, one IDENTIFY or RESUME a connection, no burst of heartbeats, no RESUME
of a session that nobody gave, `s` never backwards, masked frames of JSON text.

Each act happens once in the midst of a life, and again and again on every connection.
"""

from __future__ import annotations

from typing import Final

import pytest

from qqgw_proto import ByteWire, ClientConfig, ReconnectConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.hostile import audit, bring_again, recover
from support.hostile_places import PLACES, UPGRADE, Act
from support.peer import Peer
from support.stages import bring

CONFIG: Final = ClientConfig(intents=513)
CASES: Final = [
    pytest.param(stage, act, name, id=f"{place}: {name}")
    for place, (stage, acts) in PLACES.items()
    for name, act in acts.items()
]
FATAL: Final = frozenset((4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915))


def is_fatal(name: str) -> bool:
    return name.startswith("close ") and name.removeprefix("close ").isdecimal() and int(name[6:]) in FATAL


@pytest.mark.no_cover
@pytest.mark.parametrize(("stage", "act", "name"), CASES)
def test_once_and_the_next_good_event_arrives(stage: str, act: Act, name: str) -> None:
    peer = bring(Peer(CONFIG, door=ByteWire()), stage)
    act(peer)
    assert recover(peer) is not is_fatal(name)
    audit(peer)


@pytest.mark.no_cover
@pytest.mark.parametrize(("stage", "act", "name"), CASES)
def test_again_and_again_on_every_connection(stage: str, act: Act, name: str) -> None:
    peer = bring(Peer(CONFIG, door=ByteWire()), stage)
    for _ in range(10):
        if not bring_again(peer, stage):
            break
        act(peer)
    if not recover(peer):
        [failed] = [effect for _, effect in peer.history if isinstance(effect, do.Failed)]
        assert failed.error.remedy
        assert failed.error.code is not None
    audit(peer)


# --- the audit bites


def test_a_storm_is_seen() -> None:
    reckless = ReconnectConfig(initial_delay=0.001, max_delay=0.001, min_dial_interval=0.0)
    peer = bring(Peer(ClientConfig(intents=513, reconnect=reckless)), "UPGRADING")
    for _ in range(10):
        UPGRADE["a reset at once"](peer)
        assert bring_again(peer, "UPGRADING")
    with pytest.raises(AssertionError, match="a storm"):
        audit(peer)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"op":2,"d":{}}', "two IDENTIFYs or RESUMEs"),
        (frames.resume("t", "S1", 9), "two IDENTIFYs or RESUMEs"),
        (frames.resume("t", "S7", 9), "a session that nobody gave"),
        (frames.heartbeat(1), "a burst of heartbeats"),
    ],
)
def test_a_frame_too_many_is_seen(payload: bytes, why: str) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(b'{"op":1}')
    audit(peer)
    frame = bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload
    peer.history.append((peer.now, do.Write(peer.connection, frame)))
    with pytest.raises(AssertionError, match=why):
        audit(peer)


def test_beats_in_quick_succession_are_a_burst_too() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(b'{"op":1}')
    payload = frames.heartbeat(2)
    frame = bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload
    peer.history.append((peer.now + 0.4, do.Write(peer.connection, frame)))
    audit(peer)
    peer.history.append((peer.now + 0.8, do.Write(peer.connection, frame)))
    with pytest.raises(AssertionError, match="a burst of heartbeats"):
        audit(peer)


@pytest.mark.parametrize("frame", [b"\x81\x02{}", b"\x01\x82\x00\x00\x00\x00{}", b"\xc1\x82\x00\x00\x00\x00{}"])
def test_a_frame_that_is_not_masked_or_has_rsv_or_is_a_fragment_is_seen(frame: bytes) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.history.append((peer.now, do.Write(peer.connection, frame)))
    with pytest.raises(AssertionError, match=r"RSV|masked"):
        audit(peer)
