"""Between the calls and the machine: batches, the order of effects, and what must never be asked of a wire."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final

import pytest

from qqgw_proto import ClientConfig, ClientGateway
from qqgw_proto.engine import ClientEngine, Lateness
from qqgw_proto.machine.arrivals import Dispatches
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.heartbeat import Heartbeat
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.life import Connection, Life
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.doors import ByteWire
from support.peer import Peer
from support.stages import bring, event

CONFIG: Final = ClientConfig(intents=513)


def seen_by_the_machine(*frames: bytes) -> list[str]:
    """The inputs that one chunk of these becomes in READY."""
    seen: list[str] = []

    def observe(given: Input, now: float, effects: Sequence[MachineEffect]) -> None:
        count = len(given.events) if isinstance(given, Dispatches) else 1
        seen.append(f"{given.kind.name} {count}")

    peer = bring(Peer(CONFIG, observer=observe), "READY")
    seen.clear()
    peer.say(*frames)
    return seen


def test_consecutive_dispatches_of_a_chunk_are_one_input() -> None:
    assert seen_by_the_machine(*[event(seq) for seq in range(3, 50)]) == ["DISPATCHES 47"]


def test_a_frame_that_is_no_dispatch_ends_a_batch() -> None:
    assert seen_by_the_machine(event(3), event(4), b'{"op":11}', event(5)) == [
        *("DISPATCHES 2", "HEARTBEAT_ACKED 1", "DISPATCHES 1"),
    ]


def test_ready_and_resumed_end_a_batch() -> None:
    assert seen_by_the_machine(event(3), b'{"op":0,"t":"RESUMED"}', event(4), b'{"op":0,"t":"READY"}') == [
        *("DISPATCHES 1", "RESUMED 1", "DISPATCHES 1", "READY 1"),
    ]


def test_what_stands_behind_the_end_of_a_connection_is_not_read() -> None:
    assert seen_by_the_machine(event(3), b'{"op":7}', event(4), b'{"op":9}') == ["DISPATCHES 1", "RECONNECT_ORDERED 1"]


def test_a_frame_without_a_wire_is_a_bug_that_says_so() -> None:
    heartbeat = Heartbeat(45.0, None, 2, due=10.0)
    life = Life(CONFIG, state=ConnectionState.READY, connection=Connection(1, heartbeat=heartbeat))
    engine = ClientEngine(life, ByteWire(), None)
    with pytest.raises(AssertionError, match="only over a transport that was opened"):
        engine.tick(10.0)


def test_without_a_connection_no_wire_ends() -> None:
    assert ClientEngine(Life(CONFIG), ByteWire(), None).end(10.0) == []


# --- how late ticks come


def test_it_is_known_how_late_the_latest_tick_was_and_how_late_any_was() -> None:
    """Design 5: "Lateness is recorded"."""
    peer = bring(Peer(CONFIG), "PERMITTING")
    assert peer.client.lateness == Lateness(latest=0.0, maximum=0.0, ticks=0)
    peer.wait(30.0 + 4.5)
    assert peer.client.lateness == Lateness(latest=4.5, maximum=4.5, ticks=1)
    peer.wait(30.0 + 0.5)
    assert peer.client.lateness == Lateness(latest=0.5, maximum=4.5, ticks=2)


def test_a_tick_that_finds_nothing_is_neither_late_nor_counted() -> None:
    peer = bring(Peer(CONFIG), "PERMITTING")
    peer.wait(30.0 - 0.5)
    peer.wait(0.0)
    assert peer.client.lateness == Lateness(latest=0.0, maximum=0.0, ticks=0)
    peer.wait_due()
    assert peer.client.lateness == Lateness(latest=0.0, maximum=0.0, ticks=1)


def test_of_a_tick_that_finds_several_deadlines_the_earliest_counts() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.settle(2)  # To be saved after 1 s.
    peer.block()  # Dead after 10 s.
    peer.wait(10.25)
    assert peer.client.lateness == Lateness(latest=9.25, maximum=9.25, ticks=1)


# --- what is asked of others


def test_the_seed_is_64_bits_of_the_generator_that_is_handed_in() -> None:
    asked: list[int] = []

    class Asked:
        def getrandbits(self, count: int, /) -> int:
            asked.append(count)
            return 5

    assert ClientGateway(CONFIG, Asked()).life.seed == 5
    assert asked == [64]


@pytest.mark.parametrize("stage", ["IDLE", "WAITING"])
def test_behind_bytes_too_a_gateway_without_a_connection_can_be_copied(stage: str) -> None:
    client = bring(Peer(CONFIG), stage).client
    assert copy.copy(client).life == client.life
