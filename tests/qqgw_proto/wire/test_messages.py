"""The wire of a WebSocket that the host owns: whole messages in and out, nothing else to make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, Unreadable, Upgraded
from qqgw_proto.wire.messages import HostedWire
from support.wires import URL


def test_the_websocket_stands_from_the_beginning() -> None:
    wire = HostedWire(WireConfig())
    assert wire.open(URL) == (b"", [Upgraded()])
    assert wire.accept() == b""


@pytest.mark.parametrize("message", [b"", b'{"op":11}', "频道".encode(), b"\0"])
def test_a_message_is_reported_as_it_is(message: bytes) -> None:
    assert HostedWire(WireConfig()).receive(message) == [message]


def test_a_message_over_the_limit_ends_the_connection() -> None:
    wire = HostedWire(WireConfig(max_message=3))
    assert wire.receive(b"abc") == [b"abc"]
    assert wire.receive(b"abcd") == [Failed(1009, "a message is longer than 3 bytes")]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"\xff", "a message is not UTF-8: invalid start byte"),
        (b"\xe9\xa2", "a message is not UTF-8: unexpected end of data"),
        # A lone surrogate in the host's text.
        (b"\xed\xa0\x80", "a message is not UTF-8: invalid continuation byte"),
    ],
)
def test_a_message_that_is_not_utf_8_is_isolated(message: bytes, why: str) -> None:
    wire = HostedWire(WireConfig())
    assert wire.receive(message) == [Unreadable(why)]
    assert wire.receive(b"good") == [b"good"]


def test_only_text_is_written() -> None:
    wire = HostedWire(WireConfig())
    assert wire.text(b'{"op":1}') == b'{"op":1}'
    # The host pings, answers pings and closes by itself.
    assert (wire.ping(b"p"), wire.pong(b"p"), wire.close(4000, "bye")) == (b"", b"", b"")


def test_nothing_is_ever_half_collected() -> None:
    wire = HostedWire(WireConfig())
    wire.receive(b"{")
    assert wire.end() == []


@given(st.binary())
def test_no_message_raises(message: bytes) -> None:
    (event,) = HostedWire(WireConfig(max_message=20)).receive(message)
    assert event == message or isinstance(event, Failed | Unreadable)
