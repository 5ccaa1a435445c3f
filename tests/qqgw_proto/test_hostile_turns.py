"""Turns of a hostile gateway that need more than one step to be seen through: what follows them, and what does not."""

from __future__ import annotations

from typing import Final

import pytest
from wsproto import events as ws

from qqgw_proto import ClientConfig, MessageWire
from qqgw_proto.errors import DeadlineExceeded
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import EVERY, FRESH, bring, event
from support.wires import TEXT, close_frame, frame

CONFIG: Final = ClientConfig(intents=513)
OP_7: Final = frames.reconnect()
OP_9: Final = frames.invalid_session(resumable=False)


def known(peer: Peer) -> tuple[object, ...]:
    client = peer.client
    return (client.state, client.session, client.snapshot, client.deadline)


def count(peer: Peer, kind: type[do.Effect]) -> int:
    return sum(isinstance(effect, kind) for _, effect in peer.history)


def test_h1_a_handshake_that_drips_is_cut_at_the_one_deadline_of_the_whole() -> None:
    peer = bring(Peer(CONFIG), "UPGRADING")
    begun, answer, given = peer.now, peer.bytes_of(ws.AcceptConnection()), 0
    while peer.client.state.name == "UPGRADING":
        peer.feed(answer[given : given + 1])
        peer.wait(0.5)
        given += 1
    assert (given, peer.now - begun) == (20, 10.0)
    [retrying] = [effect for effect in peer.effects if isinstance(effect, do.Retrying)]
    assert retrying.why == DeadlineExceeded("no answer to the WebSocket handshake in time")


def greeted(peer: Peer) -> str:
    """Goes on to what answers the next HELLO."""
    asked = peer.wait_due()
    calls = FRESH[1:6] if asked.endswith("RequestPermit") else FRESH[2:6]
    for call in calls:
        call(peer)
    return "IDENTIFY" if peer.frames[-1]["op"] == 2 else f"RESUME {peer.frames[-1]['d']['session_id']}"


@pytest.mark.parametrize("resumable", [b"null", b"false", b'"true"', b"1", b"{}", b"[]", b'["true"]', b"0.0"])
@pytest.mark.parametrize(("stage", "gaps"), [("IDENTIFYING", 0), ("RESUMING", 1), ("READY", 1)])
def test_h8_an_op_9_with_another_d_than_true_is_followed_by_identify(stage: str, gaps: int, resumable: bytes) -> None:
    peer = bring(Peer(CONFIG), stage)
    peer.say(b'{"op":9,"d":%s}' % resumable)
    assert "Retrying" in peer.wait_due()
    assert greeted(peer) == "IDENTIFY"
    assert count(peer, do.Gap) == gaps


def test_h8_an_op_9_with_d_true_is_followed_by_resume() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(b'{"op":9,"d":true}')
    assert "Retrying" in peer.wait_due()
    assert greeted(peer) == "RESUME S1"
    assert count(peer, do.Gap) == 0


@pytest.mark.parametrize("orders", [(OP_9, OP_7), (OP_7, OP_9), (OP_9, OP_7, OP_9, OP_7), (OP_7, OP_9, OP_7, OP_9)])
def test_h13_of_orders_in_any_order_the_first_is_obeyed(orders: tuple[bytes, ...]) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(*orders * 50)
    if orders[0] == OP_9:
        assert (peer.client.state.name, count(peer, do.Retrying)) == ("DOUBTING_SESSION", 0)
        peer.wait_due()
    assert (peer.client.state.name, count(peer, do.Retrying)) == ("WAITING", 1)
    assert greeted(peer) == ("IDENTIFY" if orders[0] == OP_9 else "RESUME S1")
    assert count(peer, do.Retrying) == 1


@pytest.mark.parametrize("end", [close_frame(4009), close_frame(4914), b"\xff\x00", frame(TEXT, OP_7)])
def test_m01_bytes_behind_the_end_in_its_own_chunk_change_nothing(end: bytes) -> None:
    peer, twin = bring(Peer(CONFIG), "READY"), bring(Peer(CONFIG), "READY")
    behind = frame(TEXT, event(3)) + frame(TEXT, OP_9) + frame(TEXT, b"{") + close_frame(4914) + b"\xff"
    assert peer.feed(end + behind) == twin.feed(end)
    assert known(peer) == known(twin)


DEEP: Final = (
    *(b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000),
    b'{"op":0,"t":"A","d":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
)
READING: Final = ("GREETING", "IDENTIFYING", "RESUMING", "READY", "DOUBTING_IDENTIFY", "DOUBTING_SESSION")


@pytest.mark.parametrize("stage", [stage for stage in EVERY if stage != "UPGRADING"])
def test_m14_what_nests_100_000_deep_is_isolated_in_every_state(stage: str) -> None:
    peer = bring(Peer(CONFIG, door=MessageWire()), stage)
    before = known(peer)
    for payload in DEEP:
        peer.effects = []
        peer.say(payload)
        kinds = [type(effect) for effect in peer.effects]
        assert kinds == ([do.Violated] if stage in READING else []), payload[:30]
        assert known(peer) == before


@pytest.mark.parametrize("late", [0.5, 4.0])
def test_m03_a_beat_that_is_late_is_not_made_up_for(late: float) -> None:
    peer = bring(Peer(CONFIG), "GREETING")
    peer.say(frames.hello(45_000))
    peer.say(frames.dispatch("READY", 1, {"session_id": "S1"}))
    peer.live(43.0)
    sent = len(peer.frames)
    while len(peer.frames) == sent:
        deadline = peer.client.deadline
        assert deadline is not None
        peer.wait(deadline - peer.now + late)
    peer.say(frames.heartbeat_ack())
    peer.wait(44.9)
    assert len(peer.frames) == sent + 1
    peer.live(0.2)
    assert len(peer.frames) == sent + 2
