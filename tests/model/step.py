"""One input to a real `ClientGateway`, the shell that does what the effects ask, and what must hold meanwhile."""

from __future__ import annotations

from operator import attrgetter
from typing import Final, TypeAlias

import attrs

from model.bot import Opened
from model.far import DROP, Order
from model.invariants import LOST, TOKEN, URL, check, check_life, check_token, check_write
from model.normal import CONFIG
from qqgw_proto import ClientGateway, ConnectionState, Snapshot, Ticket
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.life import Life

__all__ = ["Given", "Shell", "Step", "give"]

Given: TypeAlias = tuple[str, bytes | int | tuple[int, int] | Snapshot | None]
"""An input: the name of a call, and what it is about."""

KEEPS_SESSION: Final = {4009: True, 4006: False, 4903: False, 4915: False}
"""protocol.md 4.1: which close codes allow a RESUME."""


@attrs.define
class Shell:
    """What the shell knows, whatever the machine says.

    Attributes:
        transport: None, "dialing" or "open".
        spoken: Whether anything was written on the transport.
        asked: None, "permit" or "access".
        held: Permits granted and not returned.
        dialed_at: When it was last told to dial, in seconds of the shard's time.
        connected: Whether `Connected` was heard and no `Disconnected` after it.
        ready: Whether `Ready` or `Resumed` was heard and no `Disconnected` after it.
    """

    transport: str | None = None
    spoken: bool = False
    asked: str | None = None
    held: int = 0
    dialed_at: float | None = None
    connected: bool = False
    ready: bool = False

    def identity(self) -> tuple[object, ...]:
        """Equal where shells are."""
        return _telling_of_shell(self)


_telling_of_shell: Final = attrgetter(*(field.name for field in attrs.fields(Shell)))


def give(client: ClientGateway, given: Given, now: float) -> list[do.Effect]:
    """Makes the call that an input names, with the numbers that this gateway waits for.

    A tick comes at the deadline, or at once where that has passed.
    """
    life = client.life
    request, number = life.request or 0, 0 if life.connection is None else life.connection.number
    match given:
        case ("start", Snapshot() | None as saved):
            return client.start(now, saved)
        case ("permit", _):
            return client.permit_granted(request, now)
        case ("access", _):
            return client.access_granted(request, URL, TOKEN, now)
        case ("opened", _):
            return client.opened(number, now)
        case ("dial failed", _):
            return client.dial_failed(number, LOST, now)
        case ("lost", _):
            return client.lost(number, LOST, now)
        case ("stop", _):
            return client.stop(now)
        case ("tick", _):
            check("I6", client.deadline is not None, "no deadline")
            return client.tick(max(now, client.deadline or now))
        case _:
            return _give_arrival(client, given, number, now)


def _give_arrival(client: ClientGateway, given: Given, number: int, now: float) -> list[do.Effect]:
    match given:
        case ("message", bytes(data)):
            return client.receive_message(number, data, now)
        case ("closed", int(code)):
            return client.closed(number, code, "", now)
        case ("settled", (int(epoch), int(seq))):
            return client.settled([Ticket((epoch, seq))], now)
        case _:
            raise AssertionError(f"no such input: {given}")


