"""The wire between two ends: two directions, each cut wherever one likes, each able to swallow what is sent."""

from __future__ import annotations

from collections import deque

import attrs

from qqgw_proto import ServerGateway
from qqgw_proto.machine import server_effects as served
from qqgw_proto.machine.server_inputs import ServerState

__all__ = ["Link", "Piece", "Pipe"]


@attrs.frozen
class Piece:
    """What arrives at once: a chunk or one whole message, a WebSocket close (code and reason), or the end."""

    data: bytes = b""
    close: tuple[int, str] | None = None
    ends: bool = False


@attrs.define
class Pipe:
    """One direction, first in first out.

    Attributes:
        whole_messages: Whether pieces keep their borders.
        black: Whatever is sent from now on is lost, and so is the end: a half-open connection.
        queue: Sent and not yet arrived.
        ended: Nothing may be sent any more.
    """

    whole_messages: bool
    black: bool = False
    queue: deque[Piece] = attrs.field(factory=deque[Piece])
    ended: bool = False

    def put(self, data: bytes) -> None:
        """Sends."""
        self._put(Piece(data))

    def end(self, close: tuple[int, str] | None = None) -> None:
        """Sends the end, behind a WebSocket close where the host makes them."""
        if not self.ended:
            if close is not None and self.whole_messages:
                self._put(Piece(close=close))
            self._put(Piece(ends=True))
            self.ended = True

    def _put(self, piece: Piece) -> None:
        if not self.black and not self.ended:
            self.queue.append(piece)

    def take(self, amount: int) -> Piece | None:
        """Lets something arrive: one message, or at most so many bytes, however they were sent."""
        if not self.queue:
            return None
        if self.whole_messages or not self.queue[0].data:
            return self.queue.popleft()
        data = b""
        while len(data) < amount and self.queue and self.queue[0].data:
            data += self.queue.popleft().data
        if len(data) > amount:
            self.queue.appendleft(Piece(data[amount:]))
        return Piece(data[:amount])

    def reset(self) -> None:
        """What is under way is lost, only the end arrives."""
        ends = [piece for piece in self.queue if piece.ends]
        self.queue.clear()
        self.queue.extend(ends)
        self.end()

    def swallow(self) -> None:
        """What is under way is lost, and whatever follows."""
        self.queue.clear()
        self.black = True


class Link:
    """One connection: both directions, the server at the far end, and who still holds their end.

    Args:
        number: As in `Dial`.
        server: The far end.
        whole_messages: Of the door.
    """

    def __init__(self, number: int, server: ServerGateway, *, whole_messages: bool) -> None:
        self.number = number
        self.server = server
        self.up = Pipe(whole_messages)
        self.down = Pipe(whole_messages)
        self.client_holds = True
        self.server_holds = True

    @property
    def speaks(self) -> bool:
        """Whether the server's owner may send and close."""
        return self.server.state not in (ServerState.IDLE, ServerState.UPGRADING)

    def hang_up(self, close: tuple[int, str] | None = None) -> None:
        """The client's shell lets go; what it has written may still arrive."""
        self.client_holds = False
        self.up.end(close)

    def apply(self, effect: served.ServerEffect) -> None:
        """Does what the server asks of its transport."""
        match effect:
            case served.ServerWrite():
                self.down.put(effect.data)
            case served.ServerCloseTransport():
                self.down.end((effect.code, effect.reason))
            case served.ServerAbandonTransport():
                self.down.end()
            case served.Ended():
                self.server_holds = False
            case _:
                pass
