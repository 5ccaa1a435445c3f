"""A shard to which anything happens in any order keeps the invariants of design 9 that its effects show.

A run begins in any stage. Everybody around the shard mostly does what can come of its state, good or bad, and now and
then whatever else there is: calls that are forbidden, bytes that are wrong or hostile. `Watch` looks on. The shard
against a real `ServerGateway` stands elsewhere; here nothing has to make sense.
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
from qqgw_proto.machine.states import FINAL
from qqgw_proto.wire import frames
from support.peer import Peer
from support.stages import STAGES, event, ready, resumed, state_of
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


def told(payload: bytes) -> Act:
    return lambda peer: hear(peer, payload)


def ended(code: int) -> Act:
    return lambda peer: end(peer, code)


ORDERS: Final = (
    told(frames.reconnect()),
    told(frames.invalid_session(resumable=True)),
    told(frames.invalid_session(resumable=False)),
)
CODES: Final = tuple(ended(code) for code in (1000, 4004, 4006, 4008, 4009, 4014, 4902))
CUTS: Final[tuple[Act, ...]] = (Peer.lose, lambda peer: peer.feed(b""), lambda peer: peer.feed(b"\xff\x00"), Peer.block)
LIVING: Final = (go_on, one_due, Peer.reconnect, *ORDERS, *CODES, *CUTS)
RESET: Final[tuple[Act, ...]] = (go_on, one_due, *CUTS[:3])

# What can come of a state, by the rules.
FITTING: Final[dict[ConnectionState, tuple[Act, ...]]] = {
    S.IDLE: (go_on, lambda peer: peer.start(Snapshot("S0", 7, ((9, 12),), orphans=1))),
    S.PERMITTING: (go_on, one_due, lambda peer: peer.delay(20.0)),
    S.PREPARING: (go_on, one_due, Peer.deny, lambda peer: peer.deny(retry_after=100.0)),
    S.DIALING: (go_on, one_due, Peer.fail_dial, lambda peer: peer.reject(503)),
    S.UPGRADING: (*RESET, lambda peer: peer.reject(401), lambda peer: peer.reject(503, ["Retry-After: 5"])),
    S.GREETING: (*RESET, *ORDERS, *CODES),
    S.IDENTIFYING: LIVING,
    S.RESUMING: (*LIVING, told(event(3)), told(ready("another"))),
    S.READY: (*LIVING, told(event(None)), Peer.pause),
    S.DOUBTING_IDENTIFY: LIVING,
    S.DOUBTING_SESSION: LIVING,
    S.WAITING: (go_on, one_due, Peer.reconnect),
    S.CLOSING: (*RESET, ended(1000), told(event(None))),
    S.STOPPED: (Peer.start, Peer.reconnect),
    S.FAILED: (Peer.start, Peer.reconnect),
}


def fitting(number: int) -> Act:
    def act(peer: Peer) -> None:
        acts = FITTING[peer.client.state]
        acts[number % len(acts)](peer)

    return act


# Every number below 420 gives each act of a tuple of up to 7, and of the longer ones, as often as every other.
sensible = st.sampled_from(range(420)).map(fitting)
anything = st.one_of(*ACTS.values())
act = st.one_of(*(sensible for _ in range(6)), st.just(go_on), st.just(go_on), anything)


class Run:
    """One run: a shard, who looks on, and which ways it took from state to state."""

    def __init__(self, *, messages: bool = False, seed: int = 2) -> None:
        self.peer = Peer(CONFIG, messages=messages, seed=seed)
        self.ways: set[tuple[ConnectionState, ConnectionState]] = set()
        self._watch = Watch(self.peer)

    def do(self, act: Act) -> None:
        before = self.peer.client.state
        act(self.peer)
        self._watch.look()
        self.ways.add((before, self.peer.client.state))

    def bring(self, stage: str) -> None:
        for call in STAGES[stage]:
            self.do(call)

    def finish(self) -> None:
        """If faults stop, READY is reached in bounded time (I6); all that was announced ends with a stop (I9)."""
        settled = (S.READY, S.CLOSING, *FINAL)
        self.do(Peer.resume_reading)
        self.do(Peer.unblock)
        for _ in range(40):
            if self.peer.client.state in settled:
                break
            self.do(one_due if self.peer.client.state in DOUBTING else go_on)
        assert self.peer.client.state in settled
        self.do(Peer.stop)
        self.do(Peer.lose)
        assert self._watch.over
        assert self._watch.connected is None
        self._every_session_that_is_given_up_has_one_gap()

    def _every_session_that_is_given_up_has_one_gap(self) -> None:
        effects = [effect for _, effect in self.peer.history]
        begun = sum(isinstance(effect, do.Ready) for effect in effects) + ((S.IDLE, S.PREPARING) in self.ways)
        left = self.peer.client.snapshot
        kept = left is not None and (left.session_id is not None or left.lost)
        gaps = sum(isinstance(effect, do.Gap) and effect.cause == "session" for effect in effects)
        assert begun == gaps + kept, "I3: every session that is given up has exactly one Gap"


@pytest.mark.parametrize("stage", STAGES)
def test_whatever_comes_of_a_state_the_invariants_hold(stage: str) -> None:
    for act in (*FITTING[state_of(stage)], Peer.stop):
        run = Run()
        run.bring(stage)
        assert run.peer.client.state is state_of(stage)
        run.do(act)
        run.finish()


# What a run must have gone through, besides every state: each way out of a connection, and each way back in.
WAYS: Final = {
    *((state, S.WAITING) for state in (S.PREPARING, S.DIALING, S.UPGRADING, S.GREETING, S.IDENTIFYING, S.RESUMING)),
    *((state, S.WAITING) for state in (S.READY, *DOUBTING)),
    *((S.WAITING, state) for state in (S.PERMITTING, S.PREPARING)),
    *((S.GREETING, state) for state in (S.IDENTIFYING, S.RESUMING)),
    *((state, S.READY) for state in (S.IDENTIFYING, S.RESUMING)),
    *((S.IDENTIFYING, S.DOUBTING_IDENTIFY), (S.RESUMING, S.DOUBTING_SESSION), (S.READY, S.DOUBTING_SESSION)),
    (S.READY, S.CLOSING),
}


@pytest.mark.no_cover
def test_whatever_happens_the_invariants_hold() -> None:
    ways: set[tuple[ConnectionState, ConnectionState]] = set()

    @settings(max_examples=250)
    @given(st.sampled_from(list(STAGES)), st.lists(act, max_size=60), st.booleans(), st.integers(0, 2**64 - 1))
    def play(stage: str, acts: list[Act], messages: bool, seed: int) -> None:
        run = Run(messages=messages, seed=seed)
        run.bring(stage)
        for one in acts:
            run.do(one)
        run.finish()
        ways.update(run.ways)

    play()
    assert {state for way in ways for state in way} == set(S)
    assert WAYS - ways == set()
