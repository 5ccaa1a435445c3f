"""Whether a bot is alive and whether it is ready, for a supervisor that would restart it.

Liveness is the age of the latest heartbeat ACK, on whatever connection, and never that of an event: a bot to which
nobody speaks is a healthy one, and a restart would only lose it the messages of that moment (`features.md` D17).
A shard that has lost its connection has until `max_age` to come back by itself; a bot that merely reconnects is not
ready for that time, but alive.

A shard that waits for its permit to identify is alive however long that takes: the last of many shards has its
turn after minutes, and after hours once the session starts of the day are spent; a restart would put it at the end of
the queue. Nor does that time count afterwards, until the first ACK.

A shard that has failed for good while the others go on (`on_failure = "go on"`) is named and counts as not ready, but
is no reason for a restart, which would only fail in the same way and take the others along: only the other shards
decide whether the bot is alive. If all have failed, it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.telemetry.measured import Measured

__all__ = ["MAX_AGE", "Health", "ShardHealth", "judge"]

MAX_AGE: Final = 300.0
"""Seconds without a heartbeat ACK from which on a shard is taken for dead, unless said otherwise."""

BEATS: Final = 3
"""So many intervals are granted at least, where the gateway wants few heartbeats."""


class ShardHealth(msgspec.Struct, frozen=True):
    """One shard.

    Attributes:
        shard_id: Which.
        state: Where it stands.
        is_alive: Whether there was an ACK within `max_age`, or it waits for its permit.
        is_ready: Whether it has a session and receives events.
        heartbeat_age: Seconds since the latest ACK; None before the first, where the seconds since the start count.
        max_age: Seconds from which on it is taken for dead.
    """

    shard_id: int
    state: str
    is_alive: bool
    is_ready: bool
    heartbeat_age: float | None
    max_age: float

    @property
    def has_failed(self) -> bool:
        """Whether it has failed for good."""
        return self.state == ConnectionState.FAILED.name


class Health(msgspec.Struct, frozen=True):
    """All shards of a process.

    Attributes:
        shards: One by one.
    """

    shards: tuple[ShardHealth, ...]

    @property
    def failed(self) -> tuple[int, ...]:
        """Ids of the shards that have failed for good."""
        return tuple(shard.shard_id for shard in self.shards if shard.has_failed)

    @property
    def is_alive(self) -> bool:
        """Whether every shard that has not failed for good is alive, and not all have."""
        left = [shard for shard in self.shards if not shard.has_failed]
        return all(shard.is_alive for shard in left) and bool(left or not self.shards)

    @property
    def is_ready(self) -> bool:
        """Whether there is a shard, and every one is ready."""
        return bool(self.shards) and all(shard.is_ready for shard in self.shards)


def judge(
    shards: Iterable[tuple[ClientGateway, Measured]], began: float, now: float, max_age: float = MAX_AGE
) -> Health:
    """Judges all shards.

    Args:
        shards: Each with what was measured of it.
        began: When the bot was started.
        now: Of the same clock.
        max_age: Seconds without an ACK from which on a shard is taken for dead; three heartbeat intervals at least.

    Raises:
        ConfigurationError: `max_age` is not a number from 0.
    """
    if not max_age >= 0:
        raise ConfigurationError(f"max_age must be a number of seconds from 0, not {max_age!r}")
    return Health(tuple(_judge(gateway, measured, began, now, max_age) for gateway, measured in shards))


def _judge(gateway: ClientGateway, measured: Measured, began: float, now: float, max_age: float) -> ShardHealth:
    state = gateway.state
    connection = gateway.life.connection
    if connection is not None and connection.heartbeat is not None:
        max_age = max(max_age, BEATS * connection.heartbeat.interval)
    acknowledged = measured.last_heartbeat
    age = now - (began if acknowledged is None else acknowledged)
    waits = state is ConnectionState.PERMITTING
    return ShardHealth(
        gateway.config.shard.shard_id,
        state.name,
        is_alive=state is not ConnectionState.FAILED and (waits or age - measured.permit_wait <= max_age),
        is_ready=state is ConnectionState.READY,
        heartbeat_age=None if acknowledged is None else round(age, 3),
        max_age=max_age,
    )
