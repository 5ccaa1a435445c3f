"""One connection of a shard on trio: dials, then reads and writes side by side until the core drops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConnectionFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.clock import Clock
from qqgw_trio.connection.transport import Transport

__all__ = ["Link", "Owner"]


class Owner(Protocol):
    """The shard, as its connection sees it."""

    gateway: ClientGateway
    clock: Clock

    def apply(self, effects: Sequence[do.Effect]) -> None:
        """Carries effects out."""
        ...

    async def wait_room(self) -> None:
        """Until events may be read."""
        ...


class Link:
    """One connection, from dial to its end. Writing is a task only while there is something to write.

    Args:
        owner: The shard.
        effect: What began it.
        dial: Opens a stream, or raises `GatewayError`.
    """

    __slots__ = (
        "_closing",
        "_dial",
        "_number",
        "_nursery",
        "_outbox",
        "_owner",
        "_scope",
        "_transport",
        "_url",
        "_writer",
    )

    def __init__(self, owner: Owner, effect: do.Dial, dial: Callable[[GatewayUrl], Awaitable[Transport]]) -> None:
        self._owner = owner
        self._number = effect.connection
        self._url = effect.url
        self._dial = dial
        self._scope = trio.CancelScope()
        self._outbox = b""
        self._closing = False
        self._transport: Transport | None = None
        self._nursery: trio.Nursery | None = None
        self._writer: trio.CancelScope | None = None

    def apply(self, effect: do.Write | do.CloseTransport | do.AbandonTransport) -> None:
        """Carries an effect out, or begins to.

        Bytes go out as soon as those before them are gone. A polite end waits for them too, but not longer than
        `within`; an abandoned link ends at once.
        """
        match effect:
            case do.Write():
                self._outbox += effect.data
                self._begin_writing()
            case do.CloseTransport():
                self._closing = True
                self._scope.deadline = trio.current_time() + effect.within
                self._begin_writing()
            case _:
                self._scope.cancel()

    async def run(self, nursery: trio.Nursery) -> None:
        """Lives until closed or abandoned.

        Args:
            nursery: Where it writes; one that lives longer.
        """
        owner, number = self._owner, self._number
        with self._scope:
            try:
                transport = await self._dial(self._url)
            except GatewayError as error:
                owner.apply(owner.gateway.dial_failed(number, error, owner.clock()))
                return
            try:
                owner.apply(owner.gateway.opened(number, owner.clock()))
                self._transport, self._nursery = transport, nursery
                self._begin_writing()
                await self._read(transport)
                await trio.sleep_forever()  # Whether more is to be written, and when it ends, the core says.
            finally:
                self._transport = None
                if self._writer is not None:
                    self._writer.cancel()
                await transport.abandon()

    async def _read(self, transport: Transport) -> None:
        owner, number = self._owner, self._number
        data = b"more"
        try:
            while data:
                await owner.wait_room()
                data = await transport.receive()
                owner.apply(owner.gateway.receive_data(number, data, owner.clock()))
        except ConnectionFailed as error:
            owner.apply(owner.gateway.lost(number, error, owner.clock()))

    def _begin_writing(self) -> None:
        """Lets a task write what is there, unless one is at it; before the stream is open it only waits."""
        if self._transport is not None and self._nursery is not None and self._writer is None:
            self._writer = trio.CancelScope()
            self._nursery.start_soon(self._write, self._transport, self._writer)

    async def _write(self, transport: Transport, scope: trio.CancelScope) -> None:
        owner, number = self._owner, self._number
        with scope:
            try:
                while self._outbox:
                    data, self._outbox = self._outbox, b""
                    owner.apply(owner.gateway.writing_blocked(number, owner.clock()))
                    await transport.send(data)
                    owner.apply(owner.gateway.writing_resumed(number, owner.clock()))
                if not self._closing:
                    self._writer = None
                    return
                await transport.close()
            except ConnectionFailed as error:
                owner.apply(owner.gateway.lost(number, error, owner.clock()))
            self._scope.cancel()
