"""Plays steps on a real `ClientGateway`: each is one decision of the fuzzer, whatever state the shard is in."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from fuzz.menu import ATTEMPTS, CAUSES, CONFIGS, FRAMES, LOST, MAY_HOLD, ODD_TIMES, REFUSALS, STEPS, TOKEN, URL
from fuzz.source import Source, pieces
from fuzz.trace import Trace
from fuzz.wire import ACCEPTED, accept_key
from qqgw_proto import ByteWire, ClientGateway, ConnectionState, MessageWire, Snapshot
from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire import frames

__all__ = ["Player"]


class Player:
    """One run.

    Args:
        hosted: The door.
        settings: Which configuration.
        seed: How what arrives at once is cut; None = not at all.
        misused: Whether calls that are forbidden are really made.
    """

    def __init__(self, *, hosted: bool, settings: int, seed: int | None, misused: bool = True) -> None:
        self._hosted = hosted
        self._config = CONFIGS[settings]
        self._seed = seed
        self._misused = misused
        self._saved: Snapshot | None = None
        self._now = 100.0
        self.trace = Trace(TOKEN)
        self._kinds: tuple[Callable[[Source], None], ...] = (
            *[self._go_on] * 3,
            *[self._frame] * 3,
            *[self._next_event] * 2,
            *[self._wait] * 2,
            self._wait_until_due,
            self._settle,
            self._refuse,
            self._message,
            self._raw,
            self._close,
            self._lose,
            self._owner,
            self._pressure,
            self._restart,
            self._stale,
            self._misuse,
        )
        self._begin_life(None)

    def _begin_life(self, saved: Snapshot | None) -> None:
        self._gateway = ClientGateway(
            self._config, random.Random(7), wire=MessageWire() if self._hosted else ByteWire(), observer=self._observe
        )
        self.trace.begin_life()
        self._asked: do.RequestPermit | do.RequestAccess | do.Dial | None = None
        self._number = 0
        self._opened = False
        self._answer = b""
        self._inbox: list[bytes] = []
        self._tickets: list[Ticket] = []
        self._permits: set[int] = set()
        self._seq = saved.seq if saved is not None else 1
        self._call(lambda: self._gateway.start(self._now, saved))

    def _observe(self, *step: object) -> None:
        assert TOKEN not in repr(step), "I11"

    def step(self, source: Source) -> None:
        """Takes one decision."""
        self._kinds[source.below(len(self._kinds))](source)

    def finish(self) -> None:
        """Lets everything that waits arrive, and time pass."""
        self._flush()
        for _ in range(ATTEMPTS):
            self._wait_until_due(Source(b""))

    # --- calls

    def _call(self, call: Callable[[], list[do.Effect]]) -> None:
        before = (self._gateway.state, self._gateway.session, self._gateway.deadline) if hasattr(self, "_inbox") else ()
        try:
            effects = call()
        except (MisuseError, ConfigurationError) as error:
            self._refused(error, before)
            return
        for effect in effects:
            self.trace.add(effect, self._now)
            self._apply(effect)
        self.trace.check(self._gateway, self._now)
        assert not self._permits or self._gateway.state in MAY_HOLD, "I7: a permit is always returned"

    def _refused(self, error: GatewayError, before: tuple[object, ...]) -> None:
        assert TOKEN not in str(error), "I11"
        assert (self._gateway.state, self._gateway.session, self._gateway.deadline) == before, "I12"

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.RequestPermit() | do.RequestAccess():
                self._asked = effect
            case do.Dial():
                self._asked, self._number, self._opened, self._answer = effect, effect.connection, False, b""
            case do.Write() if effect.data.startswith(b"GET "):
                self._answer = ACCEPTED + accept_key(effect.data) + b"\r\n\r\n"
            case do.ReturnPermit():
                self._permits.discard(effect.request)
            case do.Deliver():
                self._tickets += effect.tickets()
            case do.SaveSession():
                self._saved = effect.snapshot
            case _:
                pass

    def _receive(self, data: bytes) -> None:
        """Something arrives, together with all that arrives before the next step of another kind."""
        if not self._opened:
            return
        if self._hosted:
            self._call(lambda: self._gateway.receive_message(self._number, data, self._now))
        else:
            self._inbox.append(data)

    def _flush(self) -> None:
        data, self._inbox = b"".join(self._inbox), []
        number = self._number
        if data:
            for piece in [data] if self._seed is None else pieces(data, self._seed):
                self._call(partial(self._gateway.receive_data, number, piece, self._now))

    # --- steps

    def _go_on(self, source: Source) -> None:
        """What was asked for last succeeds."""
        self._flush()
        asked, self._asked = self._asked, None
        match asked:
            case do.RequestPermit():
                self._permits.add(asked.request)
                self._call(lambda: self._gateway.permit_granted(asked.request, self._now))
            case do.RequestAccess():
                self._call(lambda: self._gateway.access_granted(asked.request, URL, TOKEN, self._now))
            case do.Dial():
                self._opened = True
                self._call(lambda: self._gateway.opened(asked.connection, self._now))
            case None:
                answer, self._answer = self._answer, b""
                if answer:
                    self._receive(answer)
                else:
                    self._wait_until_due(source)

    def _refuse(self, source: Source) -> None:
        """What was asked for last fails."""
        self._flush()
        how = source.byte()
        asked, cause = self._asked, CAUSES[how % 3]
        match asked:
            case do.RequestPermit():
                self._call(lambda: self._gateway.permit_delayed(asked.request, self._now + how, self._now))
            case do.RequestAccess():
                fatal, after = how > 250, float(how) if how & 8 else None
                deny = self._gateway.access_denied
                self._call(lambda: deny(asked.request, cause, self._now, fatal=fatal, retry_after=after))
            case do.Dial() if self._hosted and how & 16:
                status, after = REFUSALS[how % 4]
                reject = self._gateway.upgrade_rejected
                self._call(lambda: reject(asked.connection, status, self._now, retry_after=after, body="no" * how))
            case do.Dial():
                self._call(lambda: self._gateway.dial_failed(asked.connection, cause, self._now))
            case None:
                pass

    def _frame(self, source: Source) -> None:
        self._receive(self._text(FRAMES[source.below(len(FRAMES))]))

    def _next_event(self, source: Source) -> None:
        """An event with the next number, or one that was, or one further on; or RESUMED."""
        how = source.byte()
        self._seq = max(1, self._seq + (1, 1, 1, 0, -1, 3)[how % 6])
        kind = "RESUMED" if how >= 200 else "EVENT"
        self._receive(self._text(frames.dispatch(kind, self._seq, {"n": how})))

    def _message(self, source: Source) -> None:
        self._receive(self._text(source.take(source.byte())))

    def _raw(self, source: Source) -> None:
        self._receive(source.take(source.below(40)))

    def _text(self, payload: bytes) -> bytes:
        if self._hosted:
            return payload
        short = len(payload) < 126
        header = bytes([0x81, len(payload)]) if short else b"\x81\x7e" + len(payload).to_bytes(2, "big")
        return header + payload

    def _close(self, source: Source) -> None:
        code = (1000, 1001, 4000 + source.byte(), 4900 + source.below(16), 1005)[source.below(5)]
        if self._hosted:
            if self._opened:
                self._call(lambda: self._gateway.closed(self._number, code, "why", self._now))
        else:
            self._receive(b"\x88\x00" if code == 1005 else b"\x88\x05" + code.to_bytes(2, "big") + b"why")

    def _lose(self, source: Source) -> None:
        self._flush()
        if self._opened:
            self._opened = False
            self._call(lambda: self._gateway.lost(self._number, LOST, self._now))

    def _wait(self, source: Source) -> None:
        self._flush()
        self._now = max(0.0, self._now + STEPS[source.below(len(STEPS))])
        self._tick()

    def _wait_until_due(self, source: Source) -> None:
        self._flush()
        self._now = max(self._now, self._gateway.deadline or 0.0)
        self._tick()

    def _tick(self) -> None:
        self._call(lambda: self._gateway.tick(self._now))
        deadline = self._gateway.deadline
        # A clock that went back is still behind: only then may something be due already, and it is not yet.
        assert deadline is None or deadline > self._now, "a shell would spin"
        waits = self._gateway.state not in (ConnectionState.IDLE, ConnectionState.STOPPED, ConnectionState.FAILED)
        assert deadline is not None or not waits, "I6"

    def _settle(self, source: Source) -> None:
        self._flush()
        count, first = source.below(8), source.byte()
        chosen = [self._tickets.pop(first % len(self._tickets)) for _ in range(count) if self._tickets]
        if first > 250:
            chosen.append(Ticket((first % 3, first)))
        self._call(lambda: self._gateway.settled(chosen, self._now))

    def _owner(self, source: Source) -> None:
        self._flush()
        call = (self._gateway.reconnect, self._gateway.reconnect, self._gateway.stop)[source.below(3)]
        self._call(lambda: call(self._now))

    def _pressure(self, source: Source) -> None:
        self._flush()
        how, gateway = source.below(4), self._gateway
        if how < 2:
            self._call(lambda: (gateway.reading_paused if how else gateway.reading_resumed)(self._now))
        elif self._opened:
            call = gateway.writing_blocked if how == 2 else gateway.writing_resumed
            self._call(lambda: call(self._number, self._now))

    def _restart(self, source: Source) -> None:
        self._flush()
        orphans = source.below(2)
        saved = self._saved
        self._begin_life(None if saved is None else Snapshot(saved.session_id, saved.seq, saved.settled_above, orphans))

    def _stale(self, source: Source) -> None:
        self._flush()
        number, gateway, now = source.below(self._number + 2), self._gateway, self._now
        number = number if number != self._number else 200
        for call in (
            lambda: gateway.receive_data(number, b"\x81", now) if not self._hosted else [],
            lambda: gateway.opened(number, now),
            lambda: gateway.lost(number, LOST, now),
            lambda: gateway.permit_granted(number + 1000, now),
            lambda: gateway.access_granted(number + 1000, URL, TOKEN, now),
        ):
            self._call(call)

    def _misuse(self, source: Source) -> None:
        self._flush()
        odd, gateway, now = ODD_TIMES[source.below(3)], self._gateway, self._now
        if not self._misused:
            return
        for call in (
            lambda: gateway.tick(odd),
            lambda: gateway.stop(odd),
            lambda: gateway.lost(self._number, LOST, odd),
            lambda: gateway.receive_data(self._number, b"\x81", odd),
            lambda: gateway.start(now),
            lambda: gateway.closed(self._number, 1000, "", now) if not self._hosted else [],
            lambda: gateway.upgrade_rejected(self._number, 401, now) if not self._hosted else [],
            lambda: gateway.access_granted(1, "http://127.0.0.1/", "t", now),
            lambda: gateway.access_granted(1, URL, "a\r\nb", now),
        ):
            self._call(call)
