"""From what the wire reports to inputs of the machine: which op, which `t`, which close code leads to which column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from qqgw_proto.machine import arrivals
from qqgw_proto.machine.arrivals import CLOSED_KINDS, FrameInput, WireInput
from qqgw_proto.machine.close_codes import CloseCode, row_for
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.snapshot import usable_session_id
from qqgw_proto.wire import events as wire
from qqgw_proto.wire.codec import Malformed, decode_value
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.opcodes import Opcode

__all__ = ["LIFECYCLE", "read_event", "read_frame"]

LIFECYCLE: Final = frozenset(("READY", "RESUMED"))
"""Types that end a batch: the machine takes them one by one."""

_UNAUTHORIZED: Final = (401, 403)


def read_event(
    connection: int, event: wire.WireEvent, close_codes: Mapping[int, CloseCode], token: str = ""
) -> WireInput | FrameInput:
    """Reads everything that is not a message.

    Args:
        connection: Whose event it is.
        event: What the wire reports.
        close_codes: Rows of the user's own.
        token: The access token of the connection. A gateway that repeats it in its words does not bring it into an
            error, a log or a journal.
    """
    match event:
        case wire.Upgraded():
            return arrivals.Upgraded(connection)
        case wire.Rejected():
            kind = Kind.UPGRADE_UNAUTHORIZED if event.status in _UNAUTHORIZED else Kind.UPGRADE_REJECTED
            return arrivals.UpgradeRejected(
                connection, event.status, event.retry_after, _without(event.body, token), kind
            )
        case wire.Ping():
            return arrivals.Pinged(connection, event.payload)
        case wire.Closed():
            kind = CLOSED_KINDS[row_for(event.code, close_codes).action]
            return arrivals.Closed(connection, event.code, _without(event.reason, token), kind)
        case wire.Failed():
            return arrivals.WireFailed(connection, event.code, event.why)
        case wire.Unreadable():
            return arrivals.MalformedReceived(connection, event.why)
        case _:
            raise AssertionError(f"a client's wire does not report {type(event).__name__}")


def _without(text: str, token: str) -> str:
    return text.replace(token, "***") if token else text


def read_frame(connection: int, frame: Dispatch | Malformed) -> FrameInput:
    """Reads one envelope; dispatches other than READY and RESUMED are joined into batches before they come here."""
    if isinstance(frame, Malformed):
        return arrivals.MalformedReceived(connection, frame.why)
    reader = _READERS.get(frame.op)
    return arrivals.UnknownOp(connection, frame.op) if reader is None else reader(connection, frame)


def _read_dispatch(connection: int, frame: Dispatch) -> FrameInput:
    if frame.t == "READY":
        return arrivals.ReadyReceived(connection, frame, _session_id(frame))
    if frame.t == "RESUMED":
        return arrivals.ResumedReceived(connection, frame)
    return arrivals.Dispatches(connection, (frame,))


def _read_invalid_session(connection: int, frame: Dispatch) -> FrameInput:
    # "Absent/false => not resumable" (2.3): only true itself leaves the session.
    resumable = decode_value(frame.d) is True
    return arrivals.SessionInvalid(connection, Kind.SESSION_DOUBTFUL if resumable else Kind.SESSION_INVALID)


def _read_hello(connection: int, frame: Dispatch) -> FrameInput:
    return arrivals.Hello(connection, _member(frame, "heartbeat_interval"))


_READERS: Final[Mapping[int, Callable[[int, Dispatch], FrameInput]]] = {
    Opcode.DISPATCH: _read_dispatch,
    Opcode.HEARTBEAT: lambda connection, _: arrivals.HeartbeatAsked(connection),
    Opcode.RECONNECT: lambda connection, _: arrivals.ReconnectOrdered(connection),
    Opcode.INVALID_SESSION: _read_invalid_session,
    Opcode.HELLO: _read_hello,
    Opcode.HEARTBEAT_ACK: lambda connection, _: arrivals.HeartbeatAcked(connection),
}


def _session_id(frame: Dispatch) -> str | None:
    value = _member(frame, "session_id")
    return value if usable_session_id(value) else None


def _member(frame: Dispatch, name: str) -> object:
    data = decode_value(frame.d)
    return cast("dict[str, object]", data).get(name) if isinstance(data, dict) else None
