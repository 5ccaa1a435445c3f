"""Target `server`: a whole life of a gateway's end, one public call after another, right and wrong.

Byte 0 chooses the door (bit 0) and the settings (bit 1), byte 1 the cuts, then each step is one byte and what it needs.
Oracles: only the documented error is raised, and it changes nothing (I12); the same calls give the same effects (I10);
another chunking gives the same effects (I14); the client's token is shown nowhere (I11); `Ended` comes once and nothing
is written behind it; nothing is due after a tick, and whoever is waited for has a deadline (I6).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fuzz.menu import LOST, ODD_TIMES, STEPS
from fuzz.source import Source, pieces
from fuzz.wire import REQUEST
from qqgw_proto import ByteWire, MessageWire, ServerConfig, ServerGateway
from qqgw_proto.errors import MisuseError
from qqgw_proto.machine import server_effects as do
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.wire import frames

__all__ = ["fuzz_server"]

TOKEN = "QQBot the-token-that-nobody-may-see"
MOST_STEPS = 100
CONFIGS = (ServerConfig(), ServerConfig(heartbeat_timeout=None, identify=1.0, upgrade=2.0, close=3.0))
SAID = (
    frames.identify(TOKEN, 513, (0, 1), {}),
    frames.resume(TOKEN, "a", 7),
    frames.heartbeat(None),
    frames.heartbeat(7),
    frames.heartbeat_ack(),
    b'{"op":2,"d":{"token":1}}',
    b'{"op":5}',
    b"{",
)
GIVEN = (
    frames.dispatch("READY", 1, {"session_id": "a"}),
    frames.dispatch("EVENT", 2, {}),
    frames.invalid_session(resumable=False),
    b"\xff",
)


def fuzz_server(data: bytes) -> None:
    """One input."""
    whole = _play(data, None)
    assert _play(data, None) == whole, "I10"
    assert _play(data, data[1] if len(data) > 1 else 0) == whole, "I14"


def _play(data: bytes, seed: int | None) -> list[object]:
    source = Source(data)
    flags = source.byte()
    source.byte()
    run = _Run(hosted=bool(flags & 1), config=CONFIGS[flags >> 1 & 1], seed=seed)
    for _ in range(MOST_STEPS):
        if not source.left:
            break
        run.step(source)
    run.flush()
    return run.told()


class _Run:
    def __init__(self, *, hosted: bool, config: ServerConfig, seed: int | None) -> None:
        self._hosted, self._seed = hosted, seed
        self._gateway = ServerGateway(config, wire=MessageWire() if hosted else ByteWire())
        self._now = 100.0
        self._inbox: list[bytes] = []
        self._effects: list[do.ServerEffect] = []
        self._ended = False
        self._steps: tuple[Callable[[Source], None], ...] = (
            *[self._begin] * 2,
            *[self._say] * 3,
            *[self._answer] * 3,
            self._raw,
            self._wait,
            self._close,
            self._misuse,
        )

    def step(self, source: Source) -> None:
        chosen = self._steps[source.below(len(self._steps))]
        if chosen not in (self._say, self._raw):
            self.flush()
        chosen(source)

    def told(self) -> list[object]:
        """The effects, with what was written joined: how it was cut says nothing."""
        told: list[object] = [self._gateway.state]
        for effect in self._effects:
            if isinstance(effect, do.ServerWrite):
                last = told[-1]
                if isinstance(last, bytes):
                    told[-1] = last + effect.data
                else:
                    told.append(effect.data)
            else:
                told.append(effect)
        return told

    def flush(self) -> None:
        """What arrived together comes in."""
        data, self._inbox = b"".join(self._inbox), []
        for piece in ([data] if self._seed is None else pieces(data, self._seed)) if data else ():
            self._call(partial(self._gateway.receive_data, piece, self._now))

    def _call(self, call: Callable[[], list[do.ServerEffect]]) -> None:
        before = (self._gateway.state, self._gateway.deadline)
        try:
            effects = call()
        except MisuseError as error:
            self._refused(error, before)
            return
        for effect in effects:
            assert TOKEN not in repr(effect), "I11"
            assert not self._ended, "something came behind the end"
            self._ended = isinstance(effect, do.Ended)
        self._effects += effects
        waits = self._gateway.state in (ServerState.UPGRADING, ServerState.GREETED, ServerState.CLOSING)
        assert not waits or self._gateway.deadline is not None, "I6"

    def _refused(self, error: MisuseError, before: tuple[object, ...]) -> None:
        assert TOKEN not in str(error), "I11"
        assert (self._gateway.state, self._gateway.deadline) == before, "I12"

    def _begin(self, source: Source) -> None:
        self._call(lambda: self._gateway.start(self._now))
        if not self._hosted:
            self._inbox.append(REQUEST)
            self.flush()

    def _say(self, source: Source) -> None:
        self._hear(SAID[source.below(len(SAID))], masked=source.byte() < 250)

    def _hear(self, payload: bytes, *, masked: bool) -> None:
        if self._hosted:
            self._call(lambda: self._gateway.receive_message(payload, self._now))
            return
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
        if masked:  # a mask of zeros leaves the payload as it is
            size = bytes([size[0] | 0x80]) + size[1:] + bytes(4)
        self._inbox.append(b"\x81" + size + payload)

    def _raw(self, source: Source) -> None:
        data = source.take(source.below(30))
        if self._hosted:
            self._call(lambda: self._gateway.receive_message(data, self._now))
        else:
            self._inbox.append(data)

    def _answer(self, source: Source) -> None:
        how, frame = source.byte(), GIVEN[source.below(len(GIVEN))]
        gateway, now = self._gateway, self._now
        if how % 3 == 0:
            self._call(lambda: gateway.ready(frame, now))
        elif how % 3 == 1:
            self._call(lambda: gateway.resumed(frame, now))
        else:
            self._call(lambda: gateway.send([frame] * (how % 4), now))

    def _wait(self, source: Source) -> None:
        self._now = max(0.0, self._now + STEPS[source.below(len(STEPS))])
        self._call(lambda: self._gateway.tick(self._now))
        deadline = self._gateway.deadline
        assert deadline is None or deadline > self._now, "a shell would spin"

    def _close(self, source: Source) -> None:
        code, gateway, now = (1000, 4009, 1005, 999, 5000)[source.below(5)], self._gateway, self._now
        how = source.below(3)
        if how == 0:
            self._call(lambda: gateway.close(code, "why", now))
        elif how == 1:
            self._call(lambda: gateway.lost(LOST, now))
        else:
            self._call(lambda: gateway.closed(code, "why", now) if self._hosted else gateway.receive_data(b"", now))

    def _misuse(self, source: Source) -> None:
        odd = ODD_TIMES[source.below(len(ODD_TIMES))]
        self._call(lambda: self._gateway.tick(odd))
        self._call(lambda: self._gateway.close(4000, "a\r\nb", self._now))
        self._call(lambda: self._gateway.lost(LOST, odd))
