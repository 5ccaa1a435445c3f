"""One shard of ours, without workers around it: raw events, or typed ones, straight to a handler.

Modes: `raw`, `typed`, `paced`, `replay`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

import trio

from benchmarks.harness import Meter, PacedMeter, serve
from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig
from qqgw_proto.events import decode_each
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.clock import shard_clock
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.connection.transport import Transport, dial

__all__ = ["Alone"]

CONFIG = ClientConfig(intents=2**31 - 1)


class Alone(Surroundings):
    """A shard's surroundings that grant everything and settle each batch at once.

    Args:
        url: Where the gateway is.
        handle: Called with each event.
        begin: Called at READY.
        read: Decodes a batch, where typed events are wanted.
    """

    def __init__(
        self,
        url: str,
        handle: Callable[[Any], None],
        begin: Callable[[], None],
        read: Callable[[Sequence[Dispatch]], Sequence[object]] = lambda events: events,
    ) -> None:
        self._url = url
        self._read = read
        self._handle = handle
        self._begin = begin
        self.shard = Shard(ClientGateway(CONFIG, Random(1)), self, shard_clock())

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        shard.apply(shard.gateway.permit_granted(request.request, shard.clock()))

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        pass

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        shard.apply(shard.gateway.access_granted(request.request, self._url, "token", shard.clock()))

    async def dial(self, url: GatewayUrl) -> Transport:
        return await dial(url)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        handle = self._handle
        for event in self._read(batch.events):
            handle(event)
        shard.settled(batch.tickets())

    def has_room(self) -> bool:
        return True

    async def wait_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        pass

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        if isinstance(notice, do.Ready):
            self._begin()


def _alone(mode: str, url: str, meter: Meter) -> Alone:
    match mode:
        case "typed":
            return Alone(url, meter.handle, meter.begin, decode_each)
        case "paced":
            return Alone(url, lambda event: meter.take(event.id), meter.begin)
        case _:
            return Alone(url, meter.handle, meter.begin)


async def _receive(mode: str, url: str, count: int) -> dict[str, float]:
    done = trio.Event()
    meter = PacedMeter(count, done.set) if mode == "paced" else Meter(count, done.set)
    alone = _alone(mode, url, meter)
    async with trio.open_nursery() as nursery:
        if mode == "replay":
            meter.begin()
        nursery.start_soon(alone.shard.run, Snapshot("session", 1) if mode == "replay" else None)
        await done.wait()
        nursery.cancel_scope.cancel()
    return meter.answer()


if __name__ == "__main__":
    serve(lambda url, count: trio.run(partial(_receive, sys.argv[1], url, count)))
