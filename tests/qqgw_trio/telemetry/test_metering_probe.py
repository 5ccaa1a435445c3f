"""A probe times one event after the other, whatever becomes of each."""

from __future__ import annotations

import pytest
import trio

from qqgw_trio.telemetry.measured import Measured
from qqgw_trio.telemetry.metering import LOST_AFTER, Probe
from support.handling import make_dispatch


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def handling(clock: Clock, seconds: float, error: Exception | None = None) -> None:
    await trio.lowlevel.checkpoint()
    clock.now += seconds
    if error is not None:
        raise error


async def test_a_probe_times_one_event_after_the_other() -> None:
    clock, measured = Clock(), Measured()
    probe = Probe(clock, lambda name: name == "READY")
    first, other = make_dispatch("READY"), make_dispatch("READY")
    probe.choose([first], measured)
    probe.choose([other], measured)  # it follows one already
    assert probe.event is first
    clock.now = 2.0
    await probe.time(handling(clock, 3.0))
    assert (measured.event_latency.sum, measured.handler_time.sum) == (2.0, 3.0)
    probe.choose([other], measured)
    assert probe.event is other


async def test_a_handler_that_raises_has_taken_its_time_too() -> None:
    clock, measured = Clock(), Measured()
    probe = Probe(clock, lambda _name: True)
    probe.choose([make_dispatch("READY")], measured)
    with pytest.raises(ValueError, match="a bug"):
        await probe.time(handling(clock, 3.0, ValueError("a bug")))
    assert measured.handler_time.sum == 3.0


def test_an_event_that_reaches_no_handler_is_followed_no_longer_after_a_minute() -> None:
    clock, measured = Clock(), Measured()
    probe = Probe(clock, lambda name: name != "UNWANTED")
    lost, unwanted, next_one = make_dispatch("READY"), make_dispatch("UNWANTED"), make_dispatch("READY")
    probe.choose([unwanted], measured)
    assert probe.event is None
    probe.choose([lost], measured)
    clock.now = LOST_AFTER
    probe.choose([next_one], measured)
    assert probe.event is next_one


def test_no_place_in_a_batch_is_preferred() -> None:
    probe = Probe(lambda: 0.0, lambda _name: True)
    batch = [make_dispatch(str(number)) for number in range(3)]
    followed: list[str | None] = []
    for _ in batch:
        probe.choose(batch, Measured())
        followed.append(None if probe.event is None else probe.event.t)
        probe.event = None
    assert sorted(followed, key=str) == ["0", "1", "2"]
