"""All shards of one bot: their permits, their access, their events, their sessions, and what becomes of a failure.

Shards share only the identify gate, the access and the workers; one that fails disturbs no other. The policy is a
setting: "end" (the default) stops all shards and raises the first error, "go on" leaves the others alone.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Literal

import trio

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.sharding import Permit
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.access import GatewayAccess
from qqgw_trio.api_errors import is_fatal, wait_asked_by
from qqgw_trio.gate import Gate
from qqgw_trio.shard import Shard
from qqgw_trio.store import SessionKey, SessionStore
from qqgw_trio.transport import Transport, dial
from qqgw_trio.workers import Workers

__all__ = ["Fleet", "OnNotice"]

OnNotice = Callable[[Shard, do.Notice], None]


class Fleet:
    """The shards of one bot in one process.

    Args:
        access: URL and token.
        gate: Permits.
        workers: Where events go.
        store: Where snapshots go, and come from at start.
        tls: For wss, in place of the system's certificates.
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
        tls: ssl.SSLContext | None = None,
        on_notice: OnNotice | None = None,
        on_failure: Literal["end", "go on"] = "end",
    ) -> None:
        self._access = access
        self._gate = gate
        self._workers = workers
        self._store = store
        self._tls = tls
        self._on_notice = on_notice
        self._on_failure = on_failure
        self._shards: dict[int, Shard] = {}
        self._keys: dict[int, SessionKey] = {}
        self._permits: dict[tuple[int, int], Permit] = {}
        self._errors: list[GatewayError] = []
        self._draining = False

    @property
    def shards(self) -> Mapping[int, Shard]:
        """The shards by id."""
        return self._shards

    @property
    def is_ready(self) -> bool:
        """Whether every shard is READY."""
        states = [shard.gateway.state for shard in self._shards.values()]
        return bool(states) and all(state is ConnectionState.READY for state in states)

    def add(self, shard: Shard, key: SessionKey) -> None:
        """Takes a shard in, before `run`."""
        self._shards[shard.shard_id] = shard
        self._keys[shard.shard_id] = key

    async def run(self) -> None:
        """Lives until every shard has ended; `raise_failure` says how."""
        async with trio.open_nursery() as nursery:
            for shard_id, shard in self._shards.items():
                nursery.start_soon(shard.run, self._store.load(self._keys[shard_id]))

    def raise_failure(self) -> None:
        """Says how it ended, outside of any nursery.

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
        """Reads no more and lets the workers finish, while heartbeats go on; whether they did in time."""
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
        """Gives a permit back by its outcome."""
        self._gate.release(self._permits.pop((shard.shard_id, permit.request)), permit.identified_at)

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        """Fetches URL and token; heartbeats of connected shards never wait for it."""
        gateway, number = shard.gateway, request.request
        try:
            url, token = await self._access.grant(renew=request.renew)
            effects = gateway.access_granted(number, url, token, shard.clock())
        except GatewayError as error:
            fatal = isinstance(error, ConfigurationError) or is_fatal(error)
            wait = wait_asked_by(error)
            effects = gateway.access_denied(number, error, shard.clock(), fatal=fatal, retry_after=wait)
        shard.apply(effects)

    async def dial(self, url: GatewayUrl) -> Transport:
        """Opens TCP and TLS."""
        return await dial(url, self._tls)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        """Hands events to the workers."""
        self._workers.offer(shard, batch)

    def has_room(self) -> bool:
        """Whether the workers take more."""
        return not (self._draining or self._workers.full)

    async def wait_room(self) -> None:
        """Until the workers take more; while draining, for ever."""
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
                # READY and RESUMED settle themselves: epoch 0, whose tickets move nothing.
                self._workers.offer(shard, do.Deliver((notice.event,), 0))
            case do.Retrying():
                self._access.failed()
            case do.Failed():
                self._errors.append(notice.error)
                if self._on_failure == "end":
                    self.stop()
            case _:
                pass
        if self._on_notice is not None:
            self._on_notice(shard, notice)
