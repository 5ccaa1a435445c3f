"""What a script may say, and what is refused when it is written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import Close, HalfFrame, InvalidSession, MemoryShard, Raw, Reconnect, Say, Visit

REFUSED: dict[str, Callable[[], object]] = {
    "a code above all": lambda: Close(9999),
    "a code that never travels": lambda: Close(1005),
    "too long a reason": lambda: Close(4009, "x" * 124),
    "too low a code": lambda: Reconnect(999),
    "a reserved code": lambda: InvalidSession(code=1006),
    "nothing of a frame": lambda: HalfFrame(at=0),
    "no UTF-8": lambda: Say(b"\xff"),
    "a str to say": lambda: Say("text"),  # type: ignore[arg-type]
    "a str as bytes": lambda: Raw("text"),  # type: ignore[arg-type]
    "fewer than no events": lambda: Visit(events=-1),
    "no refusal": lambda: Visit(refuse=101),
    "a pause before now": lambda: Visit(pause=-0.1),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_played_is_refused_when_it_is_made(what: str) -> None:
    with pytest.raises(ConfigurationError):
        REFUSED[what]()


@pytest.mark.parametrize(
    ("data", "heard"),
    [
        # A text frame that is no UTF-8, and a close frame with a code that never travels.
        (b"\x81\x01\xff", ["IDENTIFY", "close 1007", "RESUME session-1 from 1"]),
        (b"\x88\x02\x03\xed", ["IDENTIFY", "close 1002", "RESUME session-1 from 1"]),
    ],
)
def test_raw_bytes_reach_the_client_as_they_are(data: bytes, heard: list[str]) -> None:
    shard = MemoryShard(Visit(fault=Raw(data)))
    shard.start()
    shard.run_until(lambda: shard.count(do.Resumed) == 1)
    assert shard.gateway.heard == heard


def test_raw_bytes_go_nowhere_once_the_client_has_gone() -> None:
    shard = MemoryShard()
    shard.start()
    [connection] = shard.gateway.connections
    connection.receive(b"", shard.clock())
    connection.strike(Raw(b"\x81\x01\xff"), shard.clock())
    assert connection.outputs() == []
