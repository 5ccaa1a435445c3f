"""Binary messages are noted against the client that sends them, and read all the same."""

from __future__ import annotations

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto import events as ws

from qqgw_proto.testing import ScriptedGateway, Send
from qqgw_proto.testing.connection import ScriptedConnection
from qqgw_proto.testing.text_only import TextOnly
from qqgw_proto.wire import frames
from qqgw_proto.wire.events import Rejected

IDENTIFY = frames.identify("QQBot t", 1, (0, 1), {})
VIOLATION = "a binary message: the gateway expects text"


class BinaryClient:
    """A client that sends what it likes, by wsproto."""

    def __init__(self, gateway: ScriptedGateway) -> None:
        self._connection: ScriptedConnection = gateway.connect(0.0)
        self._wire = WSConnection(ConnectionType.CLIENT)
        self.sends(ws.Request(host="gateway.test", target="/"))
        for output in self._connection.outputs():
            assert isinstance(output, Send)
            self._wire.receive_data(output.data)
        assert [type(event) for event in self._wire.events()] == [ws.AcceptConnection, ws.TextMessage]

    def sends(self, event: ws.Event) -> None:
        self._connection.receive(self._wire.send(event), 0.0)


@pytest.mark.parametrize(
    ("messages", "violations"),
    [
        ([ws.TextMessage(IDENTIFY.decode())], []),
        ([ws.TextMessage(IDENTIFY.decode()[:9], message_finished=False), ws.TextMessage(IDENTIFY.decode()[9:])], []),
        ([ws.BytesMessage(IDENTIFY)], [VIOLATION]),
        ([ws.BytesMessage(IDENTIFY[:9], message_finished=False), ws.BytesMessage(IDENTIFY[9:])], [VIOLATION]),
        ([ws.BytesMessage(IDENTIFY), ws.BytesMessage(frames.heartbeat(1))], [VIOLATION, VIOLATION]),
    ],
)
def test_each_binary_message_is_one_violation(messages: list[ws.Event], violations: list[str]) -> None:
    gateway = ScriptedGateway()
    client = BinaryClient(gateway)
    for message in messages:
        client.sends(message)
    assert gateway.heard == ["IDENTIFY"]
    assert gateway.violations == violations


def test_a_binary_message_that_is_no_text_is_told_twice() -> None:
    gateway = ScriptedGateway()
    BinaryClient(gateway).sends(ws.BytesMessage(b"\xff"))
    assert gateway.violations == [VIOLATION, "a binary message is not UTF-8: invalid start byte"]


def test_a_client_of_this_door_is_that_of_a_byte_wire() -> None:
    told: list[str] = []
    wire = TextOnly(tell=told.append).client()
    assert wire.receive(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n") == [Rejected(503, None, "")]
    assert told == []
