"""One connection of the gateway: a `ServerGateway` on any trio stream.

Reading, ticking and writing are three tasks that never wait on each other. The protocol is the `ServerGateway`'s,
IDENTIFY and RESUME are answered by `Reception`, bytes leave through `Outbox`; what is here besides is every way in
which a connection can end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

import trio

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import server_effects as do
from qqgw_proto.machine.close_codes import CLOSE_CODES
from qqgw_proto.server import ServerGateway
from qqgw_proto.wire import frames
from qqgw_trio.simulator.faults import FaultKind
from qqgw_trio.simulator.ledger import Opened
from qqgw_trio.simulator.outbox import Outbox
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.reception import Reception
from qqgw_trio.simulator.sessions import Session
from qqgw_trio.simulator.settings import Refusal
from qqgw_trio.simulator.streams import reset, send_eof

__all__ = ["Connection"]

_READ_SIZE: Final = 65_536
_ACK: Final = frames.heartbeat_ack()
_PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}
_EXPIRED: Final = (4009, "Session timed out")


class Connection:
    """One client.

    Args:
        platform: Judges its IDENTIFY and RESUME.
        stream: Its transport.
        number: Counts the connections.
    """

    def __init__(self, platform: Platform, stream: trio.abc.Stream, number: int) -> None:
        self.session: Session | None = None
        self.outbox = Outbox(stream, platform.config.session.max_unsent, self.abandon)
        self.acknowledges = True
        self._platform = platform
        self._stream = stream
        self._gateway = ServerGateway(platform.config.server)
        self._reception = Reception(platform, self._gateway, self)
        self._entry = Opened(number, platform.now())
        self._rearmed = trio.Event()
        self._nursery: trio.Nursery
        self._upgraded = False
        self._deaf = False
        self._finishing = False
        self._closed_by_us = False

    @property
    def shard_id(self) -> int | None:
        """Which shard this is; None before READY."""
        return None if self.session is None else self.session.shard[0]

    @property
    def is_ending(self) -> bool:
        """Whether nothing more can be said."""
        return self._finishing or self._nursery.cancel_scope.cancel_called

    async def serve(self) -> None:
        """Returns when the connection is over."""
        self._platform.ledger.connections.append(self._entry)
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                self.apply(self._gateway.start(self._now()))
                nursery.start_soon(self._read)
                nursery.start_soon(self._tick)
                nursery.start_soon(self._write)
        finally:
            self._detach(None, "the connection is over")
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(self._stream)

    # --- what a session and the faults call

    def deliver(self, seq: int, frame: bytes) -> None:
        """Sends one event, behind a replay that is under way."""
        if not self._reception.hold_back(frame):
            self.say(frame)

    def dismiss(self) -> None:
        """Another connection took the session over."""
        self.session = None
        if not self._deaf:
            self.finish()

    def say(self, frame: bytes) -> None:
        """Sends any frame."""
        self.apply(self._gateway.send([frame], self._now()))

    def close(self, code: int, reason: str = "") -> None:
        """Ends the connection with a close frame; the session only where the code's row says so."""
        row = CLOSE_CODES.get(code)
        if self.session is not None and row is not None and not row.can_resume:
            self._platform.sessions.end(self.session, f"close {code}")
        self._closed_by_us = True
        self.apply(self._gateway.close(code, reason, self._now()))

    def refuse(self, refusal: Refusal) -> None:
        """Sends op 9 or not, then closes: after op 9 the connection always ends (conformance 2.9)."""
        if refusal.op9 is not None:
            if not refusal.op9 and self.session is not None:
                self._platform.sessions.end(self.session, "op 9")
            self.say(frames.invalid_session(refusal.op9))
        if refusal.close is None:
            self.later(refusal.delay, self.finish)
        else:
            code, reason = refusal.close, refusal.reason
            self.later(refusal.delay, lambda: self.close(code, reason))

    def order_reconnect(self) -> None:
        """Op 7; "the server itself then closes with 4009" (§3.4)."""
        self.say(frames.reconnect())
        after = self._platform.config.session.close_after_reconnect
        if after is not None:
            self.later(after, lambda: self.close(*_EXPIRED))

    def finish(self) -> None:
        """All bytes, then EOF, without a close frame."""
        self._detach(None, "ended without a close frame")
        self._finish()

    def _finish(self) -> None:
        self._finishing = True
        self.outbox.end()

    def silence(self) -> None:
        """Silence both ways; the socket stays open until the client closes it."""
        self._deaf = True
        self.outbox.silence()

    def reset(self) -> None:
        """A TCP reset."""
        self._detach(None, "reset")
        reset(self._stream)
        self.abandon()

    def abandon(self) -> None:
        """Drops the transport at once."""
        self._nursery.cancel_scope.cancel()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Does something after a while, at once where that is 0, and not at all where the connection has ended."""
        if seconds <= 0:
            action()
        else:
            self._nursery.start_soon(self._after, seconds, action)

    async def _after(self, seconds: float, action: Callable[[], None]) -> None:
        await trio.sleep(seconds)
        action()

    # --- the three tasks

    async def _read(self) -> None:
        while True:
            try:
                data = await self._stream.receive_some(_READ_SIZE)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                self._lose(f"the client is gone: {error.__cause__ or 'reset'}")
                return
            if not data:
                self._lose("the client ended the TCP connection")
                return
            if not self._deaf and not self._finishing:
                self.apply(self._gateway.receive_data(bytes(data), self._now()))

    async def _tick(self) -> None:
        while True:
            self._rearmed = trio.Event()
            deadline = self._gateway.deadline
            with trio.move_on_at(float("inf") if deadline is None else deadline):
                await self._rearmed.wait()
            self.apply(self._gateway.tick(self._now()))

    async def _write(self) -> None:
        try:
            await self.outbox.run()
            await send_eof(self._stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._lose("the client takes no more bytes")
            return
        await trio.sleep(self._platform.config.server.close)
        self.abandon()

    def _lose(self, why: str) -> None:
        self.apply(self._gateway.lost(ConnectionFailed(why), self._now()))
        self.abandon()

    # --- effects

    def apply(self, effects: Sequence[do.ServerEffect]) -> None:
        """Does what the `ServerGateway` asks for."""
        for effect in effects:
            match effect:
                case do.ServerWrite():
                    self._put(effect.data)
                case do.JudgeIdentify() | do.JudgeResume():
                    self._reception.judge(effect)
                case do.Beaten() if self.session is not None:
                    self.session.acknowledge(effect.seq)
                case do.ClientViolated():
                    self._platform.ledger.violations.append(effect.error.message)
                case do.ServerCloseTransport():
                    self._finish()
                case do.ServerAbandonTransport():
                    self._leave()
                case do.Ended():
                    self._detach(effect.code, effect.why)
                case _:
                    pass
        self._rearmed.set()

    def _put(self, data: bytes) -> None:
        if not self._upgraded:
            self._upgraded = True
            refused = self._platform.armory.strike(FaultKind.REFUSE_UPGRADES)
            if refused is not None:
                self._answer_http(refused.code or 503, refused.seconds)
                return
        # An ACK carries no `d`: it is its payload and a header of two bytes.
        if self.acknowledges or not (data.endswith(_ACK) and len(data) == len(_ACK) + 2):
            self.outbox.put(data)

    def _answer_http(self, status: int, retry_after: float | None = None) -> None:
        """A refusal of the upgrade, then EOF."""
        wait = "" if retry_after is None else f"Retry-After: {retry_after:g}\r\n"
        head = f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n{wait}Content-Length: 0\r\nConnection: close\r\n\r\n"
        self.outbox.put(head.encode())
        self.finish()

    def _leave(self) -> None:
        if self._deaf:
            return  # A half-open link tells nobody that it has ended.
        if self._upgraded:
            self.abandon()
        else:
            self._answer_http(HTTPStatus.UPGRADE_REQUIRED)

    def _detach(self, code: int | None, why: str) -> None:
        """The session goes on without this connection; told in the ledger once."""
        if self._entry.ended_at is None:
            self._entry.ended_at, self._entry.code, self._entry.why = self._now(), code, why
        session, self.session = self.session, None
        if session is None:
            return
        self._platform.sessions.detach(session, self)
        if code in self._platform.config.session.ending_codes and not self._closed_by_us:
            self._platform.sessions.end(session, f"the client closed with {code}")

    def _now(self) -> float:
        return self._platform.now()
