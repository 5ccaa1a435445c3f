"""One `ClientGateway` on trio streams: applies its effects, feeds it bytes and time. No policy: that is the core's.

What a shard needs around it is its `Surroundings`. `Shard.run` lives until the gateway has stopped or failed. Reading,
writing and ticking are tasks of their own and never wait for each other; handlers are not among them. While the
surroundings have no room the shard stops reading and goes on ticking and writing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.machine.states import FINAL, ConnectionState
from qqgw_trio.connection.clock import Clock, look_again_at
from qqgw_trio.connection.link import Link
from qqgw_trio.connection.surroundings import Surroundings

__all__ = ["Shard"]


class Shard:
    """One shard.

    Args:
        gateway: Not yet started.
        around: Its surroundings.
        clock: Seconds, monotonic; best one that runs on through a suspend (`shard_clock`).
    """

    def __init__(self, gateway: ClientGateway, around: Surroundings, clock: Clock) -> None:
        self.gateway = gateway
        self.clock = clock
        self.shard_id = gateway.config.shard.shard_id
        self._around = around
        self._links: dict[int, Link] = {}
        self._asking: dict[type[do.Effect], trio.CancelScope] = {}
        self._undone: deque[do.Effect] = deque()
        self._applying = False
        self._alarm = trio.CancelScope()
        self._armed: float | None = None
        self._pause: trio.CancelScope | None = None
        self._nursery: trio.Nursery

    async def run(self, session: Snapshot | None = None) -> None:
        """Lives until the gateway has stopped or failed; which, `notice` has said. Cancelled, it saves first."""
        async with trio.open_nursery() as self._nursery:
            if self.gateway.state not in FINAL:  # It may have been stopped before it began.
                self.apply(self.gateway.start(self.clock(), session))
            try:
                while self.gateway.state not in FINAL:
                    with trio.CancelScope() as self._alarm:
                        self._arm(afresh=True)
                        await trio.sleep_forever()
                    self.apply(self.gateway.tick(self.clock()))
            finally:
                self.stop()
            for asking in self._asking.values():
                asking.cancel()

    def stop(self) -> None:
        """Saves and closes; harmless in every state."""
        self.apply(self.gateway.stop(self.clock()))
        if self._pause is not None:
            self._pause.cancel()  # What comes now is no event any more, but the close frame that is the answer.

    def settled(self, tickets: Sequence[Ticket]) -> None:
        """Events are finished."""
        self.apply(self.gateway.settled(tickets, self.clock()))

    async def wait_room(self) -> None:
        """Until events may be read; the core knows meanwhile that an ACK may lie unread."""
        if self.gateway.state is ConnectionState.CLOSING or (self._around.has_room() and self._pause is None):
            return
        if self._pause is None:  # Otherwise the connection before this one was lost in the pause, which goes on.
            self.apply(self.gateway.reading_paused(self.clock()))
        with trio.CancelScope() as self._pause:
            await self._around.wait_room()
        self._pause = None
        self.apply(self.gateway.reading_resumed(self.clock()))

    def apply(self, effects: Sequence[do.Effect]) -> None:
        """Carries effects out in their order, those of a call made meanwhile behind them; what takes time is begun."""
        self._undone.extend(effects)
        if self._applying:
            return
        self._applying = True
        try:
            while self._undone:
                self._apply(self._undone.popleft())
        finally:
            self._applying = False
        self._arm()

    def _arm(self, *, afresh: bool = False) -> None:
        deadline = self.gateway.deadline
        if self.gateway.state in FINAL:
            self._alarm.cancel()
        elif afresh or deadline != self._armed:
            self._armed = deadline
            self._alarm.deadline = look_again_at(deadline, self.clock)

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.Deliver():
                self._around.deliver(self, effect)
            case do.Dial():
                self._links[effect.connection] = Link(self, effect, self._around.dial)
                self._nursery.start_soon(self._live, effect.connection)
            case do.Write() | do.CloseTransport() | do.AbandonTransport():
                link = self._links.get(effect.connection)
                if link is not None:  # Otherwise it has ended by itself.
                    link.apply(effect)
            case do.RequestAccess():
                self._ask(self._around.access, effect)
            case do.RequestPermit():
                self._ask(self._around.permit, effect)
            case do.ReturnPermit():
                self._around.return_permit(self, effect)
            case do.SaveSession():
                self._around.save(self, effect.snapshot)
            case _:
                self._around.notice(self, effect)

    def _ask(self, ask: Callable[[Shard, Any], Awaitable[None]], request: do.RequestAccess | do.RequestPermit) -> None:
        """Asks; a question of the same kind that is still open is obsolete."""
        obsolete = self._asking.get(type(request))
        if obsolete is not None:
            obsolete.cancel()
        self._asking[type(request)] = scope = trio.CancelScope()

        async def ask_until_obsolete() -> None:
            with scope:
                await ask(self, request)
            if self._asking.get(type(request)) is scope:
                del self._asking[type(request)]

        self._nursery.start_soon(ask_until_obsolete)

    async def _live(self, connection: int) -> None:
        try:
            await self._links[connection].run(self._nursery)
        finally:
            del self._links[connection]
