"""One shard of a QQ bot over a WebSocket of the `websockets` library: whole messages in, whole messages out.

The gateway is made with `wire=MessageWire()`. Loop, clock and callbacks are those of the shard on asyncio's streams;
here stands only what a WebSocket does in the place of a stream.
"""

from __future__ import annotations

import asyncio
import contextlib

import attrs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from docs.examples.embed import asyncio_streams
from qqgw_proto import WireConfig
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do

MAX_SIZE = WireConfig().max_message


class Straight(connect):
    def process_redirect(self, exc: Exception) -> Exception:
        return exc  # Not followed: whoever it leads to would be sent the token.


@attrs.define
class Shard(asyncio_streams.Shard):
    _sockets: dict[int, ClientConnection] = attrs.field(factory=dict[int, ClientConnection], init=False)

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.Write(connection) | do.CloseTransport(connection):
                self._spawn(0, self._send(self._sockets[connection], effect))  # Tasks begin in the order of the calls.
            case _:
                super()._apply(effect)

    async def _send(self, socket: ClientConnection, effect: do.Write | do.CloseTransport) -> None:
        if isinstance(effect, do.CloseTransport):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(effect.within):
                    await socket.close(effect.code, effect.reason)
            return
        self._call(self.gateway.writing_blocked, effect.connection)
        with contextlib.suppress(ConnectionClosed):  # `_talk` tells.
            await socket.send(effect.data, text=True)
        self._call(self.gateway.writing_resumed, effect.connection)

    async def _talk(self, dial: do.Dial) -> None:
        number, url = dial.connection, str(dial.url)
        try:  # When to give up and what to answer is the core's to say; compression is not offered.
            socket = await Straight(
                url, proxy=None, compression=None, open_timeout=None, ping_interval=None, max_size=MAX_SIZE
            )
        except InvalidStatus as refused:  # 401 and 403 have the token renewed.
            answer, wait = refused.response, "".join(refused.response.headers.get_all("Retry-After"))
            after, body = float(wait) if wait.isdecimal() else None, (answer.body or b"").decode(errors="replace")
            self._call(self.gateway.upgrade_rejected, number, answer.status_code, retry_after=after, body=body)
            return
        except (OSError, WebSocketException) as error:
            self._call(self.gateway.dial_failed, number, ConnectionFailed(str(error)))
            return
        self._sockets[number] = socket
        try:
            self._call(self.gateway.opened, number)
            while True:
                await self._read(self.gateway.receive_message, number, lambda: socket.recv(decode=False))
                await asyncio.sleep(0)  # A burst that is there already holds up neither clock nor handlers.
        except ConnectionClosed as end:
            if end.rcvd is None:
                self._call(self.gateway.lost, number, ConnectionFailed(str(end)))
            else:
                self._call(self.gateway.closed, number, end.rcvd.code, end.rcvd.reason)
        finally:  # Also where this task was cancelled, since the connection is to be abandoned.
            del self._sockets[number]
            socket.transport.abort()
