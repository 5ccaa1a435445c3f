"""The gateway that all clients are measured against: a process of its own, plain sockets, everything made beforehand.

The path of the URL says what it does once IDENTIFY or RESUME has come: `/full/N` sends N events as fast as they are
taken, `/paced/N` sends 1,000 a second with the instant of sending as their `id`, `/replay/N` sends N events and then
RESUMED, `/idle/MS` sends nothing and answers heartbeats, asked for every so many milliseconds. A POST is answered with
an access token.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import sys
import threading
import time
from functools import cache

from benchmarks.stream import frame_of, wire_bytes

__all__ = ["serve"]

READY = (
    b'{"op":0,"s":1,"t":"READY","id":"READY:1","d":{"version":1,"session_id":"session","shard":[0,1],'
    b'"user":{"id":"1","username":"bot","discriminator":"0","bot":true},"resume_gateway_url":"","guilds":[],"v":10}}'
)
RESUMED = b'{"op":0,"t":"RESUMED","d":""}'
ACK = frame_of(b'{"op":11}')
TOKEN = b'{"access_token":"token","expires_in":"7200"}'
CLOSE = 0x88
PACE = 0.001
WARM_UP = 0.05
"""Seconds between READY and the first event, in which whoever counts begins to."""


@cache
def _events(count: int) -> bytes:
    return wire_bytes(count)


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("ended inside the head of a request")
        head += piece
    return head


def _header(head: bytes, name: bytes) -> bytes:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next(value.strip() for key, _, value in lines if key.lower() == name)


def _answer_post(connection: socket.socket) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
        % (len(TOKEN), TOKEN)
    )


def _upgrade(connection: socket.socket, head: bytes, heartbeat_interval: int) -> None:
    key = _header(head, b"sec-websocket-key") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key, usedforsecurity=False).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        + frame_of(b'{"op":10,"d":{"heartbeat_interval":%d}}' % heartbeat_interval)
    )  # fmt: skip
    connection.recv(65536)  # IDENTIFY or RESUME; whatever it says


def _pace(connection: socket.socket, count: int) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    due = time.monotonic()
    for number in range(2, count + 2):
        due += PACE
        time.sleep(max(0.0, due - time.monotonic()))
        head = b'{"op":0,"s":%d,"t":"GROUP_AT_MESSAGE_CREATE","id":"%d",' % (number, time.monotonic_ns())
        data = b'"d":{"id":"m%d","group_openid":"g%d","content":"%b"}}' % (number, number % 50, b"x" * 400)
        connection.sendall(frame_of(head + data))


def _idle(connection: socket.socket) -> None:
    while connection.recv(4096):
        connection.sendall(ACK)


def _converse(connection: socket.socket) -> None:
    head = _read_head(connection)
    if head.startswith(b"POST "):
        _answer_post(connection)
        return
    kind, number = head.split(b" ", 2)[1].partition(b"?")[0].strip(b"/").split(b"/")
    count = int(number)
    _upgrade(connection, head, count if kind == b"idle" else 45_000)
    if kind != b"replay":
        connection.sendall(frame_of(READY))
        time.sleep(WARM_UP)
    match kind:
        case b"full":
            connection.sendall(_events(count))
        case b"paced":
            _pace(connection, count)
        case b"replay":
            connection.sendall(_events(count) + frame_of(RESUMED))
        case _:
            _idle(connection)
    while (data := connection.recv(65536)) and data[0] != CLOSE:  # until the client has had enough
        pass


def _live(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        with connection:
            _converse(connection)
    except OSError:
        pass  # A client that has seen enough hangs up.


def serve(context: ssl.SSLContext | None = None) -> None:
    """Serves for ever; prints its port first."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_live, args=(connection, context), daemon=True).start()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1])
        serve(tls)
    else:
        serve()
