"""What goes into a close frame is what wsproto sends as it was given."""

from __future__ import annotations

import pytest
from wsproto.frame_protocol import FrameProtocol

from qqgw_proto.wire.close_frames import CODES, LONGEST_REASON, NORMAL_CLOSURE, UNSENDABLE


def close_frame(code: int, reason: str) -> bytes:
    """Its payload; a server's frames are not masked."""
    return bytes(FrameProtocol(client=False, extensions=[]).close(code, reason)[2:])


@pytest.mark.parametrize("code", [CODES[0], CODES[-1]])
def test_a_code_and_the_longest_reason_are_sent_whole(code: int) -> None:
    assert close_frame(code, "x" * LONGEST_REASON) == code.to_bytes(2) + b"x" * 123


def test_one_byte_more_is_cut_off() -> None:
    assert close_frame(NORMAL_CLOSURE, "x" * (LONGEST_REASON + 1)) == b"\x03\xe8" + b"x" * 123


@pytest.mark.parametrize("code", UNSENDABLE[1:])
def test_a_code_that_never_travels_is_replaced(code: int) -> None:
    assert close_frame(code, "") == b"\x03\xe8"
