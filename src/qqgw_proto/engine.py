"""Between the calls of `ClientGateway` and the machine: messages become inputs, `Send…` effects become `Write`.

The engine owns the one mutable thing of a shard, the current `Life`, and the wire of its present connection, which is
made when the transport opens and dropped with it. What follows from an input is for the table to say, not for this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Self

import attrs
import msgspec

from qqgw_proto.arguments import check_finite
from qqgw_proto.errors import MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.arrivals import Dispatches
from qqgw_proto.machine.effects import Effect
from qqgw_proto.machine.inputs import AccessGranted, Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life, Renewal
from qqgw_proto.machine.machine import due, step
from qqgw_proto.machine.reading import LIFECYCLE, read_event, read_frame
from qqgw_proto.wire import frames
from qqgw_proto.wire.codec import decode, decode_run
from qqgw_proto.wire.doors import Door, Wire
from qqgw_proto.wire.events import Rejected, WireEvent
from qqgw_proto.wire.frames import Dispatch

_MOST_DUE: Final = 64
"""Deadlines that one tick can find passed; more can only be one too short for a float of this size to tell apart."""

_MOST_BODY: Final = 2048
"""Characters kept of the body of a handshake that a host saw refused, as a `ByteWire` does by default."""

__all__ = ["ClientEngine", "Lateness", "Observer"]

Observer = Callable[[Input, float, Sequence[do.MachineEffect]], None]
"""Sees every input of the machine, when it came and what the machine made of it: a journal.

