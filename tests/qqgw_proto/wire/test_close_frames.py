"""What goes into a close frame is what wsproto sends as it was given."""

from __future__ import annotations

import pytest
from wsproto.frame_protocol import FrameProtocol

from qqgw_proto.wire.close_frames import CODES, LONGEST_REASON, NORMAL_CLOSURE, UNSENDABLE, can_carry, is_reason


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


def test_which_codes_and_reasons_a_close_frame_can_carry() -> None:
    assert [code for code in (999, 1000, 1003, 1004, 1005, 1006, 1007, 1015, 4999, 5000) if can_carry(code)] == [
        *(1000, 1003, 1007, 4999),
    ]
    assert [is_reason(text) for text in ("", "x" * 123, "x" * 124, "频" * 41, "频" * 42, "a\nb")] == [
        *(True, True, False, True, False, False),
    ]
