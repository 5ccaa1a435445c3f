"""What a shard has asked for, in a form that two runs can be compared in, and what must hold of it at every effect."""

from __future__ import annotations

import attrs

from qqgw_proto import ClientGateway
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.frames import Dispatch

__all__ = ["Trace"]


@attrs.frozen
class _Batch:
    """What neighbouring `Deliver`s bring."""

    events: list[object] = attrs.field(factory=list[object])
    duplicated: int = 0
    rewound: int = 0

    def joined(self, other: _Batch) -> _Batch:
        duplicated, rewound = self.duplicated + other.duplicated, self.rewound + other.rewound
        return _Batch(self.events + other.events, duplicated, rewound)


class Trace:
    """All effects of one run.

    Args:
        token: What only a write may hold.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._lines: list[object] = []
        self._latest = 0.0
        self.begin_life()

    def begin_life(self) -> None:
        """Another gateway begins."""
        self._dialed: float | None = None
        self._connected: int | None = None
        self._over = False

    def add(self, effect: do.Effect, now: float) -> None:
        """One effect."""
        assert self._token not in repr(effect), "I11"
        now = self._latest = max(self._latest, now)  # "`now` going back is clamped" (design 3)
        match effect:
            case do.Write():
                self._lines.append(("write", effect.connection, _unmasked(effect.data)))
                return
            case do.Deliver():
                events: list[object] = [(*_content(event), effect.epoch) for event in effect.events]
                self._lines.append(_Batch(events, effect.duplicated, effect.rewound))
                return
            case do.Dial():
                assert self._dialed is None or now - self._dialed >= 1.0 - 1e-9, "I7"
                self._dialed = now
            case do.Connected():
                assert self._connected is None, "I9"
                self._connected = effect.connection
            case do.Disconnected():
                assert self._connected == effect.connection, "I9"
                self._connected = None
            case do.Ready() | do.Resumed():
                self._lines.append((type(effect).__name__, *_content(effect.event)))
                return
            case do.Stopped() | do.Failed():
                assert not self._over, "an end after the end"
                assert self._connected is None, "I9"
                self._over = True
            case _:
                pass
        self._lines.append(repr(effect))

    def check(self, gateway: ClientGateway, now: float) -> None:
        """What holds between two calls."""
        session, snapshot = gateway.session, gateway.snapshot
        if session is not None and snapshot is not None:
            assert snapshot.seq <= session.settled <= session.sequence_number, "I4"
        assert self._token not in gateway.explain(now), "I11"

    def joined(self) -> list[object]:
        """The lines, neighbouring batches made one; what is wrong with a batch is said once, however it was cut."""
        joined: list[object] = []
        for line in self._lines:
            before = joined[-1] if joined else None
            if isinstance(line, _Batch) and isinstance(before, _Batch):
                joined[-1] = before.joined(line)
            elif line != before or "Violated" not in str(line):
                joined.append(line)
        return joined


def _content(event: Dispatch) -> tuple[int | None, str | None, str | None, bytes]:
    return event.s, event.t, event.id, bytes(event.d)


def _unmasked(data: bytes) -> bytes:
    """The frame without its random mask; of a handshake, whose nonce is random, only that it is one."""
    if data.startswith(b"GET "):
        return b"GET"
    if data[:1] == b"{":
        return data
    extra = {126: 2, 127: 8}.get(data[1] & 0x7F, 0)
    start = 2 + extra
    mask, payload = data[start : start + 4], data[start + 4 :]
    return data[:start] + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