It must not raise: its error would come in the place of the effects, and they would be lost.
"""


class Lateness(msgspec.Struct, frozen=True):
    """How late ticks come: a stalled loop or a suspended machine shows here first (design 5, "Lateness is recorded").

    Attributes:
        latest: Of the latest tick that found a deadline passed, in seconds.
        maximum: The most so far, in seconds.
        ticks: How many found a deadline passed.
    """

    latest: float = 0.0
    maximum: float = 0.0
    ticks: int = 0

    def and_another(self, late: float) -> Lateness:
        """The same with one more late tick counted."""
        return Lateness(late, max(self.maximum, late), self.ticks + 1)


_ON_TIME: Final = Lateness()


class ClientEngine:
    """One shard's life and the wire of its connection.

    Args:
        life: The shard at its beginning.
        door: Makes wires.
        observer: Called after every step of the machine.

    Attributes:
        lateness: Of its ticks.
    """

    def __init__(self, life: Life, door: Door, observer: Observer | None) -> None:
        self.life = life
        self.door = door
        self.lateness = _ON_TIME
        self._wire: Wire | None = None
        self._observer = observer
        self._granted: AccessGranted | None = None

    def copied(self) -> Self:
        """An independent copy.

        Raises:
            TypeError: Its wire may hold half a frame: only a wire of whole messages can be copied.
        """
        if self._wire is not None and not self.door.whole_messages:
            raise TypeError("a gateway with a live byte wire cannot be copied: use a MessageWire")
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.life = self.life.fork()
        return twin

    def is_current(self, connection: int) -> bool:
        """Whether this number is that of the present connection."""
        current = self.life.connection
        return current is not None and current.number == connection

    def current(self, connection: int) -> Wire | None:
        """The wire of a connection, None where its number is stale."""
        if not self.is_current(connection):
            return None
        if self._wire is None:
            raise MisuseError("opened(connection) comes before anything received on it")
        return self._wire

    def hosted(self, connection: int, now: float) -> Wire | None:
        """The wire of a connection whose WebSocket the host owns, None where its number is stale.

        Raises:
            MisuseError: The wire speaks bytes, `now` cannot be compared, or `opened` was not called.
        """
        check_finite("now", now)
        if not self.door.whole_messages:
            raise MisuseError("a ByteWire takes receive_data()")
        return self.current(connection)

    def granted(self, request: int, url: str, token: str, now: float) -> list[Effect]:
        """Access was granted. Tells here whether the refused token came again: a journal has no tokens to compare."""
        latest = self._granted
        is_refused = latest is not None and latest.token == token and self.life.recovery.renewal is Renewal.ASKED
        given = AccessGranted(request, url, token, fresh=not is_refused)
        effects = self.take(given, now)
        self._granted = given
        return effects

    def rejected(self, connection: int, refusal: Rejected, now: float) -> list[Effect]:
        """The handshake that a host began at `Dial` was refused: this comes in the place of `opened`.

        Raises:
            MisuseError: The wire speaks bytes, `now` cannot be compared, or `opened` was called before.
        """
        check_finite("now", now)
        if not self.door.whole_messages:
            raise MisuseError("a ByteWire reads the answer to its handshake by itself: receive_data()")
        if not self.is_current(connection):
            return []
        if self._wire is not None:
            raise MisuseError("the handshake succeeded: report the end with closed() or lost()")
        return self.feed(connection, [attrs.evolve(refusal, body=refusal.body[:_MOST_BODY])], now)

    def end(self, now: float) -> list[Effect]:
        """Reports what the wire was still collecting: a refusal whose body never ended is a refusal, not silence."""
        connection = self.life.connection
        if connection is None or self._wire is None:
            return []
        return self.feed(connection.number, self._wire.end(), now)

    def tick(self, now: float) -> list[Effect]:
        """Does what is due."""
        effects: list[Effect] = []
        now = max(now, self.life.now)
        late: list[float] = []
        for _ in range(_MOST_DUE):
            passed = due(self.life, now)
            if passed is None:
                break
            late.append(passed.late)
            before = self.life.state
            if passed.kind is Kind.STATE_DUE:
                effects += self.end(now)
            if self.life.state is before:
                effects += self.take(passed, now)
        if late:
            self.lateness = self.lateness.and_another(max(late))
        return effects

    def feed(self, connection: int, events: Sequence[WireEvent], now: float) -> list[Effect]:
        """Steps the machine through what one chunk brought: consecutive dispatches are one input.

        The machine is stepped before the next frame that is no dispatch is read; what stands behind a frame that ended
        the connection is not decoded.
        """
        effects: list[Effect] = []
        batch: list[Dispatch] = []
        decode_run(events, LIFECYCLE, batch)
        for at in range(len(batch), len(events)):
            event = events[at]
            frame = decode(event) if type(event) is bytes else None
            if type(frame) is Dispatch and frame.op == 0 and frame.t not in LIFECYCLE:
                batch.append(frame)
                continue
            if batch:
                effects += self.take(Dispatches(connection, batch), now)
                batch = []
            if frame is not None:
                effects += self.take(read_frame(connection, frame), now)
            else:
                access = self.life.access
                token = "" if access is None else access.token
                effects += self.take(read_event(connection, event, self.life.close_codes, token), now)
            if not self.is_current(connection):
                return effects
        if batch:
            effects += self.take(Dispatches(connection, batch), now)
        return effects

    def take(self, given: Input, now: float) -> list[Effect]:
        """Steps the machine, and lets the wire turn its `Send…` effects into `Write`."""
        check_finite("now", now)
        self.life, made = step(self.life, given, now)
        if self._observer is not None:
            self._observer(given, self.life.now, made)
        effects: list[Effect] = []
        for effect in made:
            self._apply(effect, effects, now)
        if self.life.connection is None:
            self._wire = None
        return effects

    def _apply(self, effect: do.MachineEffect, effects: list[Effect], now: float) -> None:
        match effect:
            case do.SendUpgrade():
                self._wire = self.door.client()
                data, events = self._wire.open(effect.url)
                self._write(effect.connection, data, effects)
                effects += self.feed(effect.connection, events, now)
            case do.SendIdentify():
                payload = frames.identify(effect.token, effect.intents, effect.shard, effect.properties)
                self._say(effect.connection, payload, effects)
            case do.SendResume():
                self._say(effect.connection, frames.resume(effect.token, effect.session_id, effect.seq), effects)
            case do.SendHeartbeat():
                self._say(effect.connection, frames.heartbeat(effect.seq), effects)
            case do.SendPong():
                self._write(effect.connection, self._link().pong(effect.payload), effects)
            case do.SendClose():
                self._close(effect, effects)
            case do.CloseTransport():
                self._write(effect.connection, self._link().close(effect.code, effect.reason), effects)
                effects.append(effect)
            case _:
                effects.append(effect)

    def _close(self, effect: do.SendClose, effects: list[Effect]) -> None:
        if self.door.whole_messages:
            within = self.life.config.deadlines.close
            effects.append(do.CloseTransport(effect.connection, effect.code, effect.reason, within))
        else:
            self._write(effect.connection, self._link().close(effect.code, effect.reason), effects)

    def _say(self, connection: int, payload: bytes, effects: list[Effect]) -> None:
        self._write(connection, self._link().text(payload), effects)

    def _write(self, connection: int, data: bytes, effects: list[Effect]) -> None:
        if data:
            effects.append(do.Write(connection, data))

    def _link(self) -> Wire:
        if self._wire is None:
            raise AssertionError("the table sends frames only over a transport that was opened")
        return self._wire
