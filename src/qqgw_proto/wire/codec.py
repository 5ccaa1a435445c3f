"""One message to one envelope. Never raises, whatever the bytes: what is no frame becomes `Malformed`.

The envelope is decoded in one pass with `d` left raw. Only where a key has an unexpected type a second, loose look
decides (design 7): `op` must be a true integer (a bool or a float is not one); an `s` outside 1..2**63 - 1 or of
another type counts as absent, so do an `id` or a `t` that is not text.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TypeGuard

import msgspec

from qqgw_proto.wire.frames import Dispatch

__all__ = ["MAX_SEQ", "Malformed", "decode", "decode_run", "decode_value", "is_integer"]

MAX_SEQ = 2**63 - 1

_decode_envelope = msgspec.json.Decoder(Dispatch).decode
_decode_keys = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_value = msgspec.json.Decoder().decode

# RecursionError: msgspec's own answer to 100,000 nested arrays. UnicodeDecodeError: invalid UTF-8 in a text.
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Malformed(msgspec.Struct, frozen=True):
    """A message that is no frame, and why."""

    why: str


def decode(payload: bytes) -> Dispatch | Malformed:
    """Decodes the envelope of one message, which must be UTF-8."""
    try:
        envelope = _decode_envelope(payload)
    except msgspec.ValidationError:
        return _second_look(payload)
    except _NOT_JSON as error:
        return Malformed(f"not JSON: {error}")
    seq = envelope.s
    if seq is not None and not 0 < seq <= MAX_SEQ:
        envelope.s = None
    return envelope


def decode_run(messages: Iterable[object], ends: Container[str | None], batch: list[Dispatch]) -> None:
    """Decodes plain dispatches, up to the first message that is something else, in one call for a whole chunk.

    Args:
        messages: What the wire has reported; payloads are bytes.
        ends: Types that are no part of a run.
        batch: What is decoded is appended here, so its length tells where the run ended: at what is no message, is no
            dispatch, or needs the second look of `decode`.
    """
    append = batch.append
    try:
        for message in messages:
            if type(message) is not bytes:
                break
            envelope = _decode_envelope(message)
            seq = envelope.s
            if envelope.op != 0 or envelope.t in ends or (seq is not None and not 0 < seq <= MAX_SEQ):
                break
            append(envelope)
    except _NOT_JSON:
        return


def decode_value(raw: bytes | msgspec.Raw) -> object:
    """Decodes a payload without expectations; None where it is not JSON."""
    try:
        return _decode_value(raw)
    except _NOT_JSON:
        return None


def _second_look(payload: bytes) -> Dispatch | Malformed:
    try:
        keys = _decode_keys(payload)
    except msgspec.ValidationError:
        return Malformed("not a JSON object")
    except _NOT_JSON as error:
        # The first look had stopped at the wrong type, before it came to what is wrong here.
        return Malformed(f"not JSON: {error}")
    op = decode_value(keys.get("op", b"null"))
    if not is_integer(op):
        return Malformed("op is not an integer")
    seq = decode_value(keys.get("s", b"null"))
    return Dispatch(
        op,
        keys.get("d", msgspec.Raw(b"null")),
        seq if is_integer(seq) and 0 < seq <= MAX_SEQ else None,
        _text(keys.get("t")),
        _text(keys.get("id")),
    )


def is_integer(value: object) -> TypeGuard[int]:
    """Whether a decoded JSON value is an integer; a bool is not one."""
    # "True == 1, False == 0, 0.0 == 0 make naive op == 0 accept bools and floats" (conformance 1).
    return type(value) is int


def _text(raw: msgspec.Raw | None) -> str | None:
    value = None if raw is None else decode_value(raw)
    return value if isinstance(value, str) else None
