"""Real surroundings of one shard that write down what they are asked for, in order, and can be told to hold still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from math import inf
from random import Random
from typing import TypeVar

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.clock import Clock
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.connection.transport import Transport
from support.simulated import Bench

__all__ = ["CONFIG", "URL", "Around", "Dial", "around_of", "connected", "handles_all", "in_memory", "tasks"]

CONFIG = ClientConfig(intents=2**31 - 1)
URL = "ws://gateway.test/websocket"
NoticeT = TypeVar("NoticeT", bound=do.Notice)
Dial = Callable[[GatewayUrl], Awaitable[Transport]]


def in_memory(open_stream: Callable[[], trio.abc.Stream]) -> Dial:
    """A dial that takes no time."""

    async def dial(_url: GatewayUrl) -> Transport:
        await trio.lowlevel.checkpoint()
        return Transport(open_stream())

    return dial


class Around(Surroundings):
    """One shard and what surrounds it.

    Args:
        dial: Opens streams.
        token: Gives an access token; asked at first, and when one is to be renewed.
        config: What the shard is.
        url: Where it dials.
        clock: What it lives by.
    """

    def __init__(
        self,
        dial: Dial,
        token: Callable[[], str],
        *,
        config: ClientConfig = CONFIG,
        url: str = URL,
        clock: Clock = trio.current_time,
    ) -> None:
        # What a test may change.
        self.holds: set[str] = set()
        """Which of "permit", "access", "dial" and "settle" come to nothing."""
        self.asleep = 0
        """How many permits, grants and dials are held at this moment."""
        self.on_notice: Callable[[do.Notice], None] | None = None
        # What happened.
        self.log: list[str] = []
        self.notices: list[do.Notice] = []
        self._counts = Counter[type[do.Notice]]()
        self.handled: list[str] = []
        self.tickets: list[Ticket] = []
        self.saved: list[Snapshot | None] = []
        self.renewals: list[bool] = []
        self.dialed_at: list[float] = []
        self._room = trio.Event()
        self._room.set()
        self._news = trio.Event()
        self._dial = dial
        self._get_token = token
        self._token = ""
        self._url = url
        self.shard = Shard(ClientGateway(config, Random(1)), self, clock)

    # --- what a test asks

    def noticed(self, kind: type[do.Notice]) -> int:
        """How many notices of a kind came."""
        return self._counts[kind]

    def last(self, kind: type[NoticeT]) -> NoticeT:
        """The latest notice of a kind."""
        return next(notice for notice in reversed(self.notices) if isinstance(notice, kind))

    async def until(self, condition: Callable[[], bool], *, within: float = 600.0) -> None:
        """Waits for something to come true; it is looked at whenever anything happens to the shard."""
        with trio.fail_after(within):
            while not condition():
                await self._news.wait()

    async def until_noticed(self, kind: type[do.Notice], count: int = 1, *, within: float = 600.0) -> None:
        """Waits for so many notices of a kind."""
        await self.until(lambda: self.noticed(kind) >= count, within=within)

    def fill(self) -> None:
        """Leaves no room for events."""
        self._room = trio.Event()

    def empty(self) -> None:
        """Makes room again."""
        self._room.set()

    # --- what the shard asks

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        self._note("RequestPermit")
        await self._hold("permit")
        shard.apply(shard.gateway.permit_granted(request.request, shard.clock()))

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        self._note(f"ReturnPermit {'unused' if permit.identified_at is None else 'used'}")

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        self._note("RequestAccess")
        self.renewals.append(request.renew)
        await self._hold("access")
        if request.renew or not self._token:
            self._token = self._get_token()
        shard.apply(shard.gateway.access_granted(request.request, self._url, self._token, shard.clock()))

    async def dial(self, url: GatewayUrl) -> Transport:
        self._note("Dial")
        self.dialed_at.append(trio.current_time())
        await self._hold("dial")
        return await self._dial(url)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        self._note("Deliver")
        self.tickets += batch.tickets()
        if "settle" not in self.holds:
            self.handled += [event.id for event in batch.events if event.id is not None]
            shard.settled(batch.tickets())
        self._note("Delivered")

    def has_room(self) -> bool:
        return self._room.is_set()

    async def wait_room(self) -> None:
        await self._room.wait()

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        self._note("SaveSession")
        self.saved.append(snapshot)

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        self._note(type(notice).__name__)
        self.notices.append(notice)
        self._counts[type(notice)] += 1
        if self.on_notice is not None:
            self.on_notice(notice)

    async def _hold(self, what: str) -> None:
        if what in self.holds:
            self.asleep += 1
            try:
                await trio.sleep_forever()
            finally:
                self.asleep -= 1

    def _note(self, what: str) -> None:
        self.log.append(what)
        self._news.set()
        self._news = trio.Event()


def around_of(bench: Bench, config: ClientConfig = CONFIG) -> Around:
    """A shard whose streams lead to a simulated platform."""
    return Around(in_memory(bench.open_stream), lambda: bench.access_token, config=config)


async def connected(nursery: trio.Nursery, around: Around) -> Around:
    """Runs the shard, and returns when it is READY."""
    nursery.start_soon(around.shard.run)
    await around.until_noticed(do.Ready)
    return around


async def handles_all(bench: Bench, around: Around, events: int, rate: float = inf) -> None:
    """Lets the platform send so many events, and returns when all are handled."""
    ids = await bench.gateway.emit(events, rate=rate)
    await around.until(lambda: set(ids) <= set(around.handled))


def tasks() -> int:
    """How many tasks live in this trio run."""
    return trio.lowlevel.current_statistics().tasks_living
