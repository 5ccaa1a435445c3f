"""The lines of the design on pressure and stopping (6) that are tested nowhere else; `test_lines.py` lists all."""

from __future__ import annotations

from math import inf

import pytest
import trio
import trio.testing

from qqgw_proto.events import Event
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_proto.wire import frames
from qqgw_trio import Context, GatewayConfig
from qqgw_trio.simulator.ledger import judge
from recovery.whole_bot import Resident, Town
from support.attempts import DEFAULT
from support.peer import Peer
from support.stages import bring

pytestmark = pytest.mark.usefixtures("each_lane")

VirtualClock = trio.testing.MockClock

# --- 6: pressure ----------------------------------------------------------------------------------------------------


def test_while_nothing_can_be_sent_the_bytes_that_wait_are_few_and_then_the_connection_goes() -> None:
    """ "Unsent bytes are bounded": what a server can ask for is answered once a second, and a write stalls 10 s."""
    peer = bring(Peer(DEFAULT), "READY")
    peer.block()
    begun, waiting = peer.now, 0
    while peer.client.state is S.READY:
        for _ in range(50):
            peer.ping("x" * 125)
            waiting += _written(peer)
            peer.say(frames.heartbeat(None))
            waiting += _written(peer)
        peer.live(0.25)
    assert peer.now - begun <= 10.25
    # Eleven pongs of 131 bytes and eleven beats of some twenty; the first of each went out at once.
    assert waiting <= 11 * (131 + 40)


def _written(peer: Peer) -> int:
    return sum(len(effect.data) for effect in peer.effects if isinstance(effect, do.Write))


@pytest.fixture
def town(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(nursery, monkeypatch)


def stuck(one: Resident) -> trio.Event:
    """Lets the bot's handlers wait for the event that is returned."""
    go = trio.Event()

    @one.bot.on()
    async def wait(_ctx: Context[Event], event: Event) -> None:
        if event.event_id is not None:
            await go.wait()
            one.note(event)

    return go


async def test_at_a_thousand_events_undone_reading_stops_and_heartbeats_go_on(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """ "At the high-water mark (1000; overshoot at most one chunk) the shell stops reading, goes on ticking." """
    one = Resident(town)
    go = stuck(one)
    await one.moves_in(nursery)
    ids = await town.gateway.emit(2000, rate=inf)
    await trio.sleep(600)  # The platform takes 120 s without a heartbeat for the end.
    received = one.bot.get_session_info()
    assert received is not None
    # A chunk is 64 KiB, an event some hundred bytes and more.
    assert 1000 <= received.sequence_number < 1300
    go.set()
    await one.until(lambda: len(one.handled) >= 2000)
    one.bot.stop()
    assert judge(ids, one.handled).is_clean
    assert one.noticed(do.Disconnected) == []


# --- 6: stopping ----------------------------------------------------------------------------------------------------


async def test_a_stop_reads_no_more_drains_with_heartbeats_saves_and_closes(
    town: Town, autojump_clock: VirtualClock
) -> None:
    """ "Stop: stop reading, drain while heartbeats go on, final `SaveSession`, close." """
    one = Resident(town, settings=GatewayConfig(drain_seconds=1000.0))
    go = stuck(one)
    async with trio.open_nursery() as nursery:
        await one.moves_in(nursery)
        ids = await town.gateway.emit(10, rate=inf)
        await trio.sleep(5)
        one.bot.stop()
        ids += await town.gateway.emit(10, rate=1.0)
        await trio.sleep(600)
        # The platform takes 120 s without a heartbeat for the end.
        assert one.noticed(do.Disconnected) == []
        go.set()
    # The chunk that was being waited for is still taken: one event.
    assert sorted(one.handled) == sorted(ids[:11])
    assert town.ledger.connections[0].code == 4000
    two = Resident(town).notes()
    async with trio.open_nursery() as nursery:
        await two.moves_in(nursery)
        await two.until(lambda: len(two.handled) == 9)
        two.bot.stop()
    assert town.ledger.resumes[0].seq == 12
    assert judge(ids, one.handled + two.handled).is_clean


async def test_what_a_drain_does_not_finish_in_time_is_handled_after_the_restart(
    town: Town, autojump_clock: VirtualClock
) -> None:
    one, two = Resident(town, settings=GatewayConfig(drain_seconds=30.0)), Resident(town).notes()
    stuck(one)
    async with trio.open_nursery() as nursery:
        await one.moves_in(nursery)
        ids = await town.gateway.emit(10, rate=inf)
        await trio.sleep(5)
        stopped_at = trio.current_time()
        one.bot.stop()
    assert trio.current_time() - stopped_at <= 31.0
    async with trio.open_nursery() as nursery:
        await two.moves_in(nursery)
        await two.until(lambda: len(two.handled) == 10)
        two.bot.stop()
    assert (one.handled, sorted(two.handled)) == ([], sorted(ids))
