"""The server's transition table for one connection, and the step through it; same form and rules as the client's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from qqgw_proto.config import ServerConfig
from qqgw_proto.errors import MisuseError
from qqgw_proto.machine import server_actions as act
from qqgw_proto.machine.cells import SAME, Cell, Go, Ignore, Row, Violation, expand
from qqgw_proto.machine.server_actions import ServerLife
from qqgw_proto.machine.server_effects import Out, ServerMachineEffect
from qqgw_proto.machine.server_inputs import (
    ServerDue,
    ServerInput,
)
from qqgw_proto.machine.server_inputs import ServerKind as K
from qqgw_proto.machine.server_inputs import ServerState as S

__all__ = ["SERVER_TABLE", "ServerCell", "check_bytes", "server_deadline", "server_due", "server_step"]

ServerAction: TypeAlias = Callable[[ServerLife, Any, Out], None]
ServerGuard: TypeAlias = Callable[[ServerLife, Any], bool]
ServerCell: TypeAlias = Cell[S, ServerAction, ServerGuard]
_Row: TypeAlias = Row[S, K, ServerAction, ServerGuard]

_SPEAKING = (S.GREETED, S.JUDGING, S.REPLAYING, S.LIVE)
_OPEN = (S.UPGRADING, *_SPEAKING, S.CLOSING)
_FRAMES = (K.IDENTIFY, K.RESUME, K.HEARTBEAT, K.ACK, K.UNKNOWN_OP, K.MALFORMED)
_WIRE = (K.REQUESTED, K.PINGED, K.CLOSED, K.WIRE_FAILED)

_ENDED: ServerCell = Go(S.CLOSED, act.abandon)
_PARTED: ServerCell = Go(S.CLOSED, act.part)

_ROWS: tuple[_Row, ...] = (
    # The owner.
    ((S.IDLE,), (K.START,), Go(S.UPGRADING)),
    ((*_OPEN, S.CLOSED), (K.START,), Violation("start() was called before")),
    ((S.JUDGING,), (K.READY_GIVEN,), Go(S.LIVE, act.give_ready)),
    (
        (S.IDLE, S.UPGRADING, S.GREETED, S.REPLAYING, S.LIVE),
        (K.READY_GIVEN,),
        Violation("ready() answers JudgeIdentify"),
    ),
    ((S.REPLAYING,), (K.RESUMED_GIVEN,), Go(S.LIVE, act.give_resumed)),
    (
        (S.IDLE, S.UPGRADING, S.GREETED, S.JUDGING, S.LIVE),
        (K.RESUMED_GIVEN,),
        Violation("resumed() answers JudgeResume"),
    ),
    (_SPEAKING, (K.SAID,), Go(SAME, act.say)),
    ((S.IDLE, S.UPGRADING), (K.SAID,), Violation("send() needs an open WebSocket")),
    (_SPEAKING, (K.CLOSE_ORDERED,), Go(S.CLOSING, act.close_as_ordered)),
    ((S.UPGRADING,), (K.CLOSE_ORDERED,), _ENDED),
    ((S.IDLE,), (K.CLOSE_ORDERED,), Violation("close() needs start()")),
    (
        (S.CLOSING, S.CLOSED),
        (K.READY_GIVEN, K.RESUMED_GIVEN, K.SAID, K.CLOSE_ORDERED),
        Ignore("the connection ends: an answer that crossed its end goes nowhere"),
    ),
    # The transport and the WebSocket layer.
    ((S.IDLE,), (*_WIRE, *_FRAMES), Violation("start() comes before anything received")),
    ((S.IDLE,), (K.LOST,), Ignore("no connection stands")),
    ((S.CLOSED,), (K.LOST, *_WIRE, *_FRAMES), Ignore("no connection stands")),
    (_OPEN, (K.LOST,), _ENDED),
    ((S.UPGRADING,), (K.REQUESTED,), Go(S.GREETED, act.accept, act.say_hello)),
    ((*_SPEAKING, S.CLOSING), (K.REQUESTED,), Ignore("the wire reports one handshake")),
    ((S.UPGRADING,), (K.PINGED, K.CLOSED, *_FRAMES), Ignore("the wire cuts no frame before the handshake is done")),
    ((S.UPGRADING,), (K.WIRE_FAILED,), _ENDED),
    (_SPEAKING, (K.PINGED,), Go(SAME, act.pong)),
    (_SPEAKING, (K.CLOSED, K.WIRE_FAILED), _PARTED),
    ((S.CLOSING,), (K.CLOSED, K.WIRE_FAILED), _ENDED),
    ((S.CLOSING,), (K.PINGED, *_FRAMES), Ignore("the close frame is out: nothing may follow it (RFC 6455 5.5.1)")),
    # Frames.
    ((S.GREETED,), (K.IDENTIFY,), Go(S.JUDGING, act.hear, act.ask_for_session)),
    ((S.GREETED,), (K.RESUME,), Go(S.REPLAYING, act.hear, act.ask_for_replay)),
    ((S.JUDGING, S.REPLAYING, S.LIVE), (K.IDENTIFY, K.RESUME), Go(S.CLOSING, act.close_known)),
    ((S.GREETED, S.REPLAYING, S.LIVE), (K.HEARTBEAT,), Go(SAME, act.acknowledge)),
    ((S.JUDGING,), (K.HEARTBEAT,), Go(SAME, act.owe_acknowledgement)),
    (_SPEAKING, (K.ACK,), Go(SAME, act.hear)),
    (_SPEAKING, (K.UNKNOWN_OP,), Go(S.CLOSING, act.report, act.close_unknown_op)),
    (_SPEAKING, (K.MALFORMED,), Go(S.CLOSING, act.report, act.close_bad_payload)),
    # The clock.
    ((S.UPGRADING, S.CLOSING), (K.STATE_DUE,), _ENDED),
    ((S.GREETED,), (K.STATE_DUE,), Go(S.CLOSING, act.close_late)),
    ((S.IDLE, S.JUDGING, S.REPLAYING, S.LIVE, S.CLOSED), (K.STATE_DUE,), Ignore("this deadline is not armed here")),
    (_SPEAKING, (K.SILENT,), Go(S.CLOSING, act.close_silent)),
    ((S.IDLE, S.UPGRADING, S.CLOSING, S.CLOSED), (K.SILENT,), Ignore("this deadline is not armed here")),
)

SERVER_TABLE: Final[tuple[tuple[ServerCell, ...], ...]] = expand(tuple(S), tuple(K), _ROWS)
"""`SERVER_TABLE[state][kind]` is the cell."""

_DEADLINES: Final[dict[S, Callable[[ServerConfig], float]]] = {
    S.UPGRADING: lambda config: config.upgrade,
    S.GREETED: lambda config: config.identify,
    S.CLOSING: lambda config: config.close,
}


def server_step(life: ServerLife, given: ServerInput, now: float) -> tuple[ServerLife, list[ServerMachineEffect]]:
    """Takes one input; pure, as the client's `step`.

    Raises:
        MisuseError: A call that the rules forbid in this state.
    """
    life = replace(life, now=max(life.now, now))
    cell = _permitted(life, given.kind)
    effects: list[ServerMachineEffect] = []
    if isinstance(cell, Go):
        for action in cell.actions:
            action(life, given, effects)
        if cell.next is not life.state and cell.next is not None:
            life.state = cell.next
            life.state_due = life.now + _DEADLINES[cell.next](life.config) if cell.next in _DEADLINES else None
    return life, effects


def check_bytes(life: ServerLife) -> None:
    """Refuses bytes before a wire has taken them: what a wire reports first is the handshake's request.

    Raises:
        MisuseError: The rules forbid that request in this state.
    """
    _permitted(life, K.REQUESTED)


def _permitted(life: ServerLife, kind: K) -> ServerCell:
    cell = SERVER_TABLE[life.state][kind]
    if isinstance(cell, Violation):
        raise MisuseError(cell.what)
    return cell


def _timers(life: ServerLife) -> tuple[tuple[K, float | None], ...]:
    silent_at = life.silent_at() if life.state in _SPEAKING else None
    return ((K.STATE_DUE, life.state_due), (K.SILENT, silent_at))


def server_deadline(life: ServerLife) -> float | None:
    """The next instant at which something is due, or None."""
    return min((at for _, at in _timers(life) if at is not None), default=None)


def server_due(life: ServerLife, now: float) -> ServerDue | None:
    """The first deadline that has passed, in a fixed order; None where all lie ahead."""
    return next((ServerDue(kind) for kind, at in _timers(life) if at is not None and at <= now), None)
