"""What shards ask of the identify gate, and what it says."""

from __future__ import annotations

from collections.abc import Iterable

from qqgw_proto.sharding import Delayed, Granted, IdentifyGate, Notice, Permit, RequestId

__all__ = ["ask", "delayed", "granted", "permits"]


def granted(notices: Iterable[Notice]) -> list[int]:
    """The shards that may identify."""
    return [notice.permit.shard_id for notice in notices if isinstance(notice, Granted)]


def delayed(notices: Iterable[Notice]) -> list[tuple[int, float, str]]:
    """The shards that must wait, until when, and why."""
    return [(notice.shard_id, notice.until, notice.why) for notice in notices if isinstance(notice, Delayed)]


def permits(notices: Iterable[Notice]) -> list[Permit]:
    """What is given back after the identify."""
    return [notice.permit for notice in notices if isinstance(notice, Granted)]


def ask(gate: IdentifyGate, shards: Iterable[int], now: float) -> list[RequestId]:
    """One request for each shard."""
    return [gate.request(shard, now) for shard in shards]
