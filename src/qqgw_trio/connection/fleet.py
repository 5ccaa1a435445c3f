"""All shards of one bot: their permits, their access, their events, their sessions, and what becomes of a failure.

Shards share only the identify gate, the access and the workers; one that fails disturbs no other. The policy is a
setting: "end" (the default) stops all shards and raises the first error, "go on" leaves the others alone. After an
outage that struck all of them their RESUMEs are spaced; IDENTIFYs are the gate's.

A gate counts 5 s from the IDENTIFY, the platform from when it has read it. So a permit is given back when the answer to
its IDENTIFY has come, which is later than that: no network between the two can put more into 5 s than are allowed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeAlias

import trio

from qqgw_proto.errors import ConfigurationError, GatewayError, ReshardRequired
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.sharding import Permit
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.access import GatewayAccess
from qqgw_trio.connection.gate import Gate
from qqgw_trio.connection.pace import Pace
from qqgw_trio.connection.resharding import advised
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.transport import Transport, dial
from qqgw_trio.delivery.workers import Workers
from qqgw_trio.handler.listening import tell_listener
from qqgw_trio.rest.api_errors import is_fatal, wait_asked_by
from qqgw_trio.storage.store import SessionKey, SessionStore

__all__ = ["DialFunction", "Fleet", "OnNotice"]

logger = logging.getLogger(__name__)

OnNotice = Callable[[Shard, do.Notice], None]

DialFunction: TypeAlias = Callable[[GatewayUrl], Awaitable[Transport]]
"""Opens a stream to the gateway, or raises `GatewayError`."""

RECOVERIES: Final = 50.0
"""RESUMEs in a second, of all shards together."""

ANSWER: Final = 1.0
"""Seconds that a permit waits for the answer to its IDENTIFY; networks differ by less from one time to the next."""

ADVICE: Final = 5.0
"""Seconds that a failed shard's fleet waits for the platform to recommend a number of shards."""


