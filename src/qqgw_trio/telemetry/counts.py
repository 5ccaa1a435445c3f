"""What is counted of a shard, as one value that can be added up over shards.

The counting is done by `qqgw_trio.telemetry.metering` and by the workers; here is only what the numbers mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, cast

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.events.registry import EVENT_CLASSES
from qqgw_proto.machine.close_codes import CLOSE_CODES

__all__ = ["OTHER", "Counts", "cause_name", "type_names"]

OTHER: Final = "other"
"""Stands for every name that a peer has made up: numbers by name must not grow without end."""

_HTTP_STATUSES: Final = range(400, 600)


def _nothing() -> Counter[str | None]:
    return Counter()  # `Counter[str | None]()` would remember its type arguments: a dictionary for each shard.


class Counts(msgspec.Struct):
    """Everything that is counted; each number only grows.

    Attributes:
        received: Events received, READY and RESUMED among them, repetitions too.
        processed: Events done with: their handlers have returned, or nobody wanted them.
        duplicated: Events that repeat one received before; they reach no handler.
        rewound: Events that came live with a number received before; they reach the handlers.
        failed: Events whose handler raised at every attempt.
        dropped: Events dropped by the overflow policy.
        errors: How often a handler raised.
        bytes_received: From sockets, TLS not counted.
        bytes_sent: To sockets, TLS not counted.
        attempts: Connections begun.
        successes: Connections that came as far as READY or RESUMED.
        reconnections: Successes but the shard's first.
        identifies: IDENTIFYs sent.
        resumes: RESUMEs sent.
        heartbeats: Heartbeats sent.
        acknowledged: Heartbeat ACKs received.
        violations: Rules of the protocol that the gateway broke; the frames were ignored.
        by_type: `received` by type name.
        causes: `reconnections` by what ended the connection before.
        retries: Attempts that failed or connections that broke, by cause.
        gaps: Announced losses by cause.
    """

    received: int = 0
    processed: int = 0
    duplicated: int = 0
    rewound: int = 0
    failed: int = 0
    dropped: int = 0
    errors: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    attempts: int = 0
    successes: int = 0
    reconnections: int = 0
    identifies: int = 0
    resumes: int = 0
    heartbeats: int = 0
    acknowledged: int = 0
    violations: int = 0
    by_type: Counter[str | None] = msgspec.field(default_factory=_nothing)
    causes: dict[str, int] = {}
    retries: dict[str, int] = {}
    gaps: dict[str, int] = {}

    @classmethod
    def total(cls, parts: Iterable[Counts]) -> Counts:
        """The sum; a copy where there is one."""
        whole = cls()
        for part in parts:
            for name in cls.__struct_fields__:
                mine, other = getattr(whole, name), getattr(part, name)
                if isinstance(mine, dict):
                    _add(cast("dict[str | None, int]", mine), cast("dict[str | None, int]", other))
                else:
                    setattr(whole, name, mine + other)
        return whole


def _add(mine: dict[str | None, int], other: dict[str | None, int]) -> None:
    for name, count in other.items():
        mine[name] = mine.get(name, 0) + count


def cause_name(error: GatewayError) -> str:
    """The cause of a reconnect in few words, for a label: `GatewayClosed 4009`. There are a few dozen."""
    name, code = type(error).__name__, error.code
    if code is None:
        return name
    return f"{name} {code}" if code in CLOSE_CODES or code in _HTTP_STATUSES or code in (7, 9) else f"{name} {OTHER}"


def type_names(by_type: Counter[str | None]) -> Counter[str]:
    """Numbers by type name; names that are not the protocol's are added up as `OTHER`."""
    known: Counter[str] = Counter()
    for name, count in by_type.items():
        known[name if name is not None and name in EVENT_CLASSES else OTHER] += count
    return known
