"""Memory over so many events in one session: bytes in, batches out, receipts back.

What must hold of memory whatever the machine is asserted in `tests/test_memory.py`; here it is looked at for long.
"""

from __future__ import annotations

import time

from benchmarks.gateways import feed, ready
from benchmarks.idle_shards import resident
from benchmarks.measuring import Scale, headline, say
from benchmarks.stream import chunked, wire_bytes

__all__ = ["run", "run_long"]

AT_ONCE = 100_000


def run(scale: Scale) -> None:
    """In memory: bytes in, events settled."""
    _measure(scale.of(1_000_000, 200_000))


def run_long(scale: Scale) -> None:
    """The same ten million times; a minute or two."""
    _measure(scale.of(10_000_000, 1_000_000))


def _measure(events: int) -> None:
    headline(f"Memory over {events:,} events")
    gateway, first, began = ready(), 2, time.process_time()
    levels: list[float] = []
    for _ in range(events // AT_ONCE):
        feed(gateway, chunked(wire_bytes(AT_ONCE, first)), AT_ONCE, settle=True)
        first += AT_ONCE
        levels.append(resident() / 2**20)
    say("| after | resident MiB |")
    say("|-------|-------------:|")
    step = max(1, len(levels) // 10)
    for number in range(0, len(levels), step):
        say(f"| {(number + 1) * AT_ONCE:,} | {levels[number]:.1f} |")
    say(f"\nThe last is {levels[-1] - levels[0]:+.1f} MiB against the first; CPU {time.process_time() - began:.0f} s.")
