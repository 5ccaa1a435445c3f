"""The scripted gateway on a real port; what it does to clients, tests/conformance shows."""

from __future__ import annotations

import socket

import pytest

from qqgw_trio.testing import ScriptedServer


def test_it_listens_until_the_end_of_the_block() -> None:
    with ScriptedServer() as server:
        port = int(server.url.removeprefix("ws://127.0.0.1:").removesuffix("/websocket"))
        with socket.create_connection(("127.0.0.1", port)) as stream:
            server.until(lambda: len(server.gateway.connections) == 1)
            server.happen()
            stream.sendall(b"no handshake\r\n\r\n")
            assert stream.recv(1000) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_what_does_not_happen_in_time_is_told_with_what_was_heard() -> None:
    with ScriptedServer() as server, pytest.raises(TimeoutError, match=r"did not happen in 0\.01 s; heard: \[\]"):
        server.until(lambda: False, within=0.01)
