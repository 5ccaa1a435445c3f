"""Applies a `Fault` to the connections that live now, or lets it wait for its moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from qqgw_proto.wire import frames
from qqgw_trio.simulator.armory import WAITING_KINDS
from qqgw_trio.simulator.connection import Connection
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.outbox import Pace
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.settings import Refusal

__all__ = ["inject"]

_Strike: TypeAlias = Callable[[Connection, Fault], None]

# A reserved opcode, RSV bits, a mask: three errors for a client to find (RFC 6455 5.2).
_GARBAGE: Final = b"\xf3\xff" + bytes(14)


def inject(platform: Platform, connections: Iterable[Connection], fault: Fault) -> int:
    """Strikes; how many connections or sessions were hit (of a fault that waits: how often it will strike)."""
    struck = _strike(platform, connections, fault)
    platform.ledger.faults[fault.kind.value] += 1
    return struck


def _strike(platform: Platform, connections: Iterable[Connection], fault: Fault) -> int:
    if fault.kind in WAITING_KINDS:
        platform.armory.add(fault)
        return fault.count
    if fault.kind is FaultKind.EXPIRE_TOKENS:
        platform.accounts.expire_tokens()
        return 1
    if fault.kind is FaultKind.FORGET_SESSIONS:
        sessions = platform.sessions.standing
        for session in sessions:
            platform.sessions.end(session, "forgotten by order")
        return len(sessions)
    struck = [one for one in connections if fault.shard is None or one.shard_id == fault.shard]
    for connection in struck:
        _STRIKES[fault.kind](connection, fault)
    return len(struck)


def _reset(connection: Connection, _fault: Fault) -> None:
    connection.reset()


def _eof(connection: Connection, _fault: Fault) -> None:
    connection.finish()


def _half_open(connection: Connection, _fault: Fault) -> None:
    connection.silence()


def _stalled_frame(connection: Connection, fault: Fault) -> None:
    connection.outbox.cut_next(fault.at, connection.silence)


def _cut_frame(connection: Connection, fault: Fault) -> None:
    connection.outbox.cut_next(fault.at, connection.finish)


def _garbage(connection: Connection, _fault: Fault) -> None:
    connection.outbox.put(_GARBAGE)


def _garbage_text(connection: Connection, _fault: Fault) -> None:
    connection.say(b"{not JSON")


def _reconnect(connection: Connection, _fault: Fault) -> None:
    connection.order_reconnect()


def _invalid_session(connection: Connection, fault: Fault) -> None:
    connection.refuse(Refusal(fault.resumable, fault.code, fault.why, fault.seconds or 0.0))


def _close(connection: Connection, fault: Fault) -> None:
    connection.close(1000 if fault.code is None else fault.code, fault.why)


def _ack_silence(connection: Connection, _fault: Fault) -> None:
    connection.acknowledges = False


def _slow_writes(connection: Connection, fault: Fault) -> None:
    connection.outbox.pace = Pace(max(fault.at, 1), 1.0 if fault.seconds is None else fault.seconds)


def _heartbeat(connection: Connection, fault: Fault) -> None:
    for _beat in range(fault.count):
        connection.say(frames.heartbeat(None))


_STRIKES: Final[Mapping[FaultKind, _Strike]] = {
    FaultKind.RESET: _reset,
    FaultKind.EOF: _eof,
    FaultKind.HALF_OPEN: _half_open,
    FaultKind.STALLED_FRAME: _stalled_frame,
    FaultKind.CUT_FRAME: _cut_frame,
    FaultKind.GARBAGE: _garbage,
    FaultKind.GARBAGE_TEXT: _garbage_text,
    FaultKind.RECONNECT: _reconnect,
    FaultKind.INVALID_SESSION: _invalid_session,
    FaultKind.CLOSE: _close,
    FaultKind.ACK_SILENCE: _ack_silence,
    FaultKind.SLOW_WRITES: _slow_writes,
    FaultKind.HEARTBEAT: _heartbeat,
}
