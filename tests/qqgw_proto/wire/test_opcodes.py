"""The ops of `protocol.md` section 2.2."""

from __future__ import annotations

from qqgw_proto.wire.opcodes import Opcode


def test_every_op_has_the_number_of_the_protocol() -> None:
    assert {op.name: op.value for op in Opcode} == {
        "DISPATCH": 0,
        "HEARTBEAT": 1,
        "IDENTIFY": 2,
        "RESUME": 6,
        "RECONNECT": 7,
        "INVALID_SESSION": 9,
        "HELLO": 10,
        "HEARTBEAT_ACK": 11,
        "HTTP_CALLBACK_ACK": 12,
        "HTTP_CALLBACK_VALIDATION": 13,
    }


def test_the_gaps_stay_gaps() -> None:
    # "3, 4, 5, 8 unused" (2.2).
    assert {3, 4, 5, 8} & set(Opcode) == set()
