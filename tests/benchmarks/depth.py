"""How the cost of an event grows with what waits before it: for its handler, and for its receipt.

`queued` events lie in the workers, of 50 conversations, when the handlers are let go. `open` ones are delivered and not
settled; then every second receipt comes, the latest first, so that the ledger is as ragged as it can be.
"""

from __future__ import annotations

import time
from functools import partial

import msgspec
import trio

from benchmarks.gateways import connection_of, ready
from benchmarks.measuring import Candidates, Scale, cpu_seconds, headline, interleaved, table
from benchmarks.stream import wire_bytes
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers

__all__ = ["run"]

CONVERSATIONS = 50
RECEIPTS = 100


class _Port:
    """A shard that takes receipts."""

    def __init__(self) -> None:
        self.shard_id = 0

    def settled(self, tickets: object) -> None:
        pass


def _group_messages(count: int) -> list[Dispatch]:
    return [
        Dispatch(
            0,
            msgspec.Raw(b'{"id":"m%d","group_openid":"g%d"}' % (number, number % CONVERSATIONS)),
            number,
            "GROUP_AT_MESSAGE_CREATE",
            f"GROUP_AT_MESSAGE_CREATE:{number}",
        )
        for number in range(2, count + 2)
    ]


def _unexpected(_event: Dispatch, _port: Port, error: Exception, _attempt: int) -> None:
    raise error


async def _queue(count: int) -> float:
    events = _group_messages(count)

    async def handle(_event: Dispatch, _port: Port) -> None:
        pass

    workers = Workers(
        handle,
        WorkerConfig(capacity=count + 1, dedup_size=count + 1),
        on_error=_unexpected,
        on_dropped=lambda _: None,
    )
    port = _Port()
    batches = [do.Deliver((event,), 1) for event in events]

    def offer() -> None:
        for batch in batches:
            workers.offer(port, batch)

    offering = cpu_seconds(offer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(workers.run)
        handling = await _drained(workers)
        nursery.cancel_scope.cancel()
    return (offering + handling) / count * 1e6


async def _drained(workers: Workers) -> float:
    began = time.process_time()
    await workers.drain(600.0)
    return time.process_time() - began


def _through_workers(count: int) -> float:
    return trio.run(_queue, count)


def _ragged(count: int) -> float:
    """CPU microseconds for one receipt where every second event below it is open."""
    gateway = ready()
    delivered = gateway.receive_data(connection_of(gateway), wire_bytes(count), 1000.0)
    tickets = [ticket for effect in delivered if isinstance(effect, do.Deliver) for ticket in effect.tickets()]
    ragged: list[Ticket] = tickets[::2]
    gateway.settled(ragged[RECEIPTS:], 1000.0)
    return cpu_seconds(lambda: [gateway.settled([ticket], 1000.0) for ticket in ragged[:RECEIPTS]]) / RECEIPTS * 1e6


def run(scale: Scale) -> None:
    """From ten to a hundred thousand."""
    depths = (10, 100, 1_000, 10_000) if scale.quick else (10, 100, 1_000, 10_000, 100_000)
    queued: Candidates = {f"{depth:,} queued": partial(_through_workers, depth) for depth in depths}
    headline("One event through the workers, by how many are queued")
    table(interleaved(queued, scale.rounds), "us/event", ("10 queued",))
    ragged: Candidates = {f"{depth:,} open": partial(_ragged, depth) for depth in (400, 1_000, 4_000)}
    headline("One receipt out of order, by how many events are open")
    table(interleaved(ragged, scale.rounds), "us/receipt", ("400 open",))
