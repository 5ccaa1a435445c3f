"""The scripted gateway seen by a client of hand-made bytes."""

from __future__ import annotations

from qqgw_proto.testing import Close, End, Finish, HalfFrame, InvalidSession, Reconnect, ScriptedGateway, Send, Visit
from qqgw_proto.testing.connection import ScriptedConnection
from qqgw_proto.wire import frames
from qqgw_proto.wire.doors import ByteWire
from qqgw_proto.wire.events import Closed, WireEvent
from qqgw_proto.wire.url import GatewayUrl

URL = GatewayUrl.parse("ws://127.0.0.1/")
IDENTIFY = frames.identify("QQBot t", 1, (0, 1), {})


class RawClient:
    """A client that says what it likes."""

    def __init__(self, gateway: ScriptedGateway) -> None:
        self.connection: ScriptedConnection = gateway.connect(0.0)
        self._wire = ByteWire().client()
        self.connection.receive(self._wire.open(URL)[0], 0.0)
        self.hears()

    def says(self, payload: bytes) -> None:
        self.connection.receive(self._wire.text(payload), 0.0)

    def hears(self) -> list[WireEvent | Finish]:
        heard: list[WireEvent | Finish] = []
        for output in self.connection.outputs():
            if isinstance(output, Send):
                heard += self._wire.receive(output.data)
            elif isinstance(output, Finish):
                heard.append(output)
        return heard


def logged_in(gateway: ScriptedGateway) -> RawClient:
    client = RawClient(gateway)
    client.says(IDENTIFY)
    client.hears()
    return client


def test_any_event_can_happen_by_command() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    gateway.emit("GUILD_CREATE", {"id": "g"}, 0.0)
    assert client.hears() == [b'{"op":0,"s":2,"t":"GUILD_CREATE","id":"event-2","d":{"id":"g"}}']
    assert gateway.seq == 2


def test_op_7_may_come_without_a_close_frame() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    gateway.strike(Reconnect(code=None), 0.0)
    assert client.hears() == [frames.reconnect()]
    gateway.happen(0.0)
    assert len(client.hears()) == 1


def test_op_9_may_come_before_the_end_of_the_stream() -> None:
    gateway = ScriptedGateway(Visit(instead=InvalidSession()))
    client = RawClient(gateway)
    client.says(IDENTIFY)
    assert client.hears()[-2:] == [frames.invalid_session(resumable=False), Finish()]
    assert gateway.heard == ["IDENTIFY"]


def test_nothing_strikes_where_no_session_stands() -> None:
    gateway = ScriptedGateway()
    client = RawClient(gateway)
    gateway.strike(Close(4009), 0.0)
    gateway.happen(0.0)
    assert client.hears() == []


def test_a_rule_that_the_client_breaks_is_noted() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    client.says(b"no frame")
    assert client.hears() == [Closed(4002, "bad payload")]
    assert len(gateway.violations) == 1


def test_a_connection_that_is_over_says_and_hears_nothing() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    client.connection.strike(End(), 0.0)
    client.hears()
    client.says(IDENTIFY)
    client.connection.say(b"{}", 0.0)
    client.connection.tick(1000.0)
    assert client.hears() == []
    assert client.connection.deadline is None
    assert gateway.heard == ["IDENTIFY"]


def test_an_unknown_close_code_leaves_the_session() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    gateway.strike(Close(3999), 0.0)
    assert client.hears() == [Closed(3999, "")]
    again = RawClient(gateway)
    again.says(frames.resume("QQBot t", "session-1", 1))
    assert again.hears()[-1] == b'{"op":0,"s":2,"t":"RESUMED","d":""}'


def test_half_a_frame_is_an_event_that_has_happened() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    gateway.strike(HalfFrame(at=9), 0.0)
    [begun, _] = client.connection.outputs()
    assert isinstance(begun, Send)
    assert len(begun.data) == 9
    assert repr(begun) == "Send(data=<9 bytes>)"
    assert gateway.seq == 2


def test_a_close_frame_that_nobody_answers_ends_the_connection_in_the_end() -> None:
    gateway = ScriptedGateway()
    client = logged_in(gateway)
    gateway.strike(Close(4009), 0.0)
    client.hears()
    assert client.connection.deadline == 5.0
    client.connection.tick(5.0)
    assert client.hears() == [Finish()]
    assert gateway.heard == ["IDENTIFY"]
