"""How long each state waits: armed by `machine.step` on entering it, and anew by actions that say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from qqgw_proto.config import Deadlines
from qqgw_proto.machine.states import ConnectionState as S

__all__ = ["STATE_DEADLINES"]

STATE_DEADLINES: Final[dict[S, Callable[[Deadlines], float]]] = {
    S.PERMITTING: lambda deadlines: deadlines.permit,
    S.PREPARING: lambda deadlines: deadlines.access,
    S.DIALING: lambda deadlines: deadlines.dial,
    S.UPGRADING: lambda deadlines: deadlines.upgrade,
    S.GREETING: lambda deadlines: deadlines.hello,
    S.IDENTIFYING: lambda deadlines: deadlines.ready,
    S.RESUMING: lambda deadlines: deadlines.resumed,
    S.DOUBTING_IDENTIFY: lambda deadlines: deadlines.grace,
    S.DOUBTING_SESSION: lambda deadlines: deadlines.grace,
    S.CLOSING: lambda deadlines: deadlines.close,
}
"""What is armed on entering a state. WAITING's is the retry itself, set by the action that schedules it; READY has none
because the heartbeat watches it; IDLE, STOPPED and FAILED wait for nothing."""
