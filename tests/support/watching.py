"""The invariants of design 9 that a single shard's effects can break, checked while they come.

A `Watch` sits on a `Peer` and is told after every call; it knows nothing of the machine but its effects and getters.
"""

from __future__ import annotations

from typing import Final

from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState as S
from support.peer import Peer

__all__ = ["Watch"]

_FINAL: Final = (S.STOPPED, S.FAILED)
_WITHOUT_DEADLINE: Final = (S.IDLE, *_FINAL)
_WITH_PERMIT: Final = (S.PREPARING, S.DIALING, S.UPGRADING, S.GREETING, S.CLOSING)


class Watch:
    """What has been seen of one shard."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.live: int | None = None
        self.connected: int | None = None
        self.in_session = False
        self.over = False
        self.dialed_at: float | None = None
        self.latest = 0.0
        self.seen = 0
        self.frames = 0

    def look(self) -> None:
        """Takes note of everything new."""
        for at, effect in self.peer.history[self.seen :]:
            self.latest = max(self.latest, at)  # a clock that went back is held where it was
            self._take(self.latest, effect)
        self.seen = len(self.peer.history)
        client = self.peer.client
        assert client.state in _WITHOUT_DEADLINE or client.deadline is not None, "I6: nothing waits for ever"
        session = client.session
        assert session is None or session.settled <= session.sequence_number, "I4"
        assert (client.state in _FINAL) is self.over, "I8: an end is announced, and only an end"
        assert client.state in _WITH_PERMIT or not self.peer.permits, "I7: a permit is always returned"

    def _take(self, at: float, effect: do.Effect) -> None:
        after_the_end = do.SaveSession | do.ReturnPermit | do.AbandonTransport
        assert not self.over or isinstance(effect, after_the_end), "nothing follows the end"
        match effect:
            case do.Dial():
                self._dial(at, effect)
            case do.Write():
                self._write(effect)
            case do.AbandonTransport():
                self._gone(effect.connection)
            case do.CloseTransport():
                self._gone(effect.connection)
            case do.Connected() | do.Disconnected() | do.Ready() | do.Resumed():
                self._announced(effect)
            case do.SaveSession():
                self._saved(effect)
            case do.Stopped() | do.Failed():
                self._ended()
            case _:
                pass

    def _dial(self, at: float, effect: do.Dial) -> None:
        assert self.live is None, "I5: at most one live transport"
        least = 0.0 if self.dialed_at is None else self.dialed_at + 1.0
        assert at >= least - 1e-9, "I7: never two dials closer than the floor"
        self.live, self.dialed_at, self.frames = effect.connection, at, 0

    def _write(self, effect: do.Write) -> None:
        assert effect.connection == self.live, "I5: nothing is written to an abandoned transport"
        sent = self.peer.frames[-1]["op"] if self.peer.frames and _is_text(effect.data, self.peer) else None
        if sent is not None:
            assert (sent in (2, 6)) is (self.frames == 0), "I2: IDENTIFY or RESUME first, then nothing but heartbeats"
            self.frames += 1

    def _gone(self, connection: int) -> None:
        if connection == self.live:
            self.live = None

    def _announced(self, effect: do.Connected | do.Disconnected | do.Ready | do.Resumed) -> None:
        match effect:
            case do.Connected():
                assert self.connected is None, "I9"
                self.connected = effect.connection
            case do.Disconnected():
                assert self.connected == effect.connection, "I9"
                self.connected, self.in_session = None, False
            case _:
                assert self.connected is not None, "I9"
                assert not self.in_session, "I9: Ready or Resumed, then Disconnected"
                self.in_session = True

    def _saved(self, effect: do.SaveSession) -> None:
        session = self.peer.client.session
        if effect.snapshot is not None and session is not None and session.session_id == effect.snapshot.session_id:
            assert effect.snapshot.seq <= session.settled, "I4: saved <= settled"

    def _ended(self) -> None:
        assert not self.over, "there is one end"
        assert self.connected is None, "I9"
        assert self.live is None, "I5"
        self.over = True


def _is_text(data: bytes, peer: Peer) -> bool:
    return peer.messages or data[0] == 0x81
