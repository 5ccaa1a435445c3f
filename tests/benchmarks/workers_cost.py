"""What an event costs between `Workers.offer` and its settling: CPU time, batches of 1,000, 50 conversations.

Run it by hand: `python tests/benchmarks/workers_cost.py`. It asserts nothing. Each line is the median of its rounds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence

import attrs
import msgspec
import trio

from qqgw_proto.events import conversation_of
from qqgw_proto.machine.effects import Deliver
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers

BATCH = 1000
CONVERSATIONS = 50
ROUNDS = 60
PADDING = "天气真不错 " * 40


class Shard:
    """Counts receipts."""

    def __init__(self) -> None:
        self.shard_id = 0
        self.count = 0
        self.calls = 0

    def settled(self, tickets: Sequence[Ticket]) -> None:
        self.count += len(tickets)
        self.calls += 1


def batches(type_name: str) -> list[Deliver]:
    made: list[Deliver] = []
    seq = 0
    for _ in range(ROUNDS):
        events: list[Dispatch] = []
        for _ in range(BATCH):
            seq += 1
            data = {"id": f"m{seq}", "group_openid": f"g{seq % CONVERSATIONS}", "content": PADDING}
            raw = msgspec.Raw(json.dumps(data, ensure_ascii=False).encode())
            events.append(Dispatch(0, raw, seq, "".join(type_name), f"{type_name}:{seq}"))
        made.append(Deliver(events, 1))
    return made


async def trivial(_event: Dispatch, _port: Port) -> None:
    pass


async def waiting(_event: Dispatch, _port: Port) -> None:
    await trio.lowlevel.checkpoint()


def key_at_hand(event: Dispatch) -> int:
    return (event.s or 0) % CONVERSATIONS


def unexpected(_event: Dispatch, _port: Port, error: Exception, _attempt: int) -> None:
    raise error


@attrs.frozen
class Case:
    name: str
    type_name: str = "GROUP_AT_MESSAGE_CREATE"
    order_key: Callable[[Dispatch], Hashable | None] = conversation_of
    handle: Callable[[Dispatch, Port], Awaitable[None]] = trivial
    config: WorkerConfig = WorkerConfig()


CASES = (
    Case("no message, key at hand", "GROUP_MEMBER_ADD", key_at_hand),
    Case("message, key at hand", order_key=key_at_hand),
    Case("message, conversation_of"),
    Case("message, conversation_of, drop_oldest", config=WorkerConfig(overflow="drop_oldest")),
    Case("message, conversation_of, handler with a checkpoint", handle=waiting),
)


async def measure(case: Case) -> None:
    port = Shard()
    workers = Workers(
        case.handle, case.config, on_error=unexpected, on_dropped=lambda _dropped: None, order_key=case.order_key
    )
    spent: list[float] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(workers.run)
        for batch in batches(case.type_name):
            began = time.process_time()
            workers.offer(port, batch)
            await workers.drain(60.0)
            spent.append((time.process_time() - began) / BATCH * 1e6)
        nursery.cancel_scope.cancel()
    figures = f"{statistics.median(spent):6.2f} us an event, least {min(spent):6.2f}"
    sys.stdout.write(f"{case.name:52}{figures}; {port.count} settled in {port.calls} calls\n")


if __name__ == "__main__":
    for one in CASES:
        trio.run(measure, one)
