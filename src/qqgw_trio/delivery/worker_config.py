"""What can be set for the workers of a bot, and what they count."""

from __future__ import annotations

from collections import defaultdict

import attrs
import msgspec
from msgspec.structs import astuple, replace

from qqgw_proto.config_rules import COUNT, NOT_NEGATIVE, checked
from qqgw_trio.delivery.overflow import Overflow

__all__ = ["Books", "Counters", "WorkerConfig"]


@attrs.frozen(field_transformer=checked)
class WorkerConfig:
    """How events reach their handlers. Durations are seconds.

    Attributes:
        capacity: Undone events from which on there is no room; with `block` each shard may overshoot it by one chunk.
        parallel: Conversations handled at the same time.
        overflow: What happens beyond the capacity.
        attempts: How often an event is handed to a handler that raises.
        retry_delay: Between two attempts; only the event's conversation waits.
        dedup_window: How long a repetition is recognised; 0 = only while the first is being handled.
        dedup_size: Among how many events at least; twice as many ids are kept at most.
        waiting: Handlers that may wait for a further event at the same time; they count neither as parallel nor as
            undone.

    Raises:
        ConfigurationError: A value cannot work.
    """

    capacity: int = attrs.field(default=1000, validator=COUNT)
    parallel: int = attrs.field(default=64, validator=COUNT)
    overflow: Overflow = "block"
    attempts: int = attrs.field(default=3, validator=COUNT)
    retry_delay: float = attrs.field(default=0.5, validator=NOT_NEGATIVE)
    dedup_window: float = attrs.field(default=300.0, validator=NOT_NEGATIVE)
    dedup_size: int = attrs.field(default=10_000, validator=COUNT)
    waiting: int = attrs.field(default=1000, validator=COUNT)


class Counters(msgspec.Struct):
    """What has become of the events; received = handled + ignored + duplicated + failed + dropped + depth.

    Attributes:
        received: All that were offered.
        handled: Their handler returned.
        ignored: No handler wanted them.
        duplicated: They repeat an event.
        failed: Their handler raised at every attempt.
        dropped: By the overflow policy.
        depth: Undone: they wait or are being handled.
        errors: How often a handler raised.
    """

    received: int = 0
    handled: int = 0
    ignored: int = 0
    duplicated: int = 0
    failed: int = 0
    dropped: int = 0
    depth: int = 0
    errors: int = 0


class Books(msgspec.Struct):
    """What has become of the events of each shard.

    Attributes:
        by_shard: By shard id; their `depth` is not kept while events flow.
        depth: Undone events of all shards.
    """

    by_shard: defaultdict[int, Counters] = msgspec.field(default_factory=lambda: defaultdict[int, Counters](Counters))
    depth: int = 0

    def of(self, shard_id: int) -> Counters:
        """Those of one shard, in a copy."""
        known = self.by_shard[shard_id]
        done = known.handled + known.ignored + known.duplicated + known.failed + known.dropped
        return replace(known, depth=known.received - done)

    @property
    def total(self) -> Counters:
        """Those of all shards."""
        rows = [astuple(known) for known in self.by_shard.values()]
        total = Counters(*map(sum, zip(*rows, strict=True)))
        total.depth = self.depth
        return total
