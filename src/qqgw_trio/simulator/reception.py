"""How a connection gets its session: IDENTIFY and READY, RESUME, replay and RESUMED.

The platform judges; here is when its answer goes out, and what is held back until then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from qqgw_proto.machine.server_effects import JudgeIdentify, JudgeResume, ServerEffect
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.server import ServerGateway
from qqgw_trio.simulator.faults import FaultKind
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.sessions import Link, Session
from qqgw_trio.simulator.settings import Refusal

__all__ = ["Reception"]


class Host(Link, Protocol):
    """The connection, as seen from here."""

    session: Session | None

    def apply(self, effects: Sequence[ServerEffect]) -> None:
        """Does what the `ServerGateway` asks for."""
        ...

    def say(self, frame: bytes) -> None:
        """Sends any frame."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Ends the connection."""
        ...

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Does something after a while."""
        ...

    def order_reconnect(self) -> None:
        """Sends op 7."""
        ...


class Reception:
    """Gives one connection its session.

    Args:
        platform: Judges.
        gateway: The connection's protocol.
        host: The connection.
    """

    def __init__(self, platform: Platform, gateway: ServerGateway, host: Host) -> None:
        self._platform = platform
        self._gateway = gateway
        self._host = host
        self._replay: deque[bytes] | None = None

    def judge(self, asked: JudgeIdentify | JudgeResume) -> None:
        """Answers, now or later, or never where a fault says so."""
        if self._platform.armory.strike(FaultKind.SWALLOW) is not None:
            return
        delay = self._platform.config.session.answer_delay
        if isinstance(asked, JudgeIdentify):
            self._host.later(delay, lambda: self._identify(asked))
        else:
            self._host.later(delay, lambda: self._resume(asked))

    def hold_back(self, frame: bytes) -> bool:
        """Puts an event behind the replay that is under way; False where none is."""
        if self._replay is None:
            return False
        self._replay.append(frame)
        return True

    def _identify(self, asked: JudgeIdentify) -> None:
        if self._gateway.state is not ServerState.JUDGING:
            return  # It closes: a second IDENTIFY, or the client has gone.
        outcome = self._platform.identify(asked, self._host)
        if isinstance(outcome, Refusal):
            self._host.refuse(outcome)
            return
        self._host.session = outcome.session
        self._host.apply(self._gateway.ready(outcome.ready, self._platform.now()))
        self._stand()

    def _resume(self, asked: JudgeResume) -> None:
        if self._gateway.state is not ServerState.REPLAYING:
            return
        outcome = self._platform.resume(asked, self._host)
        if isinstance(outcome, Refusal):
            self._host.refuse(outcome)
            return
        self._replay = deque(frame for _, frame in outcome.replay.frames)
        self._host.session = outcome.session
        self._go_on(self._replay, outcome.session)

    def _go_on(self, replay: deque[bytes], session: Session) -> None:
        """Sends what was missed, in order, then RESUMED "once replay is complete" (EE:263)."""
        pause = self._platform.config.session.replay_pause
        while replay:
            self._host.say(replay.popleft())
            if pause:
                self._host.later(pause, lambda: self._go_on(replay, session))
                return
        if self._gateway.state is ServerState.REPLAYING:
            self._replay = None
            self._host.apply(self._gateway.resumed(session.resumed_frame(), self._platform.now()))
            self._stand()

    def _stand(self) -> None:
        lifetime = self._platform.config.session.lifetime
        if lifetime is not None:
            self._host.later(lifetime, self._host.order_reconnect)
        self._platform.release_early()
