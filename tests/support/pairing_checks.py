"""What must hold at every step of a shard (design 9), checked on what goes in and out of the real `ClientGateway`."""

from __future__ import annotations

from collections.abc import Sequence

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, Snapshot
from qqgw_proto.errors import AuthenticationFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine import server_effects as served
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.states import HEARTBEATING
from support.pairing_loss import Losses
from support.pairing_network import Link
from support.pairing_rules import FATAL_CODES, GONE, HOLDS_NO_PERMIT, LONGEST, REFUSALS, WAITING
from support.pairing_sessions import Judgement, Sessions
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
        self._whole_messages = whole_messages
        self.visited: set[ConnectionState] = set()
        self.losses = Losses(sessions, config.reconnect.max_resumes)
        self.notices: list[do.Effect] = []
        self._begin_life()

    def _begin_life(self) -> None:
        self.fatal_causes = 0
        self.refusals = 0
        self.tokens_refused = 0
        self._permits: set[int] = set()
        self._live: int | None = None
        self._taps: dict[int, Tap] = {}
        self._dialed_at: float | None = None
        self._connected: int | None = None
        self._stands_on: int | None = None
        self._received_before = 0
        self._over = False
        self._stands_since = (ConnectionState.IDLE, 0.0)
        self._paused = False
        self._must_drop = False

    # --- what the harness does

    def observe(self, given: Input, now: float, made: Sequence[do.MachineEffect]) -> None:
        """I11, the journal's side."""
        assert self._token not in repr(given)
        assert self._token not in repr(made)

    def crashed(self, saved: Snapshot | None) -> None:
        """The process has ended."""
        self.losses.crashed(saved)
        self._begin_life()

    def paused(self, now: float, *, paused: bool) -> None:
        """Reading stops: what is waited for may lie unread, so no deadline of a peer passes; or it goes on."""
        self._paused = paused
        self._stands_since = (self._stands_since[0], now)

    def granted(self, request: int) -> None:
        """A permit is out."""
        self._permits.add(request)

    def transport_ended(self, number: int) -> None:
        """The transport ended by itself."""
        if self._live == number:
            self._live = None

    def judged(self, judgement: Judgement) -> None:
        """An IDENTIFY or RESUME was answered."""
        self.refusals += judgement.refuses
        if judgement.refuses:
            self.losses.doubted()

    def ordered(self, code: int) -> None:
        """The server closes with this code."""
        self.fatal_causes += code in FATAL_CODES
        self.refusals += code in REFUSALS
        self.tokens_refused += code == 4004
        if code in GONE:
            self.losses.doubted()

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
                self.losses.delivered(effect)
            case do.SaveSession():
                self.losses.saved(effect.snapshot)
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
            if frame["op"] == 6:
                self.losses.resumed()
            if not first:
                assert frame["op"] == 1
                # "null before any s" (EE:231); the call may have taken more after the beat.
                assert self._received_before <= (frame["d"] or 0) <= max(received, self._received_before), "I4"
                assert frame["d"] != 0

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
                self.losses.resumes = 0
                self._stands_on = self._connected
                if isinstance(effect, do.Ready):
                    self.losses.ready(effect.session_id)
            case do.Gap():
                self.losses.gap(effect)
            case do.Violated():
                raise AssertionError(f"the server of this test breaks no rule: {effect.error}")
            case _:
                return
        self.notices.append(effect)

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
        assert client.state not in WAITING or client.deadline is not None or self._paused, "I6: it waits for ever"
        assert len(self._permits) <= 1
        assert not (self._permits and client.state in HOLDS_NO_PERMIT), "I7: a permit was kept"
        self.losses.after(client, started=client.state is not ConnectionState.IDLE)

    def after_tick(self, client: ClientGateway, now: float) -> None:
        """A tick leaves nothing due: no shell spins, and no state outlasts its deadline."""
        assert client.deadline is None or client.deadline > now
        state, since = self._stands_since
        assert self._paused or now - since < LONGEST.get(state, now + 1.0), f"I6: {state.name} since {since}"
