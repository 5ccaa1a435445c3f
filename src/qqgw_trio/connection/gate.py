"""The identify gate for all shards of one trio process: wait for a permit, give it back.

`Gate` is what a fleet asks of any gate, and all that another one (shared by several processes, say) must offer; it must
pass `tests/contracts/gate_contract.py`. `LocalGate` is the one for a single process: `qqgw_proto.sharding.IdentifyGate`
keeps the count, this module only sleeps and wakes. It needs no task of its own: the task at the head of the queue keeps
the time.

`LocalGate.limits` is what is left at the moment of asking: what the platform said last, less the permits granted since,
and the full number again from the platform's reset on.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Final, Protocol

import attrs
import msgspec
import trio

from qqgw_proto.sharding import DAY, DEFAULT_LEASE, Delayed, Granted, IdentifyGate, Permit, RequestId, StartLimits

__all__ = ["Gate", "LocalGate"]

logger = logging.getLogger(__name__)

SHORTEST_SLEEP: Final = 0.001
"""Seconds; with a clock that is not trio's a sleep may end a little before the deadline by that clock."""


class Gate(Protocol):
    """Permits for the IDENTIFYs of a bot's shards, starts and re-identifies alike; a RESUME needs none.

    All instants are seconds of one clock that the gate's maker chose.
    """

    async def acquire(self, shard_id: int, on_delay: Callable[[float], None]) -> Permit:
        """Wait for a permit; always a checkpoint. Served in the order of calling.

        Args:
            shard_id: Who asks.
            on_delay: Called in the caller's task, before it waits, with the instant at which the permit is expected; it
                is called again when that has passed or changed, so that a wait is never silent.

        Returns:
            A permit that must be given to `release`, whatever happens. Cancelled, nothing is held.
        """
        ...

    def release(self, permit: Permit, identified_at: float | None) -> None:
        """Give a permit back; a second time changes nothing.

        Args:
            permit: As acquired.
            identified_at: When the IDENTIFY was sent; its slot is free 5 s later. None: it was not, the slot is free.
        """
        ...

    def update(self, limits: StartLimits) -> None:
        """Take over newer limits, at once and for those who wait too."""
        ...


class _Waiter(msgspec.Struct, eq=False):
    """A task inside `acquire`. `news` wakes it; `alarm` does, if it heads the queue, when the gate's deadline comes."""

    permit: Permit | None = None
    until: float | None = None
    news: trio.Event = msgspec.field(default_factory=trio.Event)
    alarm: trio.CancelScope = msgspec.field(default_factory=trio.CancelScope)

    def sleep_anew(self) -> None:
        self.news, self.alarm = trio.Event(), trio.CancelScope()


class _ReadableGate(IdentifyGate):
    """Tells what is left. To read takes no step of the gate's, so that any thread may."""

    def left(self, now: float) -> StartLimits:
        """The limits with what remains of them, and the seconds to the reset.

        "remaining: sessions that can still be created; reset_after: until total is reset" (GWB:34-37).

        Args:
            now: As of all other calls.
        """
        left, reset_at, now = self._budget, self._reset_at, max(now, self._now)
        if reset_at == math.inf:  # no call has brought a time yet
            return self._limits
        if now >= reset_at:  # which the next step will find
            left = self._limits.total - len(self._held)
            reset_at += DAY * (1 + (now - reset_at) // DAY)
        return attrs.evolve(self._limits, remaining=max(0, left), reset_after=reset_at - now)


class LocalGate:
    """The `Gate` of one process; all calls are made inside one `trio.run`.

    Args:
        limits: What `GET /gateway/bot` said last; `update` tells newer ones.
        lease: Seconds after which a permit that was never released loses its slot.
        clock: The clock of all instants; monotonic seconds. The default is trio's.

    Raises:
        ConfigurationError: The lease is shorter than 5 s.
    """

    def __init__(
        self,
        limits: StartLimits | None = None,
        *,
        lease: float = DEFAULT_LEASE,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._gate = _ReadableGate(limits, lease=lease)
        self._clock = clock
        self._waiters: dict[RequestId, _Waiter] = {}  # in the order of asking
        self._spent_until: float | None = None  # said in the log once, not once a shard

    @property
    def limits(self) -> StartLimits:
        """What is left: as told last, less the permits granted since; from any thread."""
        return self._gate.left(self._clock())

    @property
    def waiting(self) -> int:
        """Shards that wait for a permit."""
        return len(self._waiters)

    async def acquire(self, shard_id: int, on_delay: Callable[[float], None]) -> Permit:
        """As `Gate.acquire`."""
        request = self._gate.request(shard_id, self._clock())
        waiter = self._waiters[request] = _Waiter()
        try:
            return await self._wait(waiter, on_delay)
        except BaseException:
            self._waiters.pop(request, None)
            self._gate.cancel(request, self._clock())
            self._spread_news()
            raise

    def release(self, permit: Permit, identified_at: float | None) -> None:
        """As `Gate.release`."""
        self._gate.returned(permit, identified_at, self._clock())
        self._spread_news()

    def update(self, limits: StartLimits) -> None:
        """As `Gate.update`."""
        self._gate.update(limits, self._clock())
        self._spread_news()

    async def _wait(self, waiter: _Waiter, on_delay: Callable[[float], None]) -> Permit:
        while True:
            waiter.sleep_anew()
            self._spread_news()
            if waiter.permit is None and waiter.until is not None:
                until, waiter.until = waiter.until, None
                on_delay(until)
            with waiter.alarm:
                await waiter.news.wait()
            if waiter.permit is not None:
                return waiter.permit

    def _spread_news(self) -> None:
        for notice in self._gate.poll(self._clock()):
            if isinstance(notice, Granted):
                waiter = self._waiters.pop(notice.permit.request)
                waiter.permit = notice.permit
            else:
                waiter = self._waiters[notice.request]
                waiter.until = notice.until
                self._log(notice)
            waiter.news.set()
        deadline = self._gate.deadline
        if deadline is not None:
            head = next(iter(self._waiters.values()))
            head.alarm.deadline = self._trio_time(deadline)

    def _trio_time(self, instant: float) -> float:
        if self._clock is trio.current_time:
            return instant
        return trio.current_time() + max(instant - self._clock(), SHORTEST_SLEEP)

    def _log(self, delay: Delayed) -> None:
        seconds = delay.until - self._clock()
        logger.debug("shard %d waits %.1f s for its turn to identify (%s)", delay.shard_id, seconds, delay.why)
        if delay.why == "start_limit" and delay.until != self._spent_until:
            self._spent_until = delay.until
            text = "the session starts of this day do not suffice: shards that must identify wait %.0f s"
            logger.warning(text, seconds)
