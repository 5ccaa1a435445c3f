"""The server's table: total, and every cell that a call can reach does what stands here, literally.

A row below names states, the input and what it comes to: the next state and the effects, or the reason why nothing
happens. The cells that no public call reaches are listed with the reason. Nothing here is computed from the table.
"""

from __future__ import annotations

import pytest

from qqgw_proto.errors import MisuseError, ProtocolViolation
from qqgw_proto.machine.server_effects import (
    Beaten,
    ClientViolated,
    Ended,
    JudgeIdentify,
    JudgeResume,
    ServerAbandonTransport,
    ServerCloseTransport,
    ServerEffect,
    ServerWrite,
)
from qqgw_proto.machine.server_inputs import ServerKind as K
from qqgw_proto.machine.server_inputs import ServerState as S
from qqgw_proto.machine.server_table import SERVER_TABLE
from support import server_reach as reach
from support.server_reach import Run

# The accept key of RFC 6455 1.3's own sample.
ACCEPTED = ServerWrite(
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
ACK = ServerWrite(b'{"op":11}')

SPEAKING = (S.GREETED, S.JUDGING, S.REPLAYING, S.LIVE)
KNOWN = (S.JUDGING, S.REPLAYING, S.LIVE)


def closing(code: int, reason: str) -> ServerCloseTransport:
    return ServerCloseTransport(code, reason, 5.0)


def end(code: int | None, why: str) -> list[ServerEffect]:
    return [ServerAbandonTransport(), Ended(code, why)]


BROKEN = end(None, "it broke: check the network, the proxy and the gateway URL")

# What is done: states, input, run, next state (None = the same), effects.
DONE: list[tuple[tuple[S, ...], K, Run, S | None, list[ServerEffect]]] = [
    ((S.IDLE,), K.START, reach.START_BYTES, S.UPGRADING, []),
    # READY answers IDENTIFY (EE:211), RESUMED ends a replay (EE:263).
    ((S.JUDGING,), K.READY_GIVEN, reach.GIVE_READY, S.LIVE, [ServerWrite(reach.READY)]),
    ((S.REPLAYING,), K.RESUMED_GIVEN, reach.GIVE_RESUMED, S.LIVE, [ServerWrite(reach.RESUMED)]),
    (SPEAKING, K.SAID, reach.SAY, None, [ServerWrite(reach.EVENT), ServerWrite(reach.EVENT)]),
    (SPEAKING, K.CLOSE_ORDERED, reach.ORDERED, S.CLOSING, [closing(4009, "bye")]),
    ((S.UPGRADING,), K.CLOSE_ORDERED, reach.ORDERED_BYTES, S.CLOSED, end(None, "the connection is over")),
    ((*SPEAKING, S.CLOSING), K.LOST, reach.LOSE, S.CLOSED, BROKEN),
    ((S.UPGRADING,), K.LOST, reach.LOSE_BYTES, S.CLOSED, BROKEN),
    # "connect -> HELLO" (EE:171): 45 s as milliseconds, unmasked, 44 bytes (RFC 6455 5.2).
    (
        (S.UPGRADING,),
        K.REQUESTED,
        reach.ASK,
        S.GREETED,
        [ACCEPTED, ServerWrite(b'\x81\x2a{"op":10,"d":{"heartbeat_interval":45000}}')],
    ),
    (SPEAKING, K.PINGED, reach.PING, None, [ServerWrite(b"\x8a\x01p")]),
    (SPEAKING, K.CLOSED, reach.CLOSE, S.CLOSED, [closing(4000, ""), Ended(4000, "the client closed")]),
    ((S.CLOSING,), K.CLOSED, reach.CLOSE, S.CLOSED, end(4000, "the connection is over")),
    (
        SPEAKING,
        K.WIRE_FAILED,
        reach.BREAK,
        S.CLOSED,
        [
            ServerWrite(b"\x88\x1f\x03\xeaReserved bit set unexpectedly"),
            closing(1002, "Reserved bit set unexpectedly"),
            Ended(1002, "Reserved bit set unexpectedly"),
        ],
    ),
    ((S.CLOSING,), K.WIRE_FAILED, reach.BREAK, S.CLOSED, end(1002, "the connection is over")),
    ((S.UPGRADING,), K.WIRE_FAILED, reach.GARBLE, S.CLOSED, end(1002, "the connection is over")),
    ((S.GREETED,), K.IDENTIFY, reach.IDENTIFIED, S.JUDGING, [JudgeIdentify("QQBot t", 513, (0, 4))]),
    ((S.GREETED,), K.RESUME, reach.RESUMING, S.REPLAYING, [JudgeResume("QQBot t", "a", 1337)]),
    # A second one: 4005 already authenticated (protocol.md 4.1).
    (
        (S.JUDGING, S.REPLAYING, S.LIVE),
        K.IDENTIFY,
        reach.IDENTIFIED,
        S.CLOSING,
        [closing(4005, "already authenticated")],
    ),
    ((S.JUDGING, S.REPLAYING, S.LIVE), K.RESUME, reach.RESUMING, S.CLOSING, [closing(4005, "already authenticated")]),
    ((S.GREETED, S.REPLAYING, S.LIVE), K.HEARTBEAT, reach.BEAT, None, [ACK, Beaten(251)]),
    # "Between IDENTIFY and READY nothing else may come" (conformance 2.6).
    ((S.JUDGING,), K.HEARTBEAT, reach.BEAT, None, [Beaten(251)]),
    (SPEAKING, K.ACK, reach.ACKED, None, []),
    (
        SPEAKING,
        K.UNKNOWN_OP,
        reach.UNKNOWN,
        S.CLOSING,
        [ClientViolated(ProtocolViolation("op 5")), closing(4001, "unknown opcode")],
    ),
    (
        SPEAKING,
        K.MALFORMED,
        reach.MALFORMED,
        S.CLOSING,
        [
            ClientViolated(ProtocolViolation("not JSON: JSON is malformed: invalid character (byte 4)")),
            closing(4002, "bad payload"),
        ],
    ),
    ((S.UPGRADING,), K.STATE_DUE, reach.UPGRADED_LATE, S.CLOSED, end(None, "the connection is over")),
    ((S.CLOSING,), K.STATE_DUE, reach.CLOSED_IN_VAIN, S.CLOSED, end(None, "the connection is over")),
    ((S.GREETED,), K.STATE_DUE, reach.LATER, S.CLOSING, [closing(4003, "not authenticated in time")]),
    # No heartbeat: 4009 connection expired (protocol.md 4.1).
    (SPEAKING, K.SILENT, reach.SILENT, S.CLOSING, [closing(4009, "session timed out")]),
]

# What the caller may not do: states, input, run, the error's first words.
FORBIDDEN: list[tuple[tuple[S, ...], K, Run, str]] = [
    ((*SPEAKING, S.CLOSING, S.CLOSED), K.START, reach.START, "start() was called before"),
    ((S.UPGRADING,), K.START, reach.START_BYTES, "start() was called before"),
    ((S.IDLE, S.GREETED, S.REPLAYING, S.LIVE), K.READY_GIVEN, reach.GIVE_READY, "ready() answers JudgeIdentify"),
    ((S.UPGRADING,), K.READY_GIVEN, reach.GIVE_READY_BYTES, "ready() answers JudgeIdentify"),
    ((S.IDLE, S.GREETED, S.JUDGING, S.LIVE), K.RESUMED_GIVEN, reach.GIVE_RESUMED, "resumed() answers JudgeResume"),
    ((S.UPGRADING,), K.RESUMED_GIVEN, reach.GIVE_RESUMED_BYTES, "resumed() answers JudgeResume"),
    ((S.IDLE,), K.SAID, reach.SAY, "send() needs an open WebSocket"),
    ((S.UPGRADING,), K.SAID, reach.SAY_BYTES, "send() needs an open WebSocket"),
    ((S.IDLE,), K.CLOSE_ORDERED, reach.ORDERED, "close() needs start()"),
    ((S.IDLE,), K.REQUESTED, reach.ASK, "start() comes before anything received"),
    ((S.IDLE,), K.CLOSED, reach.CLOSE, "start() comes before anything received"),
    ((S.IDLE,), K.WIRE_FAILED, reach.OVERFLOW, "start() comes before anything received"),
    ((S.IDLE,), K.IDENTIFY, reach.IDENTIFIED, "start() comes before anything received"),
    ((S.IDLE,), K.RESUME, reach.RESUMING, "start() comes before anything received"),
    ((S.IDLE,), K.HEARTBEAT, reach.BEAT, "start() comes before anything received"),
    ((S.IDLE,), K.ACK, reach.ACKED, "start() comes before anything received"),
    ((S.IDLE,), K.UNKNOWN_OP, reach.UNKNOWN, "start() comes before anything received"),
    ((S.IDLE,), K.MALFORMED, reach.MALFORMED, "start() comes before anything received"),
]

# What comes to nothing.
IGNORED: list[tuple[tuple[S, ...], K, Run]] = [
    # Answers that cross the end of the connection.
    ((S.CLOSING, S.CLOSED), K.READY_GIVEN, reach.GIVE_READY),
    ((S.CLOSING, S.CLOSED), K.RESUMED_GIVEN, reach.GIVE_RESUMED),
    ((S.CLOSING, S.CLOSED), K.SAID, reach.SAY),
    ((S.CLOSING, S.CLOSED), K.CLOSE_ORDERED, reach.ORDERED),
    # Before start() and after the end.
    ((S.IDLE, S.CLOSED), K.LOST, reach.LOSE),
    ((S.CLOSED,), K.REQUESTED, reach.ASK_AFTER_THE_END),
    ((S.CLOSED,), K.PINGED, reach.PING),
    ((S.CLOSED,), K.CLOSED, reach.CLOSE),
    ((S.CLOSED,), K.WIRE_FAILED, reach.BREAK),
    ((S.CLOSED,), K.IDENTIFY, reach.IDENTIFIED),
    ((S.CLOSED,), K.RESUME, reach.RESUMING),
    ((S.CLOSED,), K.HEARTBEAT, reach.BEAT),
    ((S.CLOSED,), K.ACK, reach.ACKED),
    ((S.CLOSED,), K.UNKNOWN_OP, reach.UNKNOWN),
    ((S.CLOSED,), K.MALFORMED, reach.MALFORMED),
    # The close frame is out: nothing may follow it (RFC 6455 5.5.1).
    ((S.CLOSING,), K.PINGED, reach.PING),
    ((S.CLOSING,), K.IDENTIFY, reach.IDENTIFIED),
    ((S.CLOSING,), K.RESUME, reach.RESUMING),
    ((S.CLOSING,), K.HEARTBEAT, reach.BEAT),
    ((S.CLOSING,), K.ACK, reach.ACKED),
    ((S.CLOSING,), K.UNKNOWN_OP, reach.UNKNOWN),
    ((S.CLOSING,), K.MALFORMED, reach.MALFORMED),
]

FRAMES = (K.IDENTIFY, K.RESUME, K.HEARTBEAT, K.ACK, K.UNKNOWN_OP, K.MALFORMED)

# What no public call can bring about, and why.
UNREACHABLE: list[tuple[tuple[S, ...], tuple[K, ...], str]] = [
    ((*SPEAKING, S.CLOSING), (K.REQUESTED,), "a wire reports one request, and that is what led here"),
    ((S.IDLE, S.UPGRADING), (K.PINGED,), "frames are cut only behind the handshake; a host answers its own pings"),
    (
        (S.UPGRADING,),
        (K.CLOSED, *FRAMES),
        "frames are cut only behind the handshake, and hosts bring none here",
    ),
    ((S.IDLE, S.JUDGING, S.REPLAYING, S.LIVE, S.CLOSED), (K.STATE_DUE,), "no deadline is armed in these states"),
    ((S.IDLE, S.UPGRADING, S.CLOSING, S.CLOSED), (K.SILENT,), "the clock looks for silence only where a client speaks"),
]


def cells() -> list[tuple[S, K]]:
    """Every cell that a row above speaks of."""
    done = [(states, (kind,)) for states, kind, *_ in DONE]
    forbidden = [(states, (kind,)) for states, kind, *_ in FORBIDDEN]
    ignored = [(states, (kind,)) for states, kind, _ in IGNORED]
    unreachable = [(states, kinds) for states, kinds, _ in UNREACHABLE]
    spoken = (*done, *forbidden, *ignored, *unreachable)
    return [(state, kind) for states, kinds in spoken for state in states for kind in kinds]


def test_the_table_has_a_cell_for_every_state_and_kind() -> None:
    assert len(SERVER_TABLE) == len(S) == 8
    assert [len(row) for row in SERVER_TABLE] == [len(K)] * 8 == [18] * 8


def test_every_cell_is_spoken_of_once() -> None:
    spoken = cells()
    assert len(spoken) == len(set(spoken)) == 8 * 18


@pytest.mark.parametrize(
    ("state", "run", "after", "effects"),
    [
        pytest.param(state, run, state if after is None else after, effects, id=f"{state.name}-{kind.name}")
        for states, kind, run, after, effects in DONE
        for state in states
    ],
)
def test_a_cell_does_what_the_protocol_asks(state: S, run: Run, after: S, effects: list[ServerEffect]) -> None:
    gateway, made = run(state)
    assert made == effects
    assert gateway.state is after


@pytest.mark.parametrize(
    ("state", "run", "error"),
    [
        pytest.param(state, run, error, id=f"{state.name}-{kind.name}")
        for states, kind, run, error in FORBIDDEN
        for state in states
    ],
)
def test_a_forbidden_call_raises_the_one_misuse_error(state: S, run: Run, error: str) -> None:
    with pytest.raises(MisuseError) as raised:
        run(state)
    assert raised.value.message.startswith(error)


@pytest.mark.parametrize(
    ("state", "run"),
    [pytest.param(state, run, id=f"{state.name}-{kind.name}") for states, kind, run in IGNORED for state in states],
)
def test_an_ignored_input_changes_nothing(state: S, run: Run) -> None:
    gateway, made = run(state)
    assert made == []
    assert gateway.state is state


@pytest.mark.parametrize(
    ("state", "deadline"),
    [
        (S.IDLE, None),
        # 60 s for IDENTIFY; 90 s of silence come later.
        (S.GREETED, 60.0),
        (S.JUDGING, 90.0),
        (S.REPLAYING, 90.0),
        (S.LIVE, 90.0),
        (S.CLOSING, 5.0),
        (S.CLOSED, None),
    ],
)
def test_every_waiting_state_has_its_deadline(state: S, deadline: float | None) -> None:
    assert reach.hosted(state).deadline == deadline


def test_the_handshake_has_ten_seconds() -> None:
    gateway, _ = reach.streamed(S.UPGRADING)
    assert gateway.deadline == 10.0
