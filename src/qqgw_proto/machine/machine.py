"""One step of the machine: look the cell up, let its guards choose, take its actions. Pure.

`step` never changes the `Life` it is given; the same life, input and time always give the same result. `due` finds the
deadline that has passed, `deadline` the next one: both read the same table of timers, in one fixed order.
"""

from __future__ import annotations

from typing import Final

from qqgw_proto.errors import GatewayError, MisuseError, ProtocolViolation, UnknownOpcode
from qqgw_proto.machine.arrivals import Dispatches, MalformedReceived, UnknownOp
from qqgw_proto.machine.cells import Choose, Go, Ignore
from qqgw_proto.machine.effects import AbandonTransport, MachineEffect, ReturnPermit, Violated
from qqgw_proto.machine.inputs import AccessDenied, AccessGranted, Due, Input, Opened, PermitDelayed, PermitGranted
from qqgw_proto.machine.kinds import CALLS, Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import HEARTBEATING
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_proto.machine.table import TABLE
from qqgw_proto.machine.waits import STATE_DEADLINES

__all__ = ["STATE_DEADLINES", "deadline", "due", "step"]


def step(life: Life, given: Input, now: float) -> tuple[Life, list[MachineEffect]]:
    """Takes one input.

    Args:
        life: The shard before; not changed.
        given: What happened.
        now: The caller's monotonic time in seconds; a time before the latest counts as the latest.

    Returns:
        The shard after, and what is to be done.

    Raises:
        MisuseError: A call that the rules forbid in this state.
    """
    life = life.fork()
    life.now = max(life.now, now)
    stale = _stale(life, given)
    if stale is not None:
        return life, stale
    cell = TABLE[life.state][given.kind]
    while isinstance(cell, Choose):
        cell = cell.yes if cell.guard(life, given) else cell.no
    effects: list[MachineEffect] = []
    if isinstance(cell, Go):
        for action in cell.actions:
            action(life, given, effects)
        if cell.next is not life.state and cell.next is not None:
            _enter(life, cell.next)
    elif not isinstance(cell, Ignore):
        # One for each frame, however they were cut into chunks (I14).
        frames = len(given.events) if isinstance(given, Dispatches) else 1
        effects.extend([Violated(_violation(given, cell.what))] * frames)
    return life, effects


def _enter(life: Life, state: S) -> None:
    life.state = state
    if state in STATE_DEADLINES:
        life.state_due = life.now + STATE_DEADLINES[state](life.config.deadlines)
    elif state is not S.WAITING:
        life.state_due = None


def _stale(life: Life, given: Input) -> list[MachineEffect] | None:
    """The effects that answer an input with a stale number; None where the number is current, or there is none."""
    if isinstance(given, PermitGranted):
        return _late_permit(life, given.request)
    if isinstance(given, (PermitDelayed, AccessGranted, AccessDenied)):
        return None if given.request == life.request else []
    connection = getattr(given, "connection", None)
    if connection is None or (life.connection is not None and life.connection.number == connection):
        return None
    return [AbandonTransport(connection)] if isinstance(given, Opened) else []


def _late_permit(life: Life, number: int) -> list[MachineEffect] | None:
    """Returns a permit that nobody waits for any more; None where it is awaited. A second grant is misuse."""
    if number not in life.permits_asked:
        raise MisuseError(f"permit {number} was granted before, or not asked for")
    life.permits_asked = tuple(asked for asked in life.permits_asked if asked != number)
    return None if number == life.request else [ReturnPermit(number, None)]


def _violation(given: Input, what: str) -> GatewayError:
    if given.kind in CALLS:
        raise MisuseError(what)
    if isinstance(given, UnknownOp):
        return UnknownOpcode(given.op)
    if isinstance(given, MalformedReceived):
        return ProtocolViolation(given.why)
    return ProtocolViolation(what)


def _timers(life: Life) -> tuple[tuple[Kind, float | None], ...]:
    """Every deadline that is armed, the weightier verdicts first."""
    link = life.connection
    if link is None:
        return ((Kind.STATE_DUE, life.state_due), (Kind.SAVE_DUE, life.save_due))
    heartbeat = link.heartbeat if life.state in HEARTBEATING else None
    return (
        (Kind.WRITE_STALLED, link.write_due),
        (Kind.ACK_OVERDUE, None if heartbeat is None else heartbeat.overdue_at()),
        (Kind.STATE_DUE, life.state_due),
        (Kind.BEAT_DUE, None if heartbeat is None else heartbeat.due),
        (Kind.PONG_DUE, link.pong_due if life.state is not S.CLOSING else None),
        (Kind.SAVE_DUE, life.save_due),
    )


def deadline(life: Life) -> float | None:
    """The next instant at which something is due, or None."""
    return min((at for _, at in _timers(life) if at is not None), default=None)


def due(life: Life, now: float) -> Due | None:
    """The first deadline that has passed, in a fixed order; None where all lie ahead.

    A heartbeat later than a whole interval means a suspend or a stalled loop: the connection is given up, and nothing
    is counted as missed.
    """
    for kind, at in _timers(life):
        if at is not None and at <= now:
            late = now - at
            if kind in _STALLS and _suspended(life, now):
                return Due(Kind.SUSPENDED, late)
            return Due(kind, late)
    return None


_STALLS: Final = frozenset((Kind.WRITE_STALLED, Kind.ACK_OVERDUE, Kind.STATE_DUE, Kind.BEAT_DUE))


def _suspended(life: Life, now: float) -> bool:
    if life.connection is None or life.connection.heartbeat is None or life.state not in HEARTBEATING:
        return False
    heartbeat = life.connection.heartbeat
    return now - heartbeat.due > heartbeat.interval
