"""Both real ends against each other over a hostile wire: whatever happens in whatever order, the invariants hold.

`pairing.Pair` checks I2 to I5, I7 to I9 and I11 at every effect and every call; the rules here break things, and at the
end of each run all faults stop and the shard must stand again with everything it was owed (I3, I6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from pairing import EVERYTHING, FINAL, Judgement, Pair
from qqgw_proto import ByteWire, ClientConfig, ConnectionState, MessageWire, ReconnectConfig, ServerConfig
from qqgw_proto.errors import ConnectionFailed, MisuseError
from qqgw_proto.wire import frames
from qqgw_proto.wire.doors import Door

S = ConnectionState
RuleT = TypeVar("RuleT", bound=Callable[..., object])

SECONDS = st.sampled_from([0.001, 0.3, 1.0, 2.5, 7.0, 21.0, 46.0, 130.0])
# 129 bytes are the 101: one less, all of it and nothing else, a piece of what follows.
AMOUNTS = st.sampled_from([1, 7, 60, 128, 129, 131, 200, 1000])
CLOSE_CODES = st.sampled_from(
    [1000, 1001, 1002, 1009, 4000, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4900, 4902, 4903, 4321]
)
FATAL_CODES = st.sampled_from([4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915])
ANSWERS = st.sampled_from(
    [
        Judgement(),
        Judgement(close=4902),
        Judgement(close=4009),
        Judgement(frames=(frames.invalid_session(False),), close=4903, refuses=True),
        Judgement(frames=(frames.invalid_session(True),), refuses=True),
        Judgement(frames=(frames.invalid_session(False),), refuses=True),
        Judgement(frames=(frames.reconnect(),), close=4009),
    ]
)


class Trouble(RuleBasedStateMachine):
    """Everything that owners, networks and gateways do to a shard."""

    door: ClassVar[Door] = ByteWire()
    visited: ClassVar[set[ConnectionState]] = set()

    @initialize(counts=st.booleans(), polite=st.booleans(), patient=st.booleans(), overlap=st.integers(0, 2))
    def begin(self, counts: bool, polite: bool, patient: bool, overlap: int) -> None:
        config = ClientConfig(
            intents=1 << 25,
            stop_code=4000 if polite else None,
            reconnect=ReconnectConfig(max_attempts=None if patient else 2),
        )
        self.pair = Pair(self.door, config, ServerConfig(heartbeat_timeout=None), resumed_counts=counts)
        self.pair.sessions.overlap = overlap
        self.pair.start()

    # --- what should happen

    @rule()
    def all_goes_well(self) -> None:
        self.pair.answer_all()
        self.pair.move_all()

    @rule(seconds=SECONDS)
    def all_goes_well_for_a_while(self, seconds: float) -> None:
        self.pair.wait(seconds)
        self.pair.answer_all()
        self.pair.move_all()

    @rule(count=st.integers(0, 3))
    def it_comes_back_while_events_happen(self, count: int) -> None:
        for _ in range(3):
            self.pair.answer_all()
            self.pair.move_all()
            self.pair.say(count)
            self.pair.wait(1.0)

    @rule(count=st.integers(1, 4))
    def events_happen(self, count: int) -> None:
        self.pair.say(count)

    @rule(positions=st.lists(st.integers(0, 8), min_size=1, max_size=4))
    def events_are_settled(self, positions: list[int]) -> None:
        self.pair.settle(positions)

    # --- one thing at a time

    @rule(bytes_up=AMOUNTS, bytes_down=AMOUNTS)
    def pieces_arrive(self, bytes_up: int, bytes_down: int) -> None:
        self.pair.to_server(bytes_up)
        self.pair.to_client(bytes_down)

    @rule(bytes_down=AMOUNTS)
    def the_way_up_is_clear(self, bytes_down: int) -> None:
        self.pair.answer_all()
        self.pair.to_server(EVERYTHING)
        self.pair.to_client(bytes_down)

    @rule(times=st.integers(1, 40))
    def single_bytes_arrive(self, times: int) -> None:
        for _ in range(times):
            self.pair.to_client(1)

    @rule(success=st.booleans(), seconds=SECONDS)
    def permit(self, success: bool, seconds: float) -> None:
        if success:
            self.pair.grant_permit()
        else:
            self.pair.delay_permit(seconds)

    @rule(success=st.booleans(), retry_after=st.sampled_from([None, 0.0, 3.0]))
    def access(self, success: bool, retry_after: float | None) -> None:
        if success:
            self.pair.grant_access()
        else:
            self.pair.deny_access(retry_after=retry_after)

    @rule(success=st.booleans())
    def dial(self, success: bool) -> None:
        if success:
            self.pair.open_dial()
        else:
            self.pair.fail_dial()

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.pair.wait(seconds)

    @rule(seconds=SECONDS)
    def machine_sleeps(self, seconds: float) -> None:
        self.pair.sleep(seconds)

    # --- the gateway

    @rule()
    def op_7(self) -> None:
        self.pair.send(frames.reconnect())

    @rule(resumable=st.booleans())
    def op_9(self, resumable: bool) -> None:
        self.pair.refuse(Judgement(frames=(frames.invalid_session(resumable),), refuses=True))
        self.pair.move_all()

    @rule(answer=ANSWERS)
    def op_9_or_close_out_of_the_blue(self, answer: Judgement) -> None:
        self.pair.refuse(answer)

    @rule(answer=ANSWERS)
    def next_identify_or_resume_is_refused(self, answer: Judgement) -> None:
        self.pair.sessions.orders.append(answer)

    @rule(code=CLOSE_CODES)
    def gateway_closes(self, code: int) -> None:
        self.pair.close(code)

    @rule()
    def server_beats(self) -> None:
        self.pair.send(*[frames.heartbeat(None)] * 3)

    @rule()
    def session_dies(self) -> None:
        if self.pair.sessions.latest is not None:
            self.pair.sessions.latest.alive = False

    @precondition(lambda self: self.pair.sessions.resumed_counts)
    @rule()
    def buffer_is_trimmed(self) -> None:
        session, info = self.pair.sessions.latest, self.pair.client.session
        if session is not None and info is not None:
            session.trim(after=info.sequence_number)

    # --- the network

    @rule(reset=st.booleans())
    def connection_ends(self, reset: bool) -> None:
        link = self.pair.link
        if link is not None:
            for pipe in (link.up, link.down):
                if reset:
                    pipe.reset()
                else:
                    pipe.end()

    @rule(up=st.booleans(), down=st.booleans())
    def half_open(self, up: bool, down: bool) -> None:
        link = self.pair.link
        if link is not None:
            if up:
                link.up.swallow()
            if down:
                link.down.swallow()

    @rule(blocked=st.booleans())
    def writing(self, blocked: bool) -> None:
        if blocked:
            self.pair.block()
        else:
            self.pair.unblock()

    # --- the owner

    @rule(paused=st.booleans())
    def reading(self, paused: bool) -> None:
        self.pair.pause(paused=paused)

    @precondition(lambda self: self.pair.state not in FINAL)
    @rule()
    def planned_reconnect(self) -> None:
        self.pair.reconnect()

    @rule()
    def crash_and_restart(self) -> None:
        self.pair.crash()
        self.pair.start()

    @rule(settle_afterwards=st.booleans())
    def stop_and_restart(self, settle_afterwards: bool) -> None:
        self.pair.stop()
        self.pair.move_all()
        if settle_afterwards:
            self.pair.settle(range(3))
        self.pair.wait(6.0)
        assert self.pair.state in FINAL
        self.crash_and_restart()

    @precondition(lambda self: self.pair.state not in FINAL)
    @rule(code=FATAL_CODES)
    def fatal_close(self, code: int) -> None:
        self.pair.close(code)
        self.pair.move_all()

    @rule()
    def start_where_it_is_forbidden(self) -> None:
        state, deadline = self.pair.state, self.pair.client.deadline
        with pytest.raises(MisuseError):
            self.pair.client.start(self.pair.now, self.pair.saved)
        assert (self.pair.state, self.pair.client.deadline) == (state, deadline)

    @rule()
    def stale_numbers(self) -> None:
        client, now, before = self.pair.client, self.pair.now, repr(self.pair.client.snapshot)
        made = [
            client.access_granted(9999, "ws://127.0.0.1/", "another token", now),
            client.access_denied(9999, ConnectionFailed("late"), now, fatal=True),
            client.permit_delayed(9999, now + 5, now),
            client.dial_failed(9999, ConnectionFailed("late"), now),
            client.lost(9999, ConnectionFailed("late"), now),
            client.writing_blocked(9999, now),
        ]
        assert made == [[], [], [], [], [], []]
        assert repr(client.snapshot) == before

    def teardown(self) -> None:
        if not hasattr(self, "pair"):
            return
        type(self).visited |= self.pair.checks.visited
        if self.pair.state in FINAL:
            self.pair.crash()
        self.pair.heal()
        # What happens from now on arrives, too, and once all is settled all of it is saved.
        if self.pair.state is S.READY:
            self.pair.say(2)
            self.pair.heal()
            self.pair.settle(range(len(self.pair.open_tickets)))
            self.pair.wait(2.0)


class ByteTrouble(Trouble):
    visited: ClassVar[set[ConnectionState]] = set()


class MessageTrouble(Trouble):
    door: ClassVar[Door] = MessageWire()
    visited: ClassVar[set[ConnectionState]] = set()


@pytest.mark.long
@pytest.mark.no_cover
@pytest.mark.parametrize("machine", [ByteTrouble, MessageTrouble])
def test_whatever_happens_nothing_is_lost_without_a_word_and_the_shard_comes_back(machine: type[Trouble]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=80, stateful_step_count=60))
    everywhere = set(S) - {S.IDLE}
    if machine is MessageTrouble:
        # The host's WebSocket stands when it says `opened`: no call ends there.
        everywhere -= {S.UPGRADING}
    assert machine.visited >= everywhere
