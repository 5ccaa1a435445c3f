"""Two ends and a wire: a real `ClientGateway`, a real `ServerGateway` for each connection, virtual time between them.

`Pair` is the shell of the client, the network and the owner of the server in one. Nothing happens by itself: whoever
holds a `Pair` answers requests, moves bytes, lets time pass and breaks things, in any order; the same calls give the
same run. `Pair.heal` stops all faults and goes on until the shard stands. What must always hold is checked at every
effect by `pairing_checks.Checks`, which `Pair` owns.
"""

from __future__ import annotations

from qqgw_proto import ConnectionState
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from support.pairing_network import Piece
from support.pairing_sessions import Judgement
from support.pairing_shell import TOKEN, URL, Shell

__all__ = ["EVERYTHING", "FINAL", "TOKEN", "URL", "Judgement", "Pair"]

FINAL = (ConnectionState.STOPPED, ConnectionState.FAILED)
EVERYTHING = 1 << 30


class Pair(Shell):
    """One shard, its gateway and what lies between; made as `pairing_shell.Shell` says."""

    # --- the network

    def to_client(self, amount: int) -> bool:
        """Moves at most so many bytes (with `MessageWire`: one message) as one chunk; whether anything moved."""
        link = self.link
        piece = None if link is None or self.paused else link.down.take(amount)
        if link is None or piece is None:
            return False
        if piece.ends:
            link.hang_up()
            self.checks.transport_ended(link.number)
        self.call(lambda: self._receive(link.number, piece))
        return True

    def _receive(self, number: int, piece: Piece) -> list[do.Effect]:
        if piece.close is not None:
            return self.client.closed(number, *piece.close, self.now)
        if piece.ends:
            return self.client.lost(number, ConnectionFailed("the connection broke"), self.now)
        if self.door.whole_messages:
            return self.client.receive_message(number, piece.data, self.now)
        return self.client.receive_data(number, piece.data, self.now)

    def to_server(self, amount: int) -> bool:
        """Moves at most so much to every server, one chunk each; whether anything moved."""
        return self.gateway.receive(amount, self.now)

    def move_all(self) -> None:
        """Moves whatever can move until nothing does."""
        while self.to_server(EVERYTHING) or self.to_client(EVERYTHING):
            pass

    # --- the server

    def say(self, count: int) -> None:
        """Events happen, whether or not a client is there."""
        self.gateway.say(count, self.now)

    def send(self, *frames: bytes) -> None:
        """The server sends frames on the present connection."""
        if self.link is not None:
            self.gateway.call(self.link, lambda server: server.send(frames, self.now), self.now)

    def close(self, code: int) -> None:
        """The server closes the present connection."""
        if self.link is not None:
            self.gateway.close(self.link, code, self.now)

    def refuse(self, judgement: Judgement) -> None:
        """The server says on the present connection what it would say to a wrong IDENTIFY or RESUME."""
        if self.link is not None:
            self.gateway.refuse(self.link, judgement, self.now)

    # --- time

    @property
    def deadline(self) -> float | None:
        """The next instant at which either side has something to do."""
        return min((at for at in (self.client.deadline, self.gateway.deadline) if at is not None), default=None)

    def tick(self) -> None:
        """Lets both sides look at the clock."""
        self.gateway.tick(self.now)
        self.call(lambda: self.client.tick(self.now))
        self.checks.after_tick(self.client, self.now)

    def wait(self, seconds: float) -> None:
        """Time passes; everybody ticks at each deadline on the way."""
        until = self.now + seconds
        while (at := self.deadline) is not None and at <= until:
            self.now = max(self.now, at)
            self.tick()
        self.now = until

    def sleep(self, seconds: float) -> None:
        """Time passes and nobody ticks, as in a suspend; then everybody does once."""
        self.now += seconds
        self.tick()

    def heal(self, within: float = 400.0) -> None:
        """No more faults: goes on until the shard is READY and has all events, or has ended.

        Raises:
            AssertionError: It is not within so many seconds.
        """
        self.sessions.orders.clear()
        if self.state is ConnectionState.IDLE:
            self.start()
        self.pause(paused=False)
        self.unblock()
        until = self.now + within
        while not self._stands():
            at = self.deadline
            assert at is not None, f"{self.state.name} waits for nothing"
            assert at <= until, f"I6: not READY after {within} s: {self.client.explain(self.now)}"
            self.now = max(self.now, at)
            self.tick()
        if self.state is ConnectionState.READY:
            self.checks.losses.caught_up(self.client)

    def _stands(self) -> bool:
        self.answer_all()
        self.move_all()
        link = self.link
        cut = link is None or link.up.black or link.down.black or not link.server_holds
        return self.state in FINAL or (self.state is ConnectionState.READY and not cut)