@attrs.define
class Step:
    """One input to a client and a shell that belong to it.

    Attributes:
        client: A gateway whose time is 0.
        shell: What its shell knows.
        number: Of the present connection.
        orders: What happens to the far side.
        delivered: What was delivered.
        saved: What was saved.
        gaps: The causes of the gaps that were told.
    """

    client: ClientGateway
    shell: Shell
    number: int = 0
    orders: list[Order] = attrs.field(factory=list[Order])
    delivered: list[Opened] = attrs.field(factory=list[Opened])
    saved: list[Snapshot | None] = attrs.field(factory=list[Snapshot | None])
    gaps: list[str] = attrs.field(factory=list[str])

    def run(self, given: Given) -> None:
        """Gives the input and does what is asked.

        Raises:
            Broken: An invariant does not hold.
        """
        before = self.client.life
        self.number = 0 if before.connection is None else before.connection.number
        self._begin(given[0])
        for effect in give(self.client, given, 0.0):
            self._apply(effect)
        self._finish(given, before)

    def _begin(self, name: str) -> None:
        """What the shell knows before the machine does."""
        shell = self.shell
        if name in ("permit", "access"):
            shell.asked, shell.held = None, shell.held + (name == "permit")
        elif name == "opened":
            shell.transport, shell.spoken = "open", False
            self.orders.append(("open", b""))
        elif name in ("dial failed", "lost"):
            self._drop()

    def _drop(self) -> None:
        """The transport is gone."""
        if self.shell.transport == "open":
            self.orders.append(DROP)
        self.shell.transport, self.shell.spoken = None, False

    def _apply(self, effect: do.Effect) -> None:
        if isinstance(effect, do.Write):
            self._write(effect)
            return
        check_token(effect)
        match effect:
            case do.RequestPermit():
                self.shell.asked = "permit"
            case do.RequestAccess():
                self.shell.asked = "access"
            case do.ReturnPermit():
                self.shell.held -= 1
            case do.Dial():
                self._dial(effect)
            case do.CloseTransport() | do.AbandonTransport():
                check("I5", effect.connection == self.number, "a transport is dropped that is not the present one")
                self._drop()
            case do.Deliver():
                self.delivered += ((effect.ticket(event), int(event.id or 0)) for event in effect.events)
            case do.SaveSession():
                self._save(effect.snapshot)
            case _:
                self._hear(effect)

    def _write(self, effect: do.Write) -> None:
        is_live = self.shell.transport == "open" and effect.connection == self.number
        check("I5", is_live, "written to an abandoned transport")
        check_write(self.client, effect.data, first=not self.shell.spoken)
        self.orders.append(("beat" if self.shell.spoken else "say", effect.data))
        self.shell.spoken = True

    def _dial(self, effect: do.Dial) -> None:
        check("I5", self.shell.transport is None, "a second transport")
        now, latest = self.client.life.now, self.shell.dialed_at
        early = latest is not None and now - latest < CONFIG.reconnect.min_dial_interval
        check("I7", not early, "two dials closer than the floor")
        self.shell.transport, self.shell.dialed_at, self.number = "dialing", now, effect.connection

    def _save(self, snapshot: Snapshot | None) -> None:
        self.saved.append(snapshot)
        session = self.client.life.session
        if snapshot is not None and snapshot.session_id is not None:
            check("I4", session is not None and snapshot.session_id == session.session_id, "another session is saved")
            # It stays so: `check_life` lets the cursor of a session only rise.
            check("I4", session is not None and snapshot.seq <= session.ledger.settled, "saved is above settled")

    def _hear(self, notice: do.Effect) -> None:
        shell = self.shell
        match notice:
            case do.Connected():
                check("I9", not shell.connected, "Connected twice")
                shell.connected = True
            case do.Ready() | do.Resumed():
                check("I9", shell.connected and not shell.ready, "READY without a connection, or twice")
                shell.ready = True
            case do.Disconnected():
                check("I9", shell.connected, "Disconnected without Connected")
                shell.connected = shell.ready = False
            case do.Gap():
                check("I3", notice.cause != "hole", "a hole where there is none")
                self.gaps.append(notice.cause)
            case do.Failed():
                check("I8", notice.error.code == 4915, f"failed without a fatal cause: {notice.error}")
            case _:
                pass

    def _finish(self, given: Given, before: Life) -> None:
        """What must hold once the effects are applied."""
        shell, life = self.shell, self.client.life
        if life.request is None:
            shell.asked = None  # A late answer is one of those that `check_stale` gives to every process.
        check_life(before, life)
        # Every session that this process had and no longer has was given up with one Gap.
        given_up = (before.session is not None) + life.last_epoch - before.last_epoch - (life.session is not None)
        check("I3", self.gaps.count("session") == given_up, "a session went without its one Gap")
        if given[0] == "closed" and isinstance(code := given[1], int) and before.session is not None:
            check("I3", (life.session is not None) == KEEPS_SESSION[code], f"{code} and the session")
        if life.state in (ConnectionState.IDENTIFYING, ConnectionState.RESUMING):
            check("I2", shell.spoken, "HELLO was not answered in the step that it came in")
        if life.state is not ConnectionState.CLOSING:
            check("I5", (shell.transport is None) == (life.connection is None), "a transport is kept or was forgotten")
        check("I7", shell.held == (life.permit is not None), "a permit is neither held nor returned")
        check("I9", shell.ready or life.state is not ConnectionState.READY, "READY and nobody was told")
