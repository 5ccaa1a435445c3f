"""So many idle shards in one process, each READY and beating: a client process of `benchmarks.idle`.

Answers one order: URL and number of shards. Memory is what the process has grown by, divided by the shards; what is
measured as CPU time are all heartbeats and ACKs of a while, the sleep between them included.
"""

from __future__ import annotations

import gc
import ssl
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import trio

from benchmarks.harness import serve
from benchmarks.shard_client import Alone
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.transport import Transport, dial

PAGE = 4096
AT_ONCE = 10
BEATS = 3


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


class _Idle(Alone):
    """A shard with the context that trusts the gateway."""

    context: ssl.SSLContext | None = None

    async def dial(self, url: GatewayUrl) -> Transport:
        return await dial(url, self.context)


def _unexpected(event: Dispatch) -> None:
    raise AssertionError(f"nothing is sent, but {event} came")


async def _live(url: str, count: int, beats: int) -> dict[str, float]:
    ready = trio.Semaphore(0)
    interval = int(urlsplit(url).path.rpartition("/")[2]) / 1000

    async with trio.open_nursery() as nursery:
        before, began = resident(), time.process_time()
        for number in range(count):
            nursery.start_soon(_Idle(url, _unexpected, ready.release).shard.run)
            if number >= AT_ONCE:  # A few at a time, as the platform allows.
                await ready.acquire()
        await trio.sleep(interval)
        grown, connected = resident() - before, time.process_time()
        await trio.sleep(beats * interval)
        idle = time.process_time() - connected
        nursery.cancel_scope.cancel()
    return {
        "KiB": grown / count / 1024,
        "connect": (connected - began) / count * 1e6,
        "us": idle / count / beats * 1e6,
        "percent": idle / (beats * interval) * 100,
    }


def _measure(url: str, count: int) -> dict[str, float]:
    trio.run(_live, url, 1, 1)  # What all of them share is no shard's own.
    return trio.run(_live, url, count, BEATS)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _Idle.context = ssl.create_default_context(cafile=sys.argv[1])
    serve(_measure)
