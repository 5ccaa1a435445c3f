"""`ServerGateway`: the gateway's end of one connection, without I/O; the same shape as `ClientGateway`.

It keeps no sessions: the owner judges IDENTIFY and RESUME and makes the frames (`qqgw_proto.wire.frames`). `start` once
a transport is accepted; feed `receive_data` (or `receive_message` and `closed`), `lost`, and `tick` at `deadline`;
answer `JudgeIdentify` with `ready`, `JudgeResume` with `send` and `resumed`, or refuse with `send` and `close`. Every
call takes `now` in seconds and returns effects to be applied in order; none raises but `MisuseError`, and such a call
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from qqgw_proto.arguments import Chunk, as_bytes, check_door, check_finite, message_bytes
from qqgw_proto.config import ServerConfig
from qqgw_proto.errors import ConnectionFailed, GatewayError, MisuseError
from qqgw_proto.machine import server_effects as do
from qqgw_proto.machine import server_inputs as take
from qqgw_proto.machine.server_actions import ServerLife
from qqgw_proto.machine.server_effects import ServerEffect
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.machine.server_reading import read_client
from qqgw_proto.machine.server_table import check_bytes, server_deadline, server_due, server_step
from qqgw_proto.wire.close_frames import CODES, LONGEST_REASON, UNSENDABLE, can_carry, is_reason
from qqgw_proto.wire.doors import ByteWire, Door
from qqgw_proto.wire.events import Closed, Requested, WireEvent

__all__ = ["ServerGateway"]


class ServerGateway:
    """One connection.

    Args:
        config: What is set for the connection.
        wire: The door, as for `ClientGateway`.
    """

    def __init__(self, config: ServerConfig | None = None, *, wire: Door | None = None) -> None:
        self._life = ServerLife(ServerConfig() if config is None else config)
        self._door: Door = ByteWire() if wire is None else wire
        check_door(self._door)
        self._wire = self._door.server()

    def __copy__(self) -> Self:
        """An independent copy; only with a `MessageWire`, since a byte wire may hold half a frame."""
        if not self._door.whole_messages:
            raise TypeError("a gateway with a byte wire cannot be copied: use a MessageWire")
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    @property
    def state(self) -> ServerState:
        """Where the connection stands."""
        return self._life.state

    @property
    def deadline(self) -> float | None:
        """The next instant at which `tick` must be called, or None."""
        return server_deadline(self._life)

    # --- the owner

    def start(self, now: float) -> list[ServerEffect]:
        """A transport was accepted (with a `MessageWire`: a WebSocket was)."""
        effects = self._take(take.ServerStart(), now)
        if self._door.whole_messages:
            effects += self._feed([Requested("/", {})], now)
        return effects

    def ready(self, frame: bytes, now: float) -> list[ServerEffect]:
        """Grants the IDENTIFY with a READY frame."""
        return self._take(take.ReadyGiven(_text(frame)), now)

    def resumed(self, frame: bytes, now: float) -> list[ServerEffect]:
        """Ends the replay with a RESUMED frame."""
        return self._take(take.ResumedGiven(_text(frame)), now)

    def send(self, frames: Sequence[bytes], now: float) -> list[ServerEffect]:
        """Sends frames as they are, without a check: a test may want wrong ones."""
        return self._take(take.Said([_text(frame) for frame in frames]), now)

    def close(self, code: int, reason: str, now: float) -> list[ServerEffect]:
        """Begins the closing handshake.

        Raises:
            MisuseError: A close frame cannot carry this code or reason.
        """
        if not can_carry(code) or not is_reason(reason):
            raise MisuseError(
                f"a close frame carries a code from {CODES[0]} to {CODES[-1]}, but none of "
                f"{', '.join(map(str, UNSENDABLE))}, and a printable reason of at most {LONGEST_REASON} bytes"
            )
        return self._take(take.CloseOrdered(code, reason), now)

    # --- the transport

    def receive_data(self, data: Chunk, now: float) -> list[ServerEffect]:
        """One chunk; `b""` is EOF."""
        check_finite("now", now)
        if self._door.whole_messages:
            raise MisuseError("a MessageWire takes receive_message() and closed()")
        check_bytes(self._life)
        if not data:
            return self.lost(ConnectionFailed("the client ended the TCP connection"), now)
        return self._feed(self._wire.receive(as_bytes(data)), now)

    def receive_message(self, message: str | Chunk, now: float) -> list[ServerEffect]:
        """One whole WebSocket message."""
        check_finite("now", now)
        if not self._door.whole_messages:
            raise MisuseError("a ByteWire takes receive_data()")
        return self._feed(self._wire.receive(message_bytes(message)), now)

    def closed(self, code: int, reason: str, now: float) -> list[ServerEffect]:
        """The host's WebSocket received a close frame."""
        check_finite("now", now)
        if not self._door.whole_messages:
            raise MisuseError("a ByteWire takes receive_data()")
        return self._feed([Closed(code, reason)], now)

    def lost(self, cause: GatewayError, now: float) -> list[ServerEffect]:
        """The transport is gone."""
        return self._take(take.ServerLost(cause), now)

    # --- the clock

    def tick(self, now: float) -> list[ServerEffect]:
        """Does whatever is due at `now`; harmless when nothing is."""
        check_finite("now", now)
        effects: list[ServerEffect] = []
        while (passed := server_due(self._life, now)) is not None:
            effects += self._take(passed, now)
        return effects

    # --- inside

    def _feed(self, events: Iterable[WireEvent], now: float) -> list[ServerEffect]:
        effects: list[ServerEffect] = []
        for event in events:
            effects += self._take(read_client(event), now)
        return effects

    def _take(self, given: take.ServerInput, now: float) -> list[ServerEffect]:
        check_finite("now", now)
        self._life, made = server_step(self._life, given, now)
        effects: list[ServerEffect] = []
        for effect in made:
            self._apply(effect, effects)
        return effects

    def _apply(self, effect: do.ServerMachineEffect, effects: list[ServerEffect]) -> None:
        match effect:
            case do.SendAccept():
                self._write(self._wire.accept(), effects)
            case do.SendText():
                self._write(self._wire.text(effect.payload), effects)
            case do.SendServerPong():
                self._write(self._wire.pong(effect.payload), effects)
            case do.SendServerClose() if self._door.whole_messages:
                effects.append(do.ServerCloseTransport(effect.code, effect.reason, self._life.config.close))
            case do.SendServerClose():
                self._write(self._wire.close(effect.code, effect.reason), effects)
            case do.ServerCloseTransport():
                self._write(self._wire.close(effect.code, effect.reason), effects)
                effects.append(effect)
            case _:
                effects.append(effect)

    def _write(self, data: bytes, effects: list[ServerEffect]) -> None:
        if data:
            effects.append(do.ServerWrite(data))


def _text(frame: bytes) -> bytes:
    try:
        frame.decode()
    except UnicodeDecodeError as error:
        raise MisuseError("a frame of the gateway is UTF-8 text") from error
    return frame
