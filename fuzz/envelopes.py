"""Target `envelopes`: one message into the codec, into a shard in each state that reads, and into a gateway's end.

Byte 0 chooses the state, the rest is the message. Oracles: nothing is raised (I12); what the standard library reads as
a frame is read as the same frame; what is no frame changes nothing, and the next good event still arrives.
"""

from __future__ import annotations

import json
import random
from typing import Any, NoReturn, cast

from fuzz.source import Source
from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, MessageWire, ServerGateway
from qqgw_proto.machine.effects import Deliver, Effect, Violated
from qqgw_proto.wire import frames
from qqgw_proto.wire.codec import Malformed, decode
from qqgw_proto.wire.frames import Dispatch

__all__ = ["fuzz_envelopes"]

TOKEN = "the-token-that-nobody-may-see"
MAX_SEQ = 2**63 - 1
READY = frames.dispatch("READY", 1, {"session_id": "a"})
GOOD = frames.dispatch("GOOD", 2, {})


def fuzz_envelopes(data: bytes) -> None:
    """One input."""
    source = Source(data)
    state = source.below(4)
    message = source.take(source.left)
    if _is_text(message):
        _compare(decode(message), message)
    _into_shard(message, state)
    _into_gateway(message, state)


def _is_text(message: bytes) -> bool:
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True


def _compare(frame: Dispatch | Malformed, message: bytes) -> None:
    if isinstance(frame, Dispatch):
        assert type(frame.op) is int
        assert frame.s is None or (type(frame.s) is int and 0 < frame.s <= MAX_SEQ)
        for text in (frame.t, frame.id):
            assert text is None or text.encode() is not None
    expected = _expected(message)
    if expected is not None:
        assert isinstance(frame, Dispatch), f"a frame was refused: {frame}"
        assert (frame.op, frame.s, frame.t, frame.id) == expected


def _expected(message: bytes) -> tuple[int, int | None, str | None, str | None] | None:
    """What the standard library makes of it; None where it makes nothing of it, or the two may differ."""
    try:
        value = json.loads(message.decode(), parse_constant=_refuse)
        # Lone surrogates are no text; what no double holds is no number.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or b"\\u0000" in message or message.startswith(b"\xef\xbb\xbf"):
        return None
    keys = cast("dict[str, Any]", value)
    op, seq, texts = keys.get("op"), keys.get("s"), (keys.get("t"), keys.get("id"))
    if type(op) is not int or not -(2**63) <= op < 2**63:
        return None
    usable = type(seq) is int and 0 < seq <= MAX_SEQ
    kind, event_id = (text if isinstance(text, str) else None for text in texts)
    return op, cast("int", seq) if usable else None, kind, event_id


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _into_shard(message: bytes, state: int) -> None:
    gateway = ClientGateway(ClientConfig(intents=1), random.Random(1), wire=MessageWire())
    gateway.start(0.0)
    gateway.permit_granted(1, 0.0)
    gateway.access_granted(2, "ws://127.0.0.1/", TOKEN, 0.0)
    gateway.opened(3, 0.0)
    if state > 0:
        gateway.receive_message(3, frames.hello(45000), 0.0)
    if state > 1:
        gateway.receive_message(3, READY, 0.0)
    if state > 2:
        gateway.receive_message(3, frames.invalid_session(True), 0.0)
    before = (gateway.state, gateway.session)
    effects = gateway.receive_message(3, message, 1.0)
    assert TOKEN not in repr(effects)
    if isinstance(decode(message) if _is_text(message) else Malformed(""), Malformed):
        assert [type(effect) for effect in effects] == [Violated]
        assert (gateway.state, gateway.session) == before
        if gateway.state is ConnectionState.READY:
            assert _delivered(gateway.receive_message(3, GOOD, 1.0)) == [2]


def _delivered(effects: list[Effect]) -> list[int | None]:
    return [event.s for effect in effects if isinstance(effect, Deliver) for event in effect.events]


def _into_gateway(message: bytes, state: int) -> None:
    gateway = ServerGateway(wire=MessageWire())
    gateway.start(0.0)
    if state > 0:
        gateway.receive_message(frames.identify("t", 1, (0, 1), {}), 0.0)
    if state > 1:
        gateway.ready(READY, 0.0)
    gateway.receive_message(message, 1.0)
    gateway.tick(1000.0)
    gateway.tick(2000.0)
