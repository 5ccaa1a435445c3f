"""What travels in a WebSocket message: the envelope `{op, s, t, id, d}`, and the frames that either end builds.

A received envelope *is* the delivered event: `Dispatch` holds `d` as raw JSON and no second object is made for it.
Everything about the envelope's keys is from `protocol.md` section 2.1: every key but `op` may be absent or null, key
order is not fixed, unknown keys are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from qqgw_proto.wire.opcodes import Opcode

__all__ = [
    "Dispatch",
    "JsonValue",
    "dispatch",
    "heartbeat",
    "heartbeat_ack",
    "hello",
    "identify",
    "invalid_session",
    "reconnect",
    "resume",
]

JsonValue: TypeAlias = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None

_encode = msgspec.json.Encoder().encode


class Dispatch(msgspec.Struct, gc=False):  # nothing in it can lead back to it
    """One received envelope; of op 0 unless the codec is asked for more.

    Attributes:
        op: The opcode.
        d: The payload as raw JSON bytes, not decoded; `msgspec.json.decode(event.d)` decodes it.
        s: The sequence number, from 1 to 2**63 - 1, or None where the frame carries none that can be used.
        t: The event's type name as on the wire, or None.
        id: The event id (`event_id` of a passive reply), or None.
    """

    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    s: int | None = None
    t: str | None = None
    id: str | None = None


def identify(token: str, intents: int, shard: tuple[int, int], properties: Mapping[str, str]) -> bytes:
    """Builds op 2 (EE:186-199). `token` is the whole text, prefix included."""
    data = {"token": token, "intents": intents, "shard": list(shard), "properties": dict(properties)}
    return _encode({"op": int(Opcode.IDENTIFY), "d": data})


def resume(token: str, session_id: str, seq: int) -> bytes:
    """Builds op 6 (EE:250-259). `seq` is the last sequence number received."""
    return _encode({"op": int(Opcode.RESUME), "d": {"token": token, "session_id": session_id, "seq": seq}})


def heartbeat(seq: int | None) -> bytes:
    """Builds op 1 (EE:231-237): the last sequence number, null before the first."""
    return _encode({"op": int(Opcode.HEARTBEAT), "d": seq})


def hello(interval_milliseconds: int) -> bytes:
    """Builds op 10 (EE:172-179)."""
    return _encode({"op": int(Opcode.HELLO), "d": {"heartbeat_interval": interval_milliseconds}})


def heartbeat_ack() -> bytes:
    """Builds op 11 (EE:241-245), which carries no `d`."""
    return _encode({"op": int(Opcode.HEARTBEAT_ACK)})


def reconnect() -> bytes:
    """Builds op 7 (EE:42)."""
    return _encode({"op": int(Opcode.RECONNECT)})


def invalid_session(resumable: bool) -> bytes:
    """Builds op 9 (EE:43; `d` is undocumented, a bool in practice)."""
    return _encode({"op": int(Opcode.INVALID_SESSION), "d": resumable})


def dispatch(type_name: str, seq: int | None, data: JsonValue | msgspec.Raw, event_id: str | None = None) -> bytes:
    """Builds op 0 in the key order seen live: op, s, t, id, d (`protocol.md` 2.1)."""
    frame: dict[str, object] = {"op": int(Opcode.DISPATCH)}
    if seq is not None:
        frame["s"] = seq
    frame["t"] = type_name
    if event_id is not None:
        frame["id"] = event_id
    frame["d"] = data
    return _encode(frame)
