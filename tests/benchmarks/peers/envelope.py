"""The decoding that the peers do: the same envelope, and for `typed` the same event classes, as ours.

So a comparison shows what lies around the decoder, not the decoder.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from benchmarks.harness import Meter
from qqgw_proto.events import EVENT_CLASSES


class Envelope(msgspec.Struct):
    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    s: int | None = None
    t: str | None = None
    id: str | None = None


decode_envelope = msgspec.json.Decoder(Envelope).decode
_decoders = {name: msgspec.json.Decoder(shape).decode for name, shape in EVENT_CLASSES.items()}


def on_message(mode: str, meter: Meter) -> Callable[[bytes], None]:
    """What is done with each message: READY begins, events are handled, anything else is ignored."""

    def take(message: bytes) -> None:
        envelope = decode_envelope(message)
        if envelope.op == 0:
            if envelope.t == "READY":
                meter.begin()
            elif mode == "typed":
                meter.handle(_decoders[envelope.t](envelope.d))
            elif mode == "paced":
                meter.take(envelope.id)
            else:
                meter.handle(envelope)

    return take