class Fleet:
    """The shards of one bot in one process.

    Args:
        access: URL and token.
        gate: Permits.
        workers: Where events go.
        store: Where snapshots go, and come from at start.
        dial: Opens streams.
        recoveries: RESUMEs in a second; more where the shards are so many that some could not begin in time.
        on_notice: Told everything that happens.
        on_failure: What a failed shard means for the others.
    """

    def __init__(
        self,
        access: GatewayAccess,
        gate: Gate,
        workers: Workers,
        store: SessionStore,
        *,
        dial: DialFunction = dial,
        recoveries: float = RECOVERIES,
        on_notice: OnNotice | None = None,
        on_failure: Literal["end", "go on"] = "end",
    ) -> None:
        self._access = access
        self._gate = gate
        self._workers = workers
        self._store = store
        self._dial = dial
        self._recoveries = recoveries
        self._pace = Pace(recoveries)
        self._on_notice = on_notice
        self._on_failure = on_failure
        self._shards: dict[int, Shard] = {}
        self._keys: dict[int, SessionKey] = {}
        self._permits: dict[tuple[int, int], Permit] = {}
        self._unanswered: dict[int, trio.Event] = {}
        self._errors: list[GatewayError] = []
        self._draining = False
        self._errands: trio.Nursery | None = None
        self._running: trio.Nursery | None = None

    @property
    def shards(self) -> Mapping[int, Shard]:
        """The shards by id."""
        return self._shards

    @property
    def is_ready(self) -> bool:
        """Whether every shard is READY."""
        shards = self._shards.values()
        return bool(shards) and all(shard.gateway.state is ConnectionState.READY for shard in shards)

    @property
    def recoveries_per_second(self) -> float:
        """How many RESUMEs may begin in a second."""
        return self._pace.per_second

    def add(self, shard: Shard, key: SessionKey) -> None:
        """Takes a shard in, before `run`."""
        self._shards[shard.shard_id] = shard
        self._keys[shard.shard_id] = key
        # None may wait longer than half of what the core waits for access.
        self._pace.per_second = max(self._recoveries, 2 * len(self._shards) / shard.gateway.config.deadlines.access)

    async def run(self) -> None:
        """Runs until every shard has ended; `raise_failure` says how."""
        async with trio.open_nursery() as self._errands:
            async with trio.open_nursery() as self._running:
                for shard_id, shard in self._shards.items():
                    fields = _fields(shard)
                    logger.info("starting shard %s (id/count, ids from 0)", fields["shard"], extra=fields)
                    self._running.start_soon(shard.run, self._store.load(self._keys[shard_id]))
            self._errands.cancel_scope.cancel()
        self._errands = self._running = None

    def reconnect(self, shard_id: int | None = None) -> None:
        """Lets a shard, or each of them, RESUME on a new connection; one that has none stays as it is."""
        for shard in self._shards.values() if shard_id is None else [self._shards[shard_id]]:
            shard.apply(shard.gateway.reconnect(shard.clock()))

    def raise_failure(self) -> None:
        """Raises the failure that ended the fleet, if one did; to be called outside of any nursery.

        Raises:
            GatewayError: The first failure of a shard.
        """
        if self._errors:
            raise self._errors[0]

    def fail(self, error: GatewayError) -> None:
        """Ends all shards with this error."""
        self._errors.append(error)
        self.stop()

    async def drain(self, within: float) -> bool:
        """Reads no more and lets the workers finish, while heartbeats go on; returns whether they did in time."""
        self._draining = True
        return await self._workers.drain(within)

    def stop(self) -> None:
        """Saves and closes every shard."""
        for shard in self._shards.values():
            shard.stop()

    # --- the surroundings of a shard

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        """Waits for the identify gate."""
        number = request.request
        permit = await self._gate.acquire(
            shard.shard_id,
            lambda until: shard.apply(shard.gateway.permit_delayed(number, until, shard.clock())),
        )
        self._permits[shard.shard_id, number] = permit
        shard.apply(shard.gateway.permit_granted(number, shard.clock()))

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        """Gives a permit back by its outcome; a used one once the answer to its IDENTIFY has come."""
        held = self._permits.pop((shard.shard_id, permit.request))
        if permit.identified_at is None or self._errands is None:
            self._gate.release(held, permit.identified_at)
        else:
            answered = self._unanswered[shard.shard_id] = trio.Event()
            self._errands.start_soon(self._return_when_answered, shard, held, answered)

    async def _return_when_answered(self, shard: Shard, permit: Permit, answered: trio.Event) -> None:
        try:
            with trio.move_on_after(ANSWER):
                await answered.wait()
        finally:
            self._gate.release(permit, shard.clock())

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        """Fetches URL and token; heartbeats of connected shards never wait for it."""
        gateway, number = shard.gateway, request.request
        if gateway.session is not None:  # It will RESUME; who identifies has waited for the gate.
            await self._pace.wait()
        try:
            granted = await self._access.grant(shard.shard_id, renew=request.renew)
            effects = gateway.access_granted(number, granted.url, granted.token, shard.clock())
        except GatewayError as error:
            fatal = isinstance(error, ConfigurationError) or is_fatal(error)
            wait = wait_asked_by(error)
            effects = gateway.access_denied(number, error, shard.clock(), fatal=fatal, retry_after=wait)
        shard.apply(effects)

    async def dial(self, url: GatewayUrl) -> Transport:
        """Opens TCP and TLS."""
        return await self._dial(url)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        """Hands events to the workers."""
        self._workers.offer(shard, batch)

    def has_room(self) -> bool:
        """Whether the workers take more."""
        return not (self._draining or self._workers.full)

    async def wait_room(self) -> None:
        """Waits until the workers take more; while draining, for ever."""
        await self._workers.wait_room()
        if self._draining:  # Room that a drain makes is not for new events.
            await trio.sleep_forever()

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        """Keeps a snapshot."""
        self._store.save(self._keys[shard.shard_id], snapshot)

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        """Notes what concerns the fleet and passes everything on."""
        match notice:
            case do.Ready() | do.Resumed():
                self._access.succeeded()
                self._note_answer(shard)
                # READY and RESUMED settle themselves: epoch 0, whose tickets move nothing.
                self._workers.offer(shard, do.Deliver((notice.event,), 0))
            case do.Retrying():
                self._access.failed()
            case do.Disconnected():
                self._note_answer(shard)
            case do.Failed():
                self._take_failure(shard, notice.error)
            case _:
                pass
        if self._on_notice is not None:
            tell_listener(self._on_notice, shard, notice)

    def _note_answer(self, shard: Shard) -> None:
        answered = self._unanswered.pop(shard.shard_id, None)
        if answered is not None:
            answered.set()

    def _take_failure(self, shard: Shard, error: GatewayError) -> None:
        """Applies `on_failure`. The shard's own log record is the ERROR; what follows from it is no further one."""
        self._errors.append(error)
        if isinstance(error, ReshardRequired) and self._running is not None:
            self._running.start_soon(self._advise, len(self._errors) - 1, error, shard)
        told = (shard.shard_id, error)
        if self._on_failure == "end":  # and `run` raises it
            logger.info("shard %d has failed for good, all shards end: %s", *told, extra=_fields(shard, error))
            self.stop()
        else:
            logger.warning("shard %d has failed for good, the others go on: %s", *told, extra=_fields(shard, error))

    async def _advise(self, place: int, error: ReshardRequired, shard: Shard) -> None:
        """Puts the recommended number of shards into an error that asks for more of them, and tells it at once."""
        count = shard.gateway.config.shard.shard_count
        try:
            with trio.fail_after(ADVICE):
                wanted = (await self._access.recommended(afresh=True)).shards
        except (GatewayError, trio.TooSlowError) as trouble:
            why = trouble if isinstance(trouble, GatewayError) else f"no answer within {ADVICE:g} s"
            text = "the platform could not be asked for a number of shards: %s"
            logger.warning(text, why, extra=_fields(shard, error))
            return
        told = self._errors[place] = advised(error, count, wanted)
        level = logging.INFO if self._on_failure == "end" else logging.WARNING
        counts = "the bot runs with %d shards, the platform recommends %d"
        text = f"shard %d has too many guilds (close code 4011): {counts}: %s"
        logger.log(level, text, shard.shard_id, count, wanted, told.remedy, extra=_fields(shard, error))


def _fields(shard: Shard, error: GatewayError | None = None) -> dict[str, int | str]:
    """What a record tells beside its text."""
    numbers = shard.gateway.config.shard
    fields: dict[str, int | str] = {"shard": f"{numbers.shard_id}/{numbers.shard_count}"}
    return fields if error is None or error.code is None else {**fields, "code": error.code}
