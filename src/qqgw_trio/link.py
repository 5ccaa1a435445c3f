"""One connection of a shard on trio: dials, then reads and writes side by side until the core drops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConnectionFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.clock import Clock
from qqgw_trio.transport import Transport

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
    """One connection, from dial to its end.

    Args:
        owner: The shard.
        effect: What began it.
        dial: Opens a stream, or raises `GatewayError`.
    """

    def __init__(self, owner: Owner, effect: do.Dial, dial: Callable[[GatewayUrl], Awaitable[Transport]]) -> None:
        self._owner = owner
        self._number = effect.connection
        self._url = effect.url
        self._dial = dial
        self._scope = trio.CancelScope()
        self._outbox = bytearray()
        self._news = trio.Event()
        self._closing = False

    def apply(self, effect: do.Write | do.CloseTransport | do.AbandonTransport) -> None:
        """Carries an effect out, or begins to.

        Bytes go out as soon as those before them are gone. A polite end waits for them too, but not longer than
        `within`; an abandoned link ends at once.
        """
        match effect:
            case do.Write():
                self._outbox += effect.data
            case do.CloseTransport():
                self._closing = True
                self._scope.deadline = trio.current_time() + effect.within
            case _:
                self._scope.cancel()
        self._news.set()

    async def run(self) -> None:
        """Lives until closed or abandoned."""
        owner, number = self._owner, self._number
        with self._scope:
            try:
                transport = await self._dial(self._url)
            except GatewayError as error:
                owner.apply(owner.gateway.dial_failed(number, error, owner.clock()))
                return
            try:
                owner.apply(owner.gateway.opened(number, owner.clock()))
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write, transport)
                    await self._read(transport)
            finally:
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

    async def _write(self, transport: Transport) -> None:
        owner, number = self._owner, self._number
        try:
            while self._outbox or not self._closing:
                if self._outbox:
                    data, self._outbox = bytes(self._outbox), bytearray()
                    owner.apply(owner.gateway.writing_blocked(number, owner.clock()))
                    await transport.send(data)
                    owner.apply(owner.gateway.writing_resumed(number, owner.clock()))
                else:
                    self._news = trio.Event()
                    await self._news.wait()
            await transport.close()
        except ConnectionFailed as error:
            owner.apply(owner.gateway.lost(number, error, owner.clock()))
        self._scope.cancel()
