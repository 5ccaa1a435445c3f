"""The two doors: which wire each makes, for which end, under which limits."""

from __future__ import annotations

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.doors import ByteWire, Door, MessageWire
from qqgw_proto.wire.events import Failed, Requested, Upgraded
from qqgw_proto.wire.messages import HostedWire
from qqgw_proto.wire.websocket import WebSocketWire
from support.wires import TEXT, URL, accept_key, answer, frame


def test_a_byte_wire_speaks_bytes_and_a_message_wire_whole_messages() -> None:
    bytes_door: Door = ByteWire()
    message_door: Door = MessageWire()
    assert bytes_door.whole_messages is False
    assert message_door.whole_messages is True
    assert isinstance(bytes_door.client(), WebSocketWire)
    assert isinstance(bytes_door.server(), WebSocketWire)
    assert isinstance(message_door.client(), HostedWire)
    assert isinstance(message_door.server(), HostedWire)


def test_the_two_ends_of_a_byte_wire_understand_each_other() -> None:
    client, server = ByteWire().client(), ByteWire().server()
    handshake, _ = client.open(URL)
    assert [type(event) for event in server.receive(handshake)] == [Requested]
    assert client.receive(server.accept()) == [Upgraded()]


def test_every_connection_has_a_fresh_wire() -> None:
    door = ByteWire()
    first, second = door.client(), door.client()
    handshake, _ = first.open(URL)
    second.open(URL)
    assert second.receive(b"garbage\r\n\r\n") != []
    assert first.receive(answer(accept_key(handshake))) == [Upgraded()]


def test_limits_are_those_of_the_door() -> None:
    client = ByteWire(WireConfig(max_message=3)).client()
    handshake, _ = client.open(URL)
    events = client.receive(answer(accept_key(handshake)) + frame(TEXT, b"abcd"))
    assert [type(event) for event in events] == [Upgraded, Failed]
    for wire in (MessageWire(WireConfig(max_message=3)).client(), MessageWire(WireConfig(max_message=3)).server()):
        assert wire.receive(b"abcd") == [Failed(1009, "a message is longer than 3 bytes")]
    server = ByteWire(WireConfig(max_handshake=10)).server()
    assert server.receive(b"GET / HTTP/1.1\r\n") == [Failed(1002, "the handshake is too long")]
