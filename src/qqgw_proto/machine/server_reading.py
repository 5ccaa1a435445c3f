"""From what the server's wire reports to inputs of its machine. Tolerant where real clients differ (conformance 2)."""

from __future__ import annotations

from typing import cast

from qqgw_proto.machine import server_inputs as given
from qqgw_proto.machine.server_inputs import ServerInput, ServerKind
from qqgw_proto.wire import events as wire
from qqgw_proto.wire.codec import Malformed, decode, decode_value, is_integer
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.opcodes import Opcode

__all__ = ["read_client"]

_UNSHARDED = (0, 1)


def read_client(event: wire.WireEvent) -> ServerInput:
    """The input that something from the wire stands for."""
    match event:
        case bytes():
            return _read_message(decode(event))
        case wire.Requested():
            return given.UpgradeRequested(event.target, event.headers)
        case wire.Ping():
            return given.ClientPinged(event.payload)
        case wire.Closed():
            return given.ClientClosed(event.code, event.reason)
        case wire.Failed():
            return given.ClientFailed(event.code, event.why)
        case wire.Unreadable():
            return given.FrameReceived(event.why, ServerKind.MALFORMED)
        case _:
            raise AssertionError(f"a server's wire does not report {type(event).__name__}")


def _read_message(frame: Dispatch | Malformed) -> ServerInput:
    if isinstance(frame, Malformed):
        return given.FrameReceived(frame.why, ServerKind.MALFORMED)
    match frame.op:
        case Opcode.HEARTBEAT:
            return given.HeartbeatReceived(_heartbeat_seq(frame))
        case Opcode.IDENTIFY:
            return _read_identify(frame)
        case Opcode.RESUME:
            return _read_resume(frame)
        case Opcode.HEARTBEAT_ACK:
            return given.FrameReceived("op 11", ServerKind.ACK)
        case _:
            return given.FrameReceived(f"op {frame.op}", ServerKind.UNKNOWN_OP)


def _heartbeat_seq(frame: Dispatch) -> int | None:
    # "The server does not check d": null, 0, missing, or the number under `s` (2.4, conformance 2.10).
    value = decode_value(frame.d)
    return value if is_integer(value) else frame.s


def _read_identify(frame: Dispatch) -> ServerInput:
    data = decode_value(frame.d)
    if not isinstance(data, dict):
        return given.FrameReceived("IDENTIFY without d", ServerKind.MALFORMED)
    fields = cast("dict[str, object]", data)
    token, intents = fields.get("token"), fields.get("intents")
    if not isinstance(token, str) or not is_integer(intents):
        return given.FrameReceived("IDENTIFY without token or intents", ServerKind.MALFORMED)
    return given.IdentifyReceived(token, intents, _shard(fields.get("shard")))


def _read_resume(frame: Dispatch) -> ServerInput:
    data = decode_value(frame.d)
    if not isinstance(data, dict):
        return given.FrameReceived("RESUME without d", ServerKind.MALFORMED)
    fields = cast("dict[str, object]", data)
    token, session_id, seq = fields.get("token"), fields.get("session_id"), fields.get("seq")
    if not isinstance(token, str) or not isinstance(session_id, str):
        return given.FrameReceived("RESUME without token or session_id", ServerKind.MALFORMED)
    return given.ResumeReceived(token, session_id, seq if is_integer(seq) else 0)


def _shard(value: object) -> tuple[int, int]:
    # `[0,1]` when unsharded; "RS sends shard null" (2.3).
    if isinstance(value, list):
        numbers = cast("list[object]", value)
        if len(numbers) == len(_UNSHARDED) and all(is_integer(number) for number in numbers):
            first, count = cast("list[int]", numbers)
            return first, count
    return _UNSHARDED
