"""One `ClientGateway` on trio streams: applies its effects, feeds it bytes and time. No policy: that is the core's.

What a shard needs around it is its `Surroundings`. `Shard.run` lives until the gateway has stopped or failed. Reading,
writing and ticking are tasks of their own and never wait for each other; handlers are not among them. While the
surroundings have no room the shard stops reading and goes on ticking and writing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.machine.states import FINAL
from qqgw_trio.clock import Clock
from qqgw_trio.link import Link
from qqgw_trio.surroundings import Surroundings
from qqgw_trio.transport import Transport

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
        self._alarm = trio.CancelScope()
        self._armed: float | None = None
        self._paused = False
        self._connections: trio.Nursery
        self._requests: trio.Nursery

    async def run(self, session: Snapshot | None = None) -> None:
        """Lives until the gateway has stopped or failed; which, `notice` has said."""
        async with trio.open_nursery() as self._connections, trio.open_nursery() as self._requests:
            self.apply(self.gateway.start(self.clock(), session))
            while self.gateway.state not in FINAL:
                with trio.CancelScope() as self._alarm:
                    self._arm(afresh=True)
                    await trio.sleep_forever()
                self.apply(self.gateway.tick(self.clock()))
            self._requests.cancel_scope.cancel()

    def stop(self) -> None:
        """Saves and closes; harmless in every state."""
        self.apply(self.gateway.stop(self.clock()))

    def settled(self, tickets: Sequence[Ticket]) -> None:
        """Events are finished."""
        self.apply(self.gateway.settled(tickets, self.clock()))

    async def wait_room(self) -> None:
        """Until events may be read; the core knows meanwhile that an ACK may lie unread."""
        if self._around.has_room() and not self._paused:
            return
        if not self._paused:
            self._paused = True
            self.apply(self.gateway.reading_paused(self.clock()))
        await self._around.wait_room()
        self._paused = False
        self.apply(self.gateway.reading_resumed(self.clock()))

    async def dial(self, effect: do.Dial) -> Transport:
        """Opens a stream."""
        return await self._around.dial(effect.url)

    def apply(self, effects: Sequence[do.Effect]) -> None:
        """Carries effects out in their order; what takes time is begun."""
        for effect in effects:
            self._apply(effect)
        self._arm()

    def _arm(self, *, afresh: bool = False) -> None:
        deadline = self.gateway.deadline
        if self.gateway.state in FINAL:
            self._alarm.cancel()
        elif afresh or deadline != self._armed:
            self._armed = deadline
            rest = math.inf if deadline is None else max(0.0, deadline - self.clock())
            self._alarm.deadline = trio.current_time() + rest

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.Deliver():
                self._around.deliver(self, effect)
            case do.Dial() | do.Write() | do.CloseTransport() | do.AbandonTransport():
                self._apply_to_link(effect)
            case do.RequestAccess():
                self._requests.start_soon(self._around.access, self, effect)
            case do.RequestPermit():
                self._requests.start_soon(self._around.permit, self, effect)
            case do.ReturnPermit():
                self._around.return_permit(self, effect)
            case do.SaveSession():
                self._around.save(self, effect.snapshot)
            case _:
                self._around.notice(self, effect)

    def _apply_to_link(self, effect: do.Dial | do.Write | do.CloseTransport | do.AbandonTransport) -> None:
        if isinstance(effect, do.Dial):
            self._links[effect.connection] = Link(self, effect)
            self._connections.start_soon(self._live, effect.connection)
            return
        link = self._links.get(effect.connection)
        if link is None:
            return  # It has ended by itself; the core lets go of what is gone.
        match effect:
            case do.Write():
                link.write(effect.data)
            case do.CloseTransport():
                link.close(effect.within)
            case do.AbandonTransport():
                link.abandon()

    async def _live(self, connection: int) -> None:
        try:
            await self._links[connection].run()
        finally:
            del self._links[connection]
