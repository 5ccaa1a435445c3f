"""One TCP connection in virtual time: latency, silence, cuts at any byte, resets, windows that close.

A `Link` is two `Pipe`s; its ends are trio streams. All chance is the generator handed in, and nothing here has a task
of its own: who reads waits until what was sent has arrived.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final, Literal, TypeAlias

import attrs
import trio

__all__ = ["Link", "Pipe", "Then", "Weather"]

WINDOW: Final = 64 * 1024
"""Bytes under way in one direction; who sends more waits, for ever where the link is silent."""

KEEPALIVE: Final = 900.0
"""Seconds after which the system finds out that a silent link is dead."""

Then: TypeAlias = Literal["eof", "reset", "silence"]

_HEADERS_END: Final = b"\r\n\r\n"


@attrs.define
class Weather:
    """How the network is at the moment.

    Attributes:
        latency: Seconds, one way, at least.
        jitter: Seconds on top of it, on average.
        splits: How often a read brings only a part of what has arrived.
    """

    latency: float = 0.03
    jitter: float = 0.02
    splits: float = 0.1


class Pipe:
    """One direction of a link."""

    def __init__(self, weather: Weather, rng: Random) -> None:
        self.greeting = b""
        """Put behind the answer to the handshake, before everything else that the server says."""
        self._weather = weather
        self._rng = rng
        self._chunks: deque[tuple[float, bytes]] = deque()
        self._under_way = 0
        self._window = WINDOW
        self._latest = 0.0
        self._ends_at: float | None = None
        self._broken = False
        self._refused = False
        self._silent_since: float | None = None
        self._cut: tuple[int, Callable[[], None]] | None = None
        self._senders = trio.lowlevel.ParkingLot()
        self._receiver = trio.CancelScope()
        """Ends when what comes next has arrived."""

    # --- what goes wrong

    def reset(self) -> None:
        """Both sides find the link broken; what is under way is lost."""
        self._broken = True
        self._chunks.clear()
        self._wake()

    def refuse(self) -> None:
        """The receiver takes no more."""
        if self._silent_since is None:
            self._refused = True
            self._wake()

    def silence(self) -> None:
        """What is sent from now on, and the end, vanish; what is under way still arrives."""
        if self._silent_since is None:
            self._silent_since = trio.current_time()
            self._receiver.deadline = self._next()

    def choke(self) -> None:
        """The sender gets rid of what it sends next, and is never told so."""
        self._window = -1

    def heal(self) -> None:
        """A cut that has not struck yet is called off."""
        self._cut = None

    def cut_after(self, size: int, then: Callable[[], None]) -> None:
        """Lets so many more bytes through."""
        self._cut = (size, then)

    # --- the two ends

    def finish(self) -> None:
        """The sender has said all."""
        if self._ends_at is None and self._silent_since is None:
            self._ends_at = self._arrival()
            self._receiver.deadline = self._next()

    async def send(self, data: bytes) -> None:
        """Sends; waits while too much is under way."""
        await trio.lowlevel.checkpoint()
        self._check()
        if self.greeting and _HEADERS_END in data:
            head, end, rest = data.partition(_HEADERS_END)
            data, self.greeting = head + end + self.greeting + rest, b""
        self._put(data)
        while self._under_way > self._window:
            await self._senders.park()
            self._check()

    async def receive(self, most: int) -> bytes:
        """What has arrived; `b""` at the end."""
        if self._next() <= trio.current_time():
            await trio.lowlevel.checkpoint()
        while True:
            self._check()
            if self._next() > trio.current_time():
                with trio.CancelScope(deadline=self._next()) as self._receiver:
                    await trio.sleep_forever()
            elif self._chunks:
                return self._take(most)
            elif self._ends_at is not None:
                return b""
            else:
                self.reset()  # Silent for too long.

    def _wake(self) -> None:
        self._receiver.cancel()
        self._senders.unpark_all()

    def _check(self) -> None:
        if self._broken or self._refused:
            raise trio.BrokenResourceError("the link was reset")

    def _next(self) -> float:
        if self._chunks:
            return self._chunks[0][0]
        if self._ends_at is not None:
            return self._ends_at
        return math.inf if self._silent_since is None else self._silent_since + KEEPALIVE

    def _arrival(self) -> float:
        weather = self._weather
        delay = weather.latency + self._rng.expovariate(1.0) * weather.jitter
        self._latest = max(self._latest, trio.current_time() + delay)
        return self._latest

    def _put(self, data: bytes) -> None:
        then: Callable[[], None] | None = None
        if self._cut is not None:
            size, end = self._cut
            self._cut = (size - len(data), end)
            if len(data) >= size:
                data, self._cut, then = data[:size], None, end
        self._under_way += len(data)
        if data and self._silent_since is None and self._ends_at is None:
            self._chunks.append((self._arrival(), data))
            self._receiver.deadline = self._next()
        if then is not None:
            then()

    def _take(self, most: int) -> bytes:
        _, data = self._chunks.popleft()
        if len(data) > 1 and self._rng.random() < self._weather.splits:
            most = min(most, self._rng.randrange(1, len(data)))
        if len(data) > most:
            self._chunks.appendleft((0.0, data[most:]))
            data = data[:most]
        self._under_way -= len(data)
        self._senders.unpark_all()
        return data


class Link:
    """One connection, as the network sees it.

    Attributes:
        up: From the bot to the gateway.
        down: From the gateway to the bot.
    """

    def __init__(self, weather: Weather, rng: Random) -> None:
        self.up = Pipe(weather, rng)
        self.down = Pipe(weather, rng)
        self.bot_end = End(self.down, self.up)
        self.gateway_end = End(self.up, self.down)

    @property
    def is_open(self) -> bool:
        """Whether neither end has been closed."""
        return not (self.bot_end.is_closed or self.gateway_end.is_closed)

    def reset(self) -> None:
        """A TCP reset, seen by both ends."""
        self.up.reset()
        self.down.reset()

    def silence(self, *, up: bool = True, down: bool = True) -> None:
        """Half-open: nothing comes through, and nobody is told."""
        for pipe, wanted in ((self.up, up), (self.down, down)):
            if wanted:
                pipe.silence()

    def cut(self, pipe: Pipe, size: int, then: Then) -> None:
        """Ends one direction after so many bytes."""
        pipe.cut_after(size, {"eof": pipe.finish, "reset": self.reset, "silence": self.silence}[then])


class End(trio.abc.HalfCloseableStream):
    """One end of a link."""

    def __init__(self, incoming: Pipe, outgoing: Pipe) -> None:
        self.is_closed = False
        self._incoming = incoming
        self._outgoing = outgoing

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        self._check()
        return await self._incoming.receive(max_bytes or WINDOW)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self._check()
        await self._outgoing.send(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def send_eof(self) -> None:
        self._check()
        self._outgoing.finish()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """What the system does for a process that has closed its socket, or was killed."""
        if not self.is_closed:
            self.is_closed = True
            self._outgoing.finish()
            self._incoming.refuse()

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()

    def _check(self) -> None:
        if self.is_closed:
            raise trio.ClosedResourceError
