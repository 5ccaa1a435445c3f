"""A client's silence is counted from the last that was heard of it, whatever that was."""

from __future__ import annotations

import pytest

from qqgw_proto.machine.server_inputs import ServerState as S
from support.server_reach import IDENTIFY, RESUME, SILENCE_FIRST, hosted

BEAT = '{"op":1,"d":251}'
ACK = '{"op":11}'


def test_silence_begins_with_hello() -> None:
    assert hosted(S.GREETED, SILENCE_FIRST).deadline == 30.0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (S.GREETED, IDENTIFY),
        (S.GREETED, RESUME),
        *((state, said) for state in (S.GREETED, S.JUDGING, S.REPLAYING, S.LIVE) for said in (BEAT, ACK)),
    ],
)
def test_any_frame_that_may_come_begins_it_anew(state: S, said: str) -> None:
    gateway = hosted(state, SILENCE_FIRST)
    gateway.receive_message(said, 1.0)
    assert gateway.deadline == 31.0
