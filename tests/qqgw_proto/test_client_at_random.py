"""A shard to which anything happens in any order keeps the invariants of design 9 that its effects show.

Everybody around it calls what the calling rules allow and much that they forbid; the gateway's bytes are right, wrong
or hostile. `Watch` looks on. The shard against a real `ServerGateway` stands elsewhere; here nothing has to make sense.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qqgw_proto import ClientConfig, ConnectionState, HeartbeatConfig, Snapshot
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import event, ready, resumed
from support.watching import Watch
from support.wires import PING, TEXT, close_frame, frame

S = ConnectionState
CONFIG: Final = attrs.evolve(ClientConfig(intents=513), heartbeat=HeartbeatConfig(interval=10.0))
DOUBTING: Final = (S.DOUBTING_IDENTIFY, S.DOUBTING_SESSION)

Act = Callable[[Peer], object]


def go_on(peer: Peer) -> None:
    """What a gateway and a shell that mean well do next."""
    state = peer.client.state
    steps: dict[ConnectionState, Act] = {
        S.IDLE: Peer.start,
        S.PERMITTING: Peer.permit,
        S.PREPARING: Peer.grant,
        S.DIALING: Peer.open,
        S.UPGRADING: Peer.accept,
        S.GREETING: lambda peer: hear(peer, frames.hello(45_000)),
        S.IDENTIFYING: lambda peer: hear(peer, ready(f"S{peer.connection}")),
        S.RESUMING: lambda peer: hear(peer, resumed(50)),
        S.READY: lambda peer: hear(peer, event(60 + len(peer.history))),
        S.WAITING: Peer.wait_due,
        S.CLOSING: Peer.lose,
    }
    if state in steps:
        steps[state](peer)


def hear(peer: Peer, payload: bytes) -> None:
    """A message, whatever the state."""
    if peer.messages:
        peer.did(lambda: peer.client.receive_message(peer.connection, payload, peer.now))
    else:
        peer.feed(frame(TEXT, payload))


def end(peer: Peer, code: int) -> None:
    """A close frame, whatever the state."""
    if peer.messages:
        peer.close(code)
    else:
        peer.feed(close_frame(code))


def one_due(peer: Peer) -> None:
    if peer.client.deadline is not None:
        peer.wait_due()


ACTS: Final[dict[str, st.SearchStrategy[Act]]] = {
    "goes on": st.just(go_on),
    "owner": st.sampled_from(
        (
            Peer.start,
            Peer.reconnect,
            Peer.pause,
            Peer.resume_reading,
            Peer.deny,
            Peer.permit,
            lambda peer: peer.start(Snapshot("S0", 7, ((9, 12),), orphans=1)),
            lambda peer: peer.delay(20.0),
            lambda peer: peer.deny(retry_after=100.0),
        )
    ),
    "stop": st.just(Peer.stop),
    "settles": st.lists(st.integers(1, 70), max_size=8).map(
        lambda numbers: lambda peer: peer.settle(*numbers, epoch=max(1, peer.connection % 3))
    ),
    "transport": st.sampled_from((Peer.open, Peer.fail_dial, Peer.lose, Peer.block, Peer.unblock)),
    "event": st.one_of(st.none(), st.integers(1, 70)).map(lambda seq: lambda peer: hear(peer, event(seq))),
    "frame": st.sampled_from(
        (
            *(frames.reconnect(), frames.invalid_session(resumable=True), frames.invalid_session(resumable=False)),
            *(frames.heartbeat_ack(), b'{"op":1}', frames.hello(1000), ready("again"), resumed(40), b"{", b'{"op":3}'),
            *(b'{"op":0,"t":"READY","d":0}', b'{"op":0,"t":1,}', b'{"op":10}'),
        )
    ).map(lambda payload: lambda peer: hear(peer, payload)),
    "close": st.sampled_from((1000, 1002, 4003, 4004, 4006, 4008, 4009, 4903, 4014, 3999)).map(
        lambda code: lambda peer: end(peer, code)
    ),
    "bytes": st.one_of(
        st.binary(max_size=20), st.just(frame(PING, b"p")), st.just(frame(TEXT, b"x", rsv=2)), st.just(b"")
    ).map(lambda data: lambda peer: peer.feed(data)),
    "due": st.just(one_due),
    "time": st.floats(0.0, 100.0).map(lambda seconds: lambda peer: peer.wait(seconds)),
    "time back": st.just(lambda peer: peer.wait(-5.0)),
}

act = st.one_of(*(strategy for name, strategy in ACTS.items() for _ in range(6 if name == "goes on" else 1)))


@pytest.mark.no_cover
@settings(max_examples=150)
@given(st.lists(act, max_size=60), st.booleans(), st.integers(0, 2**64 - 1))
def test_whatever_happens_the_invariants_hold(acts: list[Act], messages: bool, seed: int) -> None:
    peer = Peer(CONFIG, messages=messages, seed=seed)
    watch = Watch(peer)
    for one in acts:
        one(peer)
        watch.look()
    # If faults stop, READY is reached in bounded time (I6), and everything that was announced ends with a stop (I9).
    for _ in range(40):
        if peer.client.state in (S.READY, S.CLOSING, S.STOPPED, S.FAILED):
            break
        go_on(peer) if peer.client.state not in DOUBTING else one_due(peer)
        watch.look()
    assert peer.client.state in (S.READY, S.CLOSING, S.STOPPED, S.FAILED)
    peer.stop()
    peer.lose()
    watch.look()
    assert watch.over
    assert watch.connected is None
    gaps = [effect for _, effect in peer.history if isinstance(effect, do.Gap) and effect.cause == "session"]
    forgotten = [effect for _, effect in peer.history if effect == do.SaveSession(None)]
    assert len(gaps) == len(forgotten), "I3: every session that is given up has exactly one Gap"
