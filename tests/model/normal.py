"""The normal form of a shard's data: two `Life` that no input can tell apart have the same one.

The machine is a pure function of its `Life`, the input and the time. What is changed here, and why no input can see it:

* Times become relative to now, which is 0: the machine only compares and adds times. A dial longer ago than the floor
  is as long ago as that: nothing asks for more.
* Numbers of requests and connections become constants: the machine only asks whether a number is the current one.
  Epochs become those of the server's sessions, which ascend as epochs do.
* `failures` becomes 0, `routine` False and `ready_at` None: they only choose the bound of the next delay, and with
  `CONFIG` it is the same after any number of failures and after a routine end. `began` becomes 0: with `CONFIG` no
  session grows too old. `replay_until` goes outside RESUMING, `watching` where a session is not dense: nothing reads
  them there.
* RESUMEs beyond a budget count as the budget: nothing asks by how much it is overdrawn.
* Round trips and what measures them, when the last beat was sent and when an ACK came: told, never asked.
* The position in the chance becomes one whose next number is exactly one half, so that worlds differ by no luck.

`test_normal.py` walks real gateways beside normal ones and compares every effect.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final, TypeVar

from msgspec.structs import replace

from qqgw_proto import ClientConfig, ConnectionState, ReconnectConfig
from qqgw_proto.machine.heartbeat import Heartbeat, RoundTrip
from qqgw_proto.machine.life import Connection, Life, Recovery
from qqgw_proto.machine.session import Session

__all__ = ["CONFIG", "CONNECTION", "PERMIT", "REQUEST", "SEED", "STALE", "identity", "normalise"]

CONFIG: Final = ClientConfig(
    513,
    reconnect=ReconnectConfig(
        max_attempts=3, max_resumes=2, max_unfinished_resumes=6, initial_delay=1.0, max_delay=1.0
    ),
)
SEED: Final = 0x2FEDF1EFCE1D5545  # `draw` makes 0.5 of it
_SAME: Final = frozenset(("config", "close_codes", "seed", "now", "last_number"))
_telling: Final = attrgetter(*(name for name in Life.__struct_fields__ if name not in _SAME))
_OF_ANY_SESSION: Final = {name: 0 for name in ("began", "failures") if name in Session.__struct_fields__}
_NOT_MEASURED: Final = RoundTrip()
_Value = TypeVar("_Value", Session, Connection, Heartbeat, Recovery)
STALE: Final = 1
PERMIT: Final = 2
REQUEST: Final = 3
CONNECTION: Final = 4


def normalise(life: Life) -> None:
    """Brings a shard that belongs to the caller into its normal form."""
    now, life.now, life.seed = life.now, 0.0, SEED
    life.permits_asked = tuple(REQUEST if asked == life.request else STALE for asked in life.permits_asked)
    life.request = None if life.request is None else REQUEST
    life.permit = None if life.permit is None else PERMIT
    life.last_number = CONNECTION
    life.state_due, life.save_due = _since(life.state_due, now), _since(life.save_due, now)
    life.session = None if life.session is None else _session(life.session)
    life.last_epoch = max((0 if life.session is None else life.session.epoch, *(epoch for epoch, _ in life.orphans)))
    if life.connection is not None:
        life.connection = _connection(life.connection, life, now)
    dialed_at = _since(life.recovery.dialed_at, now, CONFIG.reconnect.min_dial_interval)
    life.recovery = _with(life.recovery, failures=0, routine=False, dialed_at=dialed_at)


def identity(life: Life) -> tuple[object, ...]:
    """Two shards in normal form are equal where these are: everything but what is the same for all."""
    return _telling(life)


def _since(at: float | None, now: float, longest: float | None = None) -> float | None:
    if at is None:
        return None
    return at - now if longest is None else max(at - now, -longest)


def _session(session: Session) -> Session:
    resumes = min(session.resumes, CONFIG.reconnect.max_resumes)
    unfinished = min(session.unfinished, CONFIG.reconnect.max_unfinished_resumes)
    return _with(
        session,
        epoch=int(session.session_id or 0) + 1,
        **_OF_ANY_SESSION,
        watching=session.watching and session.dense,
        resumes=resumes,
        unfinished=unfinished,
    )


def _connection(connection: Connection, life: Life, now: float) -> Connection:
    replay_until = _since(connection.replay_until, now)
    return _with(
        connection,
        number=CONNECTION,
        heartbeat=None if connection.heartbeat is None else _heartbeat(connection.heartbeat, now),
        ready_at=None,
        replay_until=replay_until if life.state is ConnectionState.RESUMING else None,
    )


def _heartbeat(heartbeat: Heartbeat, now: float) -> Heartbeat:
    return _with(
        heartbeat,
        due=heartbeat.due - now,
        oldest=_since(heartbeat.oldest, now),
        sent=None,
        acknowledged=None,
        measuring=None,
        doubtful=False,
        round_trip=_NOT_MEASURED,
    )


def _with(value: _Value, **changes: object) -> _Value:
    """The value itself where nothing changes: making a new one is what costs most here."""
    if all(getattr(value, name) == new for name, new in changes.items()):
        return value
    return replace(value, **changes)
