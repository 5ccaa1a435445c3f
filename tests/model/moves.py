"""Every move that a `World` can make.

Moves of progress: a request is answered, a message arrives, an event is made, a handler finishes, a deadline passes.
Faults, counted against a budget: a cut, silence, op 7, close 4009, a session that the server forgets, op 9 true, a
refusal, a delay. A crash: the process is killed, or stopped, and starts anew from what was saved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from model.bot import Bot
from model.far import DROP, EOF, Far, Order, close_of
from model.invariants import check
from model.process import Process
from model.step import Given
from model.world import World
from qqgw_proto import ConnectionState
from qqgw_proto.machine.server_inputs import ServerState
from qqgw_proto.wire import frames

__all__ = ["Move", "begin", "moves"]

Move: TypeAlias = tuple[str, bool, Callable[[World], World]]
"""Its name, whether it is a fault or a crash, and what it makes of a world."""

MAX_EVENTS: Final = 3
MAX_SESSIONS: Final = 2
ENDING: Final = (ConnectionState.CLOSING, ConnectionState.STOPPED, ConnectionState.FAILED)


def begin(faults: int, crashes: int) -> World:
    """The world once the process has started."""
    return World(Process.begun(None).process, Far(), Bot(reads_again=crashes > 0), faults, crashes)


def moves(world: World) -> list[Move]:
    """Every move that is possible."""
    process = world.process
    possible = _progress(world)
    if process.deadline is not None:
        # Time that passes while something is under way is a delay, and a delay is a fault.
        if not world.is_under_way:
            possible.append(_TICK)
        elif world.faults:
            possible.append(_LATE)
    if world.faults:
        _add_faults(world, possible)
    if world.crashes:
        possible.append(_CRASH)
        if process.state not in ENDING:
            possible.append(_STOP)
    return possible


def _progress(world: World) -> list[Move]:
    process, far, bot = world.process, world.far, world.bot
    possible = list(_HANDLES[: len(bot.open)])
    if process.shell.asked is not None:
        possible.append(_ANSWERS[process.shell.asked])
    if process.shell.transport == "dialing":
        possible.append(_OPEN)
    if far.down:
        possible.append(_DOWN)
    if far.up:
        possible.append(_UP)
    if len(bot.handled) < MAX_EVENTS and far.newest is not None and far.newest.known:
        possible.append(_EVENT)
    if process.state is ConnectionState.STOPPED:
        possible.append(_RESTART)
    return possible


def _add_faults(world: World, possible: list[Move]) -> None:
    far, newest = world.far, world.far.newest
    if far.bound is None and newest is not None and newest.known and len(far.sessions) < MAX_SESSIONS:
        possible += (_FORGET, _DENY)
    if world.process.shell.transport == "dialing":
        possible.append(_DIAL_FAILS)
    if not far.linked:
        return
    possible.append(_CUT)
    if far.server is not None:
        possible.append(_SILENCE)
        if far.server.state is ServerState.LIVE:
            possible += _OF_A_LIVE_SERVER
        if far.server.state is ServerState.GREETED and far.up and far.up[0].startswith(b'{"op":2,'):
            possible += _TO_AN_IDENTIFY


# --- what they do


def _give(world: World, given: Given, cost: int = 0) -> World:
    """Something happens to the process."""
    outcome = world.process.after(given)
    far, bot = world.far, world.bot
    for order in outcome.orders:
        far = far.after(order)
    if outcome.delivered or outcome.saves:
        bot = bot.served(outcome.delivered, outcome.saves)
    return World(outcome.process, far, bot, world.faults - cost, world.crashes)


def _order(world: World, order: Order) -> World:
    """A fault happens on the far side alone."""
    return World(world.process, world.far.after(order), world.bot, world.faults - 1, world.crashes)


def _down(world: World) -> World:
    far = world.far
    message = far.down[0]
    taken = World(world.process, far.after(("taken", b"")), world.bot, world.faults, world.crashes)
    if message == EOF:
        return _give(taken, ("lost", None))
    if message.startswith(b"close "):
        return _give(taken, ("closed", int(message[6:])))
    return _give(taken, ("message", message))


def _up(world: World) -> World:
    far, bot = world.far.after(("hear", b"")), world.bot
    if len(far.sessions) > len(world.far.sessions):
        bot = bot.renewed()
    return World(world.process, far, bot, world.faults, world.crashes)


def _event(world: World) -> World:
    return World(world.process, world.far.after(("event", b"")), world.bot.grown(), world.faults, world.crashes)


def _handle(world: World, index: int) -> World:
    bot = world.bot
    outcome = world.process.after(("settled", bot.open[index][0]))
    after = bot.without(index).served(outcome.delivered, outcome.saves)
    return World(outcome.process, world.far, after, world.faults, world.crashes)


def _stop(world: World) -> World:
    return _give(world, ("stop", None))._replace(crashes=world.crashes - 1)


def _crash(world: World) -> World:
    return _restart(world._replace(crashes=world.crashes - 1))


def _restart(world: World) -> World:
    session, saved = world.process.client.life.session, world.bot.saved
    begun = Process.begun(saved)
    told = begun.crash_gaps
    check("I3", told == (saved is not None and saved.orphans > 0), f"{told} gaps for a crash with {saved}")
    # What is open of the session that stands is asked for again; what is open of earlier ones has gone with the crash.
    epoch = 0 if session is None else session.epoch
    orphaned = [event for ticket, event in world.bot.open if ticket[0] != epoch]
    check("I3", told == 1 or not orphaned, f"{orphaned} were lost in a crash without a Gap")
    bot = world.bot.restarted(reads_again=world.crashes > 0).served((), begun.saves)
    return World(begun.process, world.far.after(DROP), bot, world.faults, world.crashes)


def _progressing(name: str, given: Given) -> Move:
    return name, False, partial(_give, given=given)


def _faulty(name: str, given: Given) -> Move:
    return name, True, partial(_give, given=given, cost=1)


def _ordered(name: str, order: Order) -> Move:
    return name, True, partial(_order, order=order)


_ANSWERS: Final = {asked: _progressing("answer", (asked, None)) for asked in ("permit", "access")}
_OPEN: Final = _progressing("open", ("opened", None))
_DOWN: Final[Move] = ("down", False, _down)
_UP: Final[Move] = ("up", False, _up)
_EVENT: Final[Move] = ("event", False, _event)
_HANDLES: Final[tuple[Move, ...]] = tuple(
    (f"handle{index}", False, partial(_handle, index=index)) for index in range(9)
)
_TICK: Final = _progressing("tick", ("tick", None))
_RESTART: Final[Move] = ("restart", False, _restart)
_LATE: Final = _faulty("late", ("tick", None))
_DIAL_FAILS: Final = _faulty("dial fails", ("dial failed", None))
_CUT: Final = _faulty("cut", ("lost", None))
_SILENCE: Final = _ordered("silence", ("silence", b""))
# The server no longer knows the session; it says so with 4006, or only ever drops the connection (D02).
_FORGET: Final = _ordered("forget", ("forget", b""))
_DENY: Final = _ordered("deny", ("forget", EOF))
_OF_A_LIVE_SERVER: Final = (
    _ordered("op 7", ("send", frames.reconnect())),
    _ordered("4009", ("close", close_of(4009))),
    _ordered("op 9 true", ("send", frames.invalid_session(resumable=True))),
)
_TO_AN_IDENTIFY: Final = (_ordered("refuse", ("refuse", b"")), _ordered("banned", ("close", close_of(4915))))
_CRASH: Final[Move] = ("crash", True, _crash)
_STOP: Final[Move] = ("stop", True, _stop)
