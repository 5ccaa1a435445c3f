"""A gateway client that does exactly what a test tells it, right or wrong: wsproto on a trio stream, nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

import attrs
import trio
from wsproto import ConnectionType, WSConnection
from wsproto import events as ws
from wsproto.extensions import Extension
from wsproto.utilities import RemoteProtocolError

Json = dict[str, object]


@attrs.frozen
class End:
    """The connection is over: by a close frame with this code, or without one."""

    code: int | None
    reason: str = ""


class RawClient:
    """One connection.

    Args:
        stream: Its transport.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.accepted: ws.AcceptConnection | None = None
        self.rejected: ws.RejectConnection | None = None
        self._ws = WSConnection(ConnectionType.CLIENT)
        self._frames: list[Json | End] = []
        self._parts: list[str] = []

    async def upgrade(
        self,
        target: str = "/websocket",
        *,
        headers: Sequence[tuple[bytes, bytes]] = (),
        offers: list[Extension] | None = None,
    ) -> RawClient:
        """Shakes hands."""
        request = ws.Request(host="127.0.0.1", target=target, extra_headers=list(headers), extensions=offers or [])
        await self.stream.send_all(self._ws.send(request))
        while self.accepted is None and self.rejected is None and not self._frames:
            await self._read()
        return self

    async def send(self, *frames: object) -> None:
        """Sends frames in one segment."""
        data = b"".join(self._ws.send(ws.TextMessage(json.dumps(frame))) for frame in frames)
        await self.stream.send_all(data)

    async def close(self, code: int) -> None:
        """Sends a close frame."""
        await self.stream.send_all(self._ws.send(ws.CloseConnection(code)))

    async def ping(self, payload: bytes) -> None:
        """Sends a WebSocket ping."""
        await self.stream.send_all(self._ws.send(ws.Ping(payload)))

    async def receive(self) -> Json | End:
        """The next frame, or the end."""
        while not self._frames:
            await self._read()
        return self._frames.pop(0)

    async def frame(self) -> Json:
        """The next frame."""
        received = await self.receive()
        assert not isinstance(received, End), received
        return received

    async def frames(self, count: int) -> list[Json]:
        """The next frames."""
        return [await self.frame() for _ in range(count)]

    async def end(self) -> End:
        """The end; what comes before it is passed over."""
        while not isinstance(received := await self.receive(), End):
            pass
        return received

    async def log_in(self, token: str, *, intents: int = 2**31 - 1, shard: object = (0, 1)) -> Json:
        """HELLO, IDENTIFY, READY."""
        assert (await self.frame())["op"] == 10
        await self.send({"op": 2, "d": {"token": token, "intents": intents, "shard": shard, "properties": {}}})
        ready = await self.frame()
        assert ready["t"] == "READY", ready
        return ready

    async def resume(self, token: str, session_id: object, seq: int) -> None:
        """HELLO, RESUME."""
        assert (await self.frame())["op"] == 10
        await self.send({"op": 6, "d": {"token": token, "session_id": session_id, "seq": seq}})

    async def _read(self) -> None:
        try:
            data = await self.stream.receive_some(65_536)
        except trio.BrokenResourceError:
            data = b""
        if not data:
            self._frames.append(End(None))
            return
        try:
            self._ws.receive_data(bytes(data))
            for event in self._ws.events():
                self._take(event)
        except RemoteProtocolError as error:
            self._frames.append(End(None, str(error)))

    def _take(self, event: ws.Event) -> None:
        match event:
            case ws.AcceptConnection():
                self.accepted = event
            case ws.RejectConnection():
                self.rejected = event
            case ws.TextMessage():
                self._parts.append(event.data)
                if event.message_finished:
                    self._frames.append(_parsed("".join(self._parts)))
                    self._parts.clear()
            case ws.CloseConnection():
                self._frames.append(End(int(event.code), event.reason or ""))
            case ws.Pong():
                self._frames.append({"pong": bytes(event.payload)})
            case _:
                pass


def _parsed(text: str) -> Json:
    try:
        return cast("Json", json.loads(text))
    except ValueError:
        return {"garbage": text}


def data_of(frame: Json) -> Json:
    """The `d` of a frame, an object."""
    return cast("Json", frame["d"])
