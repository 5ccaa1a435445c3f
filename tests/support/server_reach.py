"""How a `ServerGateway` gets into each of its states, and what then happens to it, by public calls only.

Every run here takes a state, brings a new gateway into it at 0 s, lets one thing happen and gives gateway and effects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from wsproto import ConnectionType, WSConnection
from wsproto import events as ws

from qqgw_proto import ByteWire, MessageWire, ServerConfig, ServerGateway, WireConfig
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine.server_effects import ServerEffect, ServerWrite
from qqgw_proto.machine.server_inputs import ServerState as S

Outcome: TypeAlias = tuple[ServerGateway, list[ServerEffect]]
Run: TypeAlias = Callable[[S], Outcome]
Say: TypeAlias = Callable[[ws.Event], bytes]

IDENTIFY = '{"op":2,"d":{"token":"QQBot t","intents":513,"shard":[0,4]}}'
RESUME = '{"op":6,"d":{"token":"QQBot t","session_id":"a","seq":1337}}'
READY = b'{"op":0,"s":1,"t":"READY","d":{}}'
RESUMED = b'{"op":0,"s":2002,"t":"RESUMED","d":""}'
EVENT = b'{"op":0,"s":2,"t":"GUILD_CREATE","d":{}}'
LOST = ConnectionFailed("it broke")
HANDSHAKE = (
    b"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
# Longer than IDENTIFY may take, so that in GREETED either deadline can be the one that passes.
CONFIG = ServerConfig(heartbeat_interval=45.0, heartbeat_timeout=90.0, identify=60.0, upgrade=10.0, close=5.0)
SILENCE_FIRST = ServerConfig(heartbeat_timeout=30.0, identify=60.0)


def hosted(state: S, config: ServerConfig = CONFIG) -> ServerGateway:
    """A gateway behind whole messages, brought into a state by public calls at 0 s."""
    gateway = ServerGateway(config, wire=MessageWire())
    if state is not S.IDLE:
        gateway.start(0.0)
    match state:
        case S.JUDGING:
            gateway.receive_message(IDENTIFY, 0.0)
        case S.REPLAYING:
            gateway.receive_message(RESUME, 0.0)
        case S.LIVE:
            gateway.receive_message(IDENTIFY, 0.0)
            gateway.ready(READY, 0.0)
        case S.CLOSING:
            gateway.close(4009, "", 0.0)
        case S.CLOSED:
            gateway.lost(LOST, 0.0)
        case _:
            pass
    assert gateway.state is state
    return gateway


def streamed(state: S, config: ServerConfig = CONFIG) -> tuple[ServerGateway, Say]:
    """A gateway behind bytes in a state, and how its client says things."""
    gateway, client = ServerGateway(config, wire=ByteWire()), WSConnection(ConnectionType.CLIENT)
    request = client.send(ws.Request(host="127.0.0.1", target="/"))
    if state is not S.IDLE:
        gateway.start(0.0)
    if state in (S.IDLE, S.UPGRADING):
        return gateway, client.send
    for effect in gateway.receive_data(request, 0.0):
        assert isinstance(effect, ServerWrite)
        client.receive_data(effect.data)
    if state in (S.JUDGING, S.LIVE):
        gateway.receive_data(client.send(ws.TextMessage(IDENTIFY)), 0.0)
    match state:
        case S.REPLAYING:
            gateway.receive_data(client.send(ws.TextMessage(RESUME)), 0.0)
        case S.LIVE:
            gateway.ready(READY, 0.0)
        case S.CLOSING:
            gateway.close(4009, "", 0.0)
        case S.CLOSED:
            gateway.lost(LOST, 0.0)
        case _:
            pass
    assert gateway.state is state
    return gateway, client.send


def text(message: str) -> Run:
    return on_messages(lambda gateway: gateway.receive_message(message, 1.0))


def on_messages(call: Callable[[ServerGateway], list[ServerEffect]], config: ServerConfig = CONFIG) -> Run:
    def run(state: S) -> Outcome:
        gateway = hosted(state, config)
        return gateway, call(gateway)

    return run


def on_bytes(
    call: Callable[[ServerGateway, Say], list[ServerEffect]],
) -> Run:
    def run(state: S) -> Outcome:
        gateway, say = streamed(state)
        return gateway, call(gateway, say)

    return run


ORDERED = on_messages(lambda gateway: gateway.close(4009, "bye", 1.0))
ORDERED_BYTES = on_bytes(lambda gateway, _: gateway.close(4009, "bye", 1.0))
START = on_messages(lambda gateway: gateway.start(1.0))
START_BYTES = on_bytes(lambda gateway, _: gateway.start(1.0))
GIVE_READY = on_messages(lambda gateway: gateway.ready(READY, 1.0))
GIVE_READY_BYTES = on_bytes(lambda gateway, _: gateway.ready(READY, 1.0))
GIVE_RESUMED = on_messages(lambda gateway: gateway.resumed(RESUMED, 1.0))
GIVE_RESUMED_BYTES = on_bytes(lambda gateway, _: gateway.resumed(RESUMED, 1.0))
SAY = on_messages(lambda gateway: gateway.send([EVENT, EVENT], 1.0))
SAY_BYTES = on_bytes(lambda gateway, _: gateway.send([EVENT], 1.0))
LOSE = on_messages(lambda gateway: gateway.lost(LOST, 1.0))
LOSE_BYTES = on_bytes(lambda gateway, _: gateway.lost(LOST, 1.0))
ASK = on_bytes(lambda gateway, _: gateway.receive_data(HANDSHAKE, 1.0))
PING = on_bytes(lambda gateway, say: gateway.receive_data(say(ws.Ping(b"p")), 1.0))
CLOSE = on_messages(lambda gateway: gateway.closed(4000, "done", 1.0))
# A reserved bit that no extension has given a meaning (RFC 6455 5.2).
BREAK = on_bytes(lambda gateway, _: gateway.receive_data(b"\xf1\x80\x00\x00\x00\x00", 1.0))
# One byte above what a message may have.
OVERFLOW = on_messages(lambda gateway: gateway.receive_message(b" " * (WireConfig().max_message + 1), 1.0))
GARBLE = on_bytes(lambda gateway, _: gateway.receive_data(b"garbage\r\n\r\n", 1.0))
IDENTIFIED, RESUMING, BEAT = text(IDENTIFY), text(RESUME), text('{"op":1,"d":251}')
ACKED, UNKNOWN, MALFORMED = text('{"op":11}'), text('{"op":5}'), text("no frame")
LATER = on_messages(lambda gateway: gateway.tick(61.0), ServerConfig(heartbeat_timeout=None))
CLOSED_IN_VAIN = on_messages(lambda gateway: gateway.tick(5.0))
UPGRADED_LATE = on_bytes(lambda gateway, _: gateway.tick(10.0))
SILENT = on_messages(lambda gateway: gateway.tick(30.0), SILENCE_FIRST)


def _ask_after_the_end(_: S) -> Outcome:
    gateway, _say = streamed(S.UPGRADING)
    gateway.lost(LOST, 0.0)
    return gateway, gateway.receive_data(HANDSHAKE, 1.0)


ASK_AFTER_THE_END: Run = _ask_after_the_end
