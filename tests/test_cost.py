"""What an event costs the core, in calls: no clock is looked at, so a slow machine cannot fail it, nor a fast one pass.

A chunk has its price, and an event in it none: all that is done for one event alone are calls of C functions.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import pytest

from benchmarks.gateways import feed, ready, resuming
from benchmarks.stream import wire_bytes
from qqgw_proto.client import ClientGateway

NOW = 1000.0


class Calls:
    """The Python functions called, by name, and how many calls of C functions."""

    def __init__(self) -> None:
        self.python = Counter[str]()
        self.c = 0

    def note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self.python[f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"] += 1
        elif event == "c_call":
            self.c += 1


@contextmanager
def counted() -> Generator[Calls]:
    """Counts what is called meanwhile."""
    calls, before = Calls(), sys.getprofile()
    gc.disable()  # What other tests have left to be collected is no cost of ours.
    sys.setprofile(calls.note)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        gc.enable()


def cost_of(make: Callable[[], ClientGateway], events: int, *, settle: bool = False) -> Calls:
    """The calls for the second of two chunks of so many events; the first has warmed up what is made once."""
    gateway = make()
    feed(gateway, [wire_bytes(events)], events, settle=settle)
    chunk = wire_bytes(events, events + 2)
    with counted() as calls:
        feed(gateway, [chunk], events, settle=settle)
    return calls


each_way = pytest.mark.parametrize("make", [ready, resuming])


@each_way
@pytest.mark.parametrize("settle", [False, True])
def test_an_event_more_in_a_chunk_is_no_python_call_more(make: Callable[[], ClientGateway], settle: bool) -> None:
    few, many = (cost_of(make, events, settle=settle) for events in (10, 60))
    assert many.python - few.python == Counter()


@each_way
def test_an_event_more_in_a_chunk_is_six_calls_of_c_functions(make: Callable[[], ClientGateway]) -> None:
    # Is it ASCII, if not can it be decoded, decode it, put it in two lists.
    few, many = (cost_of(make, events) for events in (10, 60))
    assert (many.c - few.c) / 50 <= 6


@pytest.mark.parametrize(("make", "settle", "most"), [(ready, False, 32), (ready, True, 48), (resuming, False, 37)])
def test_a_chunk_costs_a_bounded_number_of_python_calls(
    make: Callable[[], ClientGateway], settle: bool, most: int
) -> None:
    calls = cost_of(make, 60, settle=settle).python.total()
    assert most * 0.7 <= calls <= most, "more is a regression; if it is much less, lower the number to the new level"


def test_nothing_in_the_steady_state_hashes_an_enum_or_writes_a_log() -> None:
    called = cost_of(ready, 60, settle=True).python
    assert [name for name in called if name.startswith(("enum.", "logging."))] == []


def test_a_tick_with_nothing_due_costs_few_calls() -> None:
    gateway = ready()
    with counted() as calls:
        assert gateway.tick(NOW) == []
    assert calls.python.total() <= 10
