"""What must hold at every step of a shard (design 9), checked on what goes in and out of the real `ClientGateway`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, Snapshot, Ticket
from qqgw_proto.errors import AuthenticationFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine import server_effects as served
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.states import HEARTBEATING
from support.pairing_network import Link
from support.pairing_rules import FATAL_CODES, GONE, HOLDS_NO_PERMIT, LONGEST, REFUSALS, WAITING
from support.pairing_sessions import Judgement, Session, Sessions
from support.pairing_tap import Tap

__all__ = ["Checks"]


class Checks:
    """Watches one shard over all its lives.

    Args:
        config: The shard's.
        token: What may be seen nowhere.
        sessions: What the server knows.
        whole_messages: Of the door.
    """

    def __init__(self, config: ClientConfig, token: str, sessions: Sessions, *, whole_messages: bool) -> None:
        self._config = config
        self._token = token
        self._sessions = sessions
        self._whole_messages = whole_messages
        self.visited: set[ConnectionState] = set()
        self.settled_events: set[tuple[str, int]] = set()
        self.gone: set[str] = set()
        self.notices: list[do.Effect] = []
        self._holes: dict[str, set[int]] = {}
        self._finished: set[tuple[str, int]] = set()
        self._doubted: set[str | None] = set()
        # Where a RESUMED may have been lost, its number is a hole that holds no event: a small one is not announced.
        self._blurred: set[str | None] = set()
        self._session_id: str | None = None
        self._begin_life()

    def _begin_life(self) -> None:
        self.fatal_causes = 0
        self.refusals = 0
        self.tokens_refused = 0
        self.open: dict[Ticket, tuple[str, int]] = {}
        self._seen: set[tuple[str, int]] = set()
        self._newest: dict[str, int] = {}
        self._permits: set[int] = set()
        self._live: int | None = None
        self._taps: dict[int, Tap] = {}
        self._dialed_at: float | None = None
        self._connected: int | None = None
        self._stands_on: int | None = None
        self._received_before = 0
        self._over = False
        self._stands_since = (ConnectionState.IDLE, 0.0)
        self._must_drop = False
        self._resumes = 0
        self._expected_crash_gaps = 0
        self._announced: dict[str, set[int]] = {}

    # --- what the harness does

    def observe(self, given: Input, now: float, made: Sequence[do.MachineEffect]) -> None:
        """I11, the journal's side."""
        assert self._token not in repr(given)
        assert self._token not in repr(made)

    def started(self, saved: Snapshot | None) -> None:
        """A life begins with what was saved."""
        self._expected_crash_gaps = 1 if saved is not None and saved.orphans else 0

    def crashed(self, saved: Snapshot | None) -> None:
        """I3 and I4: what was saved is what may be left out after the restart, and is all settled."""
        assert self._session_id == (None if saved is None else saved.session_id), "READY saves before anything else"
        self._finished = set() if saved is None else self._covered(saved)
        self._blurred.add(self._session_id)
        self._begin_life()

    def granted(self, request: int) -> None:
        """A permit is out."""
        self._permits.add(request)

    def settled(self, tickets: Sequence[Ticket]) -> None:
        """Events are finished."""
        self.settled_events |= {self.open.pop(ticket) for ticket in tickets}

    def transport_ended(self, number: int) -> None:
        """The transport ended by itself."""
        if self._live == number:
            self._live = None

    def judged(self, judgement: Judgement) -> None:
        """An IDENTIFY or RESUME was answered."""
        self.refusals += judgement.refuses
        if judgement.refuses:
            self._doubt()

    def ordered(self, code: int) -> None:
        """The server closes with this code."""
        self.fatal_causes += code in FATAL_CODES
        self.refusals += code in REFUSALS
        self.tokens_refused += code == 4004
        if code in GONE:
            self._doubt()

    def _doubt(self) -> None:
        latest = self._sessions.latest
        self._doubted |= {self._session_id, None if latest is None else latest.session_id}

    def of_server(self, link: Link, effect: served.ServerEffect) -> None:
        """The other end has nothing to complain of."""
        assert not isinstance(effect, served.ClientViolated), effect
        if isinstance(effect, served.Ended):
            assert link.server_holds, "Ended twice"

    # --- what the client does

    def before(self, client: ClientGateway) -> None:
        """Remembers where a call begins."""
        session = client.session
        self._received_before = 0 if session is None else session.sequence_number

    def of_client(self, client: ClientGateway, effect: do.Effect, now: float) -> None:
        """One effect."""
        assert self._token not in repr(effect)
        match effect:
            case do.Dial():
                self._dialed(effect, now)
            case do.Write():
                self._written(client, effect)
            case do.CloseTransport() | do.AbandonTransport():
                self.transport_ended(effect.connection)
            case do.ReturnPermit():
                self._permits.remove(effect.request)
                assert effect.identified_at in (None, now)
            case do.Deliver():
                self._delivered(effect)
            case do.SaveSession():
                self._saved(client, effect.snapshot)
            case do.Failed():
                self._failed(effect.error)
                self._ended()
            case do.Stopped():
                # A close that crosses ours on a wanted stop is not read: the next life learns it from op 9.
                self._must_drop = False
                self._ended()
            case _:
                self._noticed(effect)

    def _dialed(self, effect: do.Dial, now: float) -> None:
        assert self._live is None, "I5: at most one live transport"
        if self._dialed_at is not None:
            assert now - self._dialed_at >= self._config.reconnect.min_dial_interval - 1e-9, "I7"
        self._live, self._dialed_at = effect.connection, now

    def _written(self, client: ClientGateway, effect: do.Write) -> None:
        assert effect.connection == self._live, "I5: nothing is written to an abandoned transport"
        tap = self._taps.setdefault(effect.connection, Tap(whole_messages=self._whole_messages))
        received = 0 if client.session is None else client.session.sequence_number
        for frame in tap.take(effect.data):
            first = not tap.frames
            tap.frames.append(frame)
            assert (frame["op"] in (2, 6)) == first, "I2: IDENTIFY or RESUME first, heartbeats after it"
            assert (self._token in str(frame)) == first, "I11"
            self._resumes += frame["op"] == 6
            if self._resumes > 1:
                self._blurred.add(self._session_id)
            if not first:
                assert frame["op"] == 1
                # "null before any s" (EE:231); the call may have taken more after the beat.
                assert self._received_before <= (frame["d"] or 0) <= max(received, self._received_before), "I4"
                assert frame["d"] != 0

    def _delivered(self, effect: do.Deliver) -> None:
        assert effect.rewound == 0
        for event in effect.events:
            content: dict[str, Any] = msgspec.json.decode(event.d)
            session_id, number = content["session"], event.s
            assert number is not None
            assert session_id == self._session_id, "an event of another session"
            assert number > self._newest.get(session_id, 0), "I3: in order, each once"
            assert (session_id, number) not in self._finished, "I3: what was saved as finished comes again"
            self._newest[session_id] = number
            self._seen.add((session_id, number))
            self.open[effect.ticket(event)] = (session_id, number)

    def _saved(self, client: ClientGateway, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        assert snapshot.session_id == self._session_id
        assert self._covered(snapshot) <= self.settled_events, "I4: saved before it was settled"
        assert snapshot.orphans == sum(event[0] != self._session_id for event in self.open.values())

    def _covered(self, snapshot: Snapshot) -> set[tuple[str, int]]:
        spans = ((1, snapshot.seq), *snapshot.settled_above)
        numbers = self._session(snapshot.session_id).events
        covered = {(snapshot.session_id, n) for n in numbers if any(first <= n <= last for first, last in spans)}
        # What the server has forgotten is behind the cursor without having been settled.
        return covered - {(snapshot.session_id, n) for n in self._session(snapshot.session_id).trimmed} | (
            covered & self._seen
        )

    def _noticed(self, effect: do.Effect) -> None:
        match effect:
            case do.Connected():
                assert self._connected is None, "I9"
                self._connected = effect.connection
            case do.Disconnected():
                assert self._connected == effect.connection, "I9"
                self._connected = self._stands_on = None
                self._must_drop = effect.cause.code in GONE
            case do.Ready() | do.Resumed():
                assert self._connected is not None, "I9"
                assert self._stands_on is None, "I9"
                self._resumes = 0
                self._stands_on = self._connected
                if isinstance(effect, do.Ready):
                    assert self._session_id is None, "I3: a session went without its Gap"
                    self._session_id = effect.session_id
            case do.Gap():
                self._gap(effect)
            case do.Violated():
                raise AssertionError(f"the server of this test breaks no rule: {effect.error}")
            case _:
                return
        self.notices.append(effect)

    def _gap(self, gap: do.Gap) -> None:
        if gap.cause == "crash":
            self._expected_crash_gaps -= 1
            assert self._expected_crash_gaps == 0
            return
        assert self._session_id is not None, "I3: a Gap without a session"
        if gap.cause == "session":
            spent = self._resumes >= self._config.reconnect.max_resumes
            assert spent or self._session_id in self._doubted, "a session was given up that could be resumed"
            self.gone.add(self._session_id)
            self._session_id = None
            return
        assert gap.first is not None
        assert gap.last is not None
        session, announced = self._session(self._session_id), self._announced.setdefault(self._session_id, set())
        numbers = set(range(gap.first, gap.last + 1))
        # A crash may forget an announcement that was not yet saved as a part of the cursor: at least once across it.
        assert not numbers & announced, "I3: announced twice"
        assert numbers & session.events.keys() <= session.trimmed, "I3: a Gap where nothing was lost"
        announced |= numbers
        self._holes.setdefault(self._session_id, set()).update(numbers)

    def _failed(self, error: GatewayError) -> None:
        refused = self.refusals >= (self._config.reconnect.max_attempts or self.refusals + 1)
        unauthorised = self.tokens_refused >= 2 and isinstance(error, AuthenticationFailed)
        assert self.fatal_causes or refused or unauthorised, f"I8: {error}"

    def _ended(self) -> None:
        assert not self._over, "an end after the end"
        assert self._live is None, "I5: a transport outlives the shard"
        assert self._connected is None, "I9"
        assert not self._permits, "I7: a permit was kept"
        self._over = True

    # --- where a call ends

    def after(self, client: ClientGateway, now: float) -> None:
        """What holds between two calls."""
        self.visited.add(client.state)
        if client.state is not self._stands_since[0]:
            self._stands_since = (client.state, now)
        assert not (self._must_drop and client.session), "a session is kept that the gateway has ended"
        self._must_drop = False
        assert self._token not in client.explain(now)
        if client.state in HEARTBEATING and self._live is not None:
            assert self._taps[self._live].frames, "I2: IDENTIFY or RESUME in the step of HELLO"
        assert client.state not in WAITING or client.deadline is not None, "I6: it waits for ever"
        assert len(self._permits) <= 1
        assert not (self._permits and client.state in HOLDS_NO_PERMIT), "I7: a permit was kept"
        assert self._expected_crash_gaps == 0 or client.state is ConnectionState.IDLE, "I3: a crash without its Gap"
        info = client.session
        assert (None if info is None else info.session_id) == self._session_id
        if info is not None:
            assert info.settled <= info.sequence_number, "I4"
            mine = [number for session_id, number in self.open.values() if session_id == info.session_id]
            assert info.settled < min(mine) if mine else info.settled == info.sequence_number, "I4"
            self._complete(self._session(info.session_id), info.sequence_number)

    def after_tick(self, client: ClientGateway, now: float) -> None:
        """A tick leaves nothing due: no shell spins, and no state outlasts its deadline."""
        assert client.deadline is None or client.deadline > now
        state, since = self._stands_since
        assert now - since < LONGEST.get(state, now + 1.0), f"I6: {state.name} since {since}"

    def caught_up(self, client: ClientGateway) -> None:
        """I3: the session that stands has brought everything; every other one was announced."""
        info = client.session
        assert info is not None
        self._complete(self._session(info.session_id), self._session(info.session_id).seq)

    def _complete(self, session: Session, received: int) -> None:
        here = session.session_id
        known = self._holes.get(here, set[int]()) | (session.trimmed if here in self._blurred else set[int]())
        missing = [
            number
            for number in session.events
            if number <= received and (here, number) not in self._seen | self._finished and number not in known
        ]
        assert not missing, f"I3: lost without a word: {missing}"

    def _session(self, session_id: str) -> Session:
        return self._sessions.by_id[session_id]
