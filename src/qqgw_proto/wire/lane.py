"""The fast lane in front of wsproto: cuts whole text frames out of a client's stream, and nothing else.

Nearly every frame of a gateway is one unmasked, final text frame: its header is two to ten bytes, and its payload is
handed on as bytes, checked to be UTF-8. The bytes of every other frame, and of every frame with an irregular header, go
to wsproto as they come: it stays the one judge of what breaks RFC 6455. Only the limits are the lane's own, because
they can be read off a header. An incomplete text is never scanned twice: it goes through one resumable UTF-8 decoder,
so that a bad byte is seen when it comes.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Final, TypeAlias

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, WireEvent

__all__ = ["FastLane"]

_TEXT: Final = 0x81  # FIN, no RSV bit, opcode 1 (RFC 6455 5.2)
_FIN: Final = 0x80
_OPCODE_AND_RSV: Final = 0x7F
_BINARY: Final = 2  # and 0 continuation, 1 text: the opcodes of data
_SHORT: Final = 126  # "The following 2 bytes are the payload length" (5.2)
_LONG: Final = 127  # the following 8; more has the mask bit: "MUST close if it detects a masked frame" (5.1)
_SMALLEST_LONG: Final = 1 << 16  # "the minimal number of bytes MUST be used" (5.2)
_TOO_LONG: Final = 1 << 63  # "the most significant bit MUST be 0" (5.2)
_INVALID_TEXT: Final = 1007
_TOO_BIG: Final = 1009

Authority: TypeAlias = Callable[[bytes, list[WireEvent]], bool]
"""Takes bytes of other frames; says whether the connection goes on."""

_utf8_decoder = codecs.getincrementaldecoder("utf-8")


class FastLane:
    """What a server sends to us on one connection, from the end of the handshake on.

    Args:
        config: Limits.
        authority: Takes whatever is no regular text frame.
    """

    __slots__ = ("_authority", "_continued", "_decoder", "_header", "_largest", "_missing", "_passing", "_payload")

    def __init__(self, config: WireConfig, authority: Authority) -> None:
        self._largest = min(config.max_frame, config.max_message)
        self._authority = authority
        self._continued = False  # Inside a fragmented message no text frame may stand: that is wsproto's to say.
        self._passing = 0  # Bytes of the present frame that are still the authority's.
        self._header = b""  # An incomplete header.
        self._payload = bytearray()  # An incomplete text, and how much of it is missing.
        self._missing = 0
        self._decoder: codecs.IncrementalDecoder | None = None  # Until a text comes in pieces: most never do.

    def cut(self, data: bytes, reported: list[WireEvent]) -> None:
        """Cuts one chunk; what is complete is appended to `reported` in the order received."""
        position = 0
        if self._passing:
            position = min(self._passing, len(data))
            self._passing -= position
            if not self._authority(data[:position], reported):
                return
        elif self._missing:
            position = min(self._missing, len(data))
            if not self._complete(data[:position], reported):
                return
        elif self._header:
            data, self._header = self._header + data, b""
        try:
            self._cut(data, position, reported)
        except UnicodeDecodeError:
            reported.append(_not_utf8())

    def _cut(self, data: bytes, position: int, reported: list[WireEvent]) -> None:
        end, largest, report = len(data), self._largest, reported.append
        text = -1 if self._continued else _TEXT  # -1: no byte is that
        while position + 1 < end:
            length, start = data[position + 1], position + 2
            if length == _SHORT:
                start += 2
                if start > end:
                    break
                length = data[position + 2] << 8 | data[position + 3]
                minimal = length >= _SHORT
            elif length == _LONG:
                start += 8
                if start > end:
                    break
                length = int.from_bytes(data[start - 8 : start], "big")
                minimal = _SMALLEST_LONG <= length < _TOO_LONG
            else:
                minimal = length < _SHORT
            stop = start + length
            if minimal and data[position] == text and stop <= end and length <= largest:
                payload = data[start:stop]
                if not payload.isascii():
                    payload.decode()  # Only to see whether it can be: in line, since a call costs as much.
                report(payload)
                position = stop
                continue
            position = self._cut_other(data, position, start, length, reported, minimal=minimal)
            if position < 0:
                return
            text = -1 if self._continued else _TEXT
        self._header = data[position:]

    def _cut_other(
        self, data: bytes, position: int, start: int, length: int, reported: list[WireEvent], *, minimal: bool
    ) -> int:
        """Deals with a frame that is too long, incomplete, or wsproto's; returns where the next begins, -1 = stop."""
        first, end = data[position], len(data)
        is_data, is_continuation = first & _OPCODE_AND_RSV <= _BINARY, not first & _OPCODE_AND_RSV
        # What breaks another rule too is wsproto's to judge, as without the lane.
        if minimal and is_data and is_continuation is self._continued and length > self._largest:
            reported.append(Failed(_TOO_BIG, f"a frame is longer than {self._largest} bytes"))
            return -1
        if minimal and first == _TEXT and not self._continued:
            self._missing = length
            return end if self._complete(data[start:], reported) else -1
        if is_data:
            self._continued = not first & _FIN
        reach = min(start + length, end)
        self._passing = start + length - reach
        return reach if self._authority(data[position:reach], reported) else -1

    def _complete(self, piece: bytes, reported: list[WireEvent]) -> bool:
        """Takes the next piece of an incomplete text; whether the connection goes on."""
        self._missing -= len(piece)
        self._decoder = decoder = self._decoder or _utf8_decoder()
        try:
            decoder.decode(piece, not self._missing)
        except UnicodeDecodeError:
            reported.append(_not_utf8())
            return False
        self._payload += piece
        if not self._missing:
            reported.append(bytes(self._payload))
            self._payload = bytearray()
        return True


def _not_utf8() -> Failed:
    return Failed(_INVALID_TEXT, "a text message is not UTF-8")
