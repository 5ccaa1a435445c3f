"""Actions of a connection that lives: deliver, settle, save, beat, answer, pause."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from qqgw_proto.machine.arrivals import Dispatches, Pinged, SessionInvalid
from qqgw_proto.machine.effects import (
    Deliver,
    Gap,
    Out,
    SaveSession,
    SendHeartbeat,
    SendPong,
)
from qqgw_proto.machine.guards import PONG_SPACING
from qqgw_proto.machine.heartbeat import Heartbeat
from qqgw_proto.machine.inputs import Input, Settled
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life, Orphans
from qqgw_proto.machine.session import Session, Taken, Ticket
from qqgw_proto.machine.waits import STATE_DEADLINES

__all__ = [
    "acknowledge",
    "answer_heartbeat",
    "await_write",
    "beat",
    "count_resume",
    "deliver",
    "deliver_and_await_more",
    "deliver_replayed",
    "doubt_session",
    "drop_session",
    "end_write",
    "excuse_beats",
    "pause",
    "postpone_pong",
    "prolong_replay",
    "read_on",
    "save",
    "save_if_changed",
    "send_pong",
    "settle",
    "spare_resume",
    "wait_again",
]


def deliver(life: Life, given: Dispatches, out: Out) -> None:
    """Delivers live events, those with a repeated `s` too: outside a RESUME such an event need not be a repetition."""
    _hand_over(life, _session(life).take(given.events, replaying=False), out)


def deliver_replayed(life: Life, given: Dispatches, out: Out) -> None:
    """Delivers what is above *received*; the rest was received before. Progress clears the budget of RESUMEs."""
    session = _session(life)
    taken = session.take(given.events, replaying=True)
    if taken.session.received > session.received:
        taken = replace(taken, session=replace(taken.session, resumes=0))
    _hand_over(life, taken, out)


def deliver_and_await_more(life: Life, given: Dispatches, out: Out) -> None:
    """Delivers, and waits anew for RESUMED, but not for ever: a server may only pretend progress."""
    received = _session(life).received
    deliver_replayed(life, given, out)
    replay_until = life.link().replay_until
    if _session(life).received > received and replay_until is not None:
        life.state_due = min(life.now + life.config.deadlines.resumed, replay_until)


def _hand_over(life: Life, taken: Taken, out: Out) -> None:
    life.session = taken.session
    if len(taken.deliveries) == 1 and not taken.holes:
        out.append(Deliver(*taken.deliveries[0], taken.duplicated, taken.rewound))
        return
    counts = (taken.duplicated, taken.rewound)
    holes = dict(zip(taken.places, taken.holes, strict=True))
    for index, (events, epoch) in enumerate(taken.deliveries):
        if index in holes:
            out.append(Gap("hole", *holes.pop(index)))
        out.append(Deliver(events, epoch, *counts))
        counts = (0, 0)
    if any(counts):
        out.append(Deliver((), taken.session.epoch, *counts))
    out.extend(Gap("hole", *span) for span in holes.values())


def settle(life: Life, given: Settled, _out: Out) -> None:
    """Moves the settled cursor; tickets of earlier sessions only reduce the number of orphans."""
    session, tickets = life.session, given.tickets
    if session is not None:
        current = session.epoch
        life.session = session.settle([seq for epoch, seq in tickets if epoch == current])
    orphans = life.orphans and _settle_orphans(life.orphans, tickets)
    if (life.session is not session or orphans != life.orphans) and life.save_due is None:
        life.save_due = life.now + life.config.save_interval
    life.orphans = orphans


def _settle_orphans(orphans: Orphans, tickets: Sequence[Ticket]) -> Orphans:
    settled = ((of, ledger.settle([seq for epoch, seq in tickets if epoch == of])) for of, ledger in orphans)
    return tuple((epoch, ledger) for epoch, ledger in settled if ledger.runs)


def save(life: Life, _given: Input, out: Out) -> None:
    """Saves what is settled, never what is only received."""
    snapshot, changed = life.snapshot(), life.save_due is not None
    life.save_due = None
    if snapshot is not None or changed:
        out.append(SaveSession(snapshot))


def save_if_changed(life: Life, given: Input, out: Out) -> None:
    """Saves what has changed at once, where no later tick can be counted on."""
    if life.save_due is not None:
        save(life, given, out)


def drop_session(life: Life, _given: Input, out: Out) -> None:
    """Gives a session up and announces by one `Gap` that what it would still have brought is lost.

    Its events that were delivered and are not settled are kept as orphans: a crash would lose them as well, which is
    not announced yet.
    """
    session = life.session
    if session is None:
        return
    if session.ledger.open_count:
        life.orphans = (*life.orphans, (session.epoch, session.ledger))
    life.session, life.save_due = None, None
    out.append(SaveSession(life.snapshot()))
    out.append(Gap("session", session.received + 1, None))


def doubt_session(life: Life, given: SessionInvalid, _out: Out) -> None:
    """Remembers what op 9 said: "Absent/false => not resumable" (2.3)."""
    life.connection = replace(life.link(), resumable=given.kind is Kind.SESSION_DOUBTFUL)


def beat(life: Life, _given: Input, out: Out) -> None:
    """Sends the beat that is due."""
    _set_heartbeat(life, life.heartbeat().beat(life.now))
    _send_heartbeat(life, out)


def answer_heartbeat(life: Life, _given: Input, out: Out) -> None:
    """The server beats: "reply at once with op 1 + last seq" (`protocol.md` 2.4; EE:39)."""
    _set_heartbeat(life, replace(life.heartbeat(), answered=life.now))
    _send_heartbeat(life, out)


def acknowledge(life: Life, _given: Input, _out: Out) -> None:
    """Op 11 clears all that is outstanding."""
    _set_heartbeat(life, life.heartbeat().ack(life.now))


def send_pong(life: Life, given: Input, out: Out) -> None:
    """Answers the newest ping (RFC 6455 5.5.3 asks for no more)."""
    link = life.link()
    payload = given.payload if isinstance(given, Pinged) else link.ping
    life.connection = replace(link, ping=None, pong_due=None, ponged_at=life.now)
    out.append(SendPong(link.number, payload or b""))


def postpone_pong(life: Life, given: Pinged, _out: Out) -> None:
    """Keeps the newest ping until a second has passed since the last answer."""
    link = life.link()
    due = (life.now if link.ponged_at is None else link.ponged_at) + PONG_SPACING
    life.connection = replace(link, ping=given.payload, pong_due=due)


def pause(life: Life, _given: Input, _out: Out) -> None:
    """The shell stops reading: whatever is awaited may lie unread."""
    life.paused_since = life.now


def read_on(life: Life, _given: Input, _out: Out) -> None:
    """The shell reads again."""
    life.paused_since = None


def wait_again(life: Life, _given: Input, _out: Out) -> None:
    """Starts the state's deadline anew."""
    life.state_due = life.now + STATE_DEADLINES[life.state](life.config.deadlines)


def excuse_beats(life: Life, _given: Input, _out: Out) -> None:
    """Beats outstanding get one fresh period: their ACKs may lie unread."""
    _set_heartbeat(life, life.heartbeat().excused(life.now))


def spare_resume(life: Life, _given: Input, _out: Out) -> None:
    """Takes the RESUME under way off the budgets: in a pause or a suspend its answer may go unheard."""
    life.session = _session(life).spared()


def count_resume(life: Life, _given: Input, _out: Out) -> None:
    """Counts the RESUME under way against the budgets again: its answer is being read."""
    life.session = _session(life).counted()


def prolong_replay(life: Life, _given: Input, _out: Out) -> None:
    """Moves the replay's deadline by the length of the pause, which is no part of the replay."""
    link, settings = life.link(), life.config.deadlines
    if link.replay_until is None or life.paused_since is None:
        raise AssertionError("only a pause inside a RESUME is made up for")
    began = max(life.paused_since, link.replay_until - settings.replay)
    replay_until = link.replay_until + life.now - began
    life.connection = replace(link, replay_until=replay_until)
    life.state_due = min(life.now + settings.resumed, replay_until)


def await_write(life: Life, _given: Input, _out: Out) -> None:
    """Bytes wait in the shell: starts the deadline for them to move."""
    link = life.link()
    if link.write_due is None:
        life.connection = replace(link, write_due=life.now + life.config.deadlines.write)


def end_write(life: Life, _given: Input, _out: Out) -> None:
    """All bytes are written: drops the deadline for them."""
    life.connection = replace(life.link(), write_due=None)


def _send_heartbeat(life: Life, out: Out) -> None:
    """`d` is the last `s`, "null before any s" (EE:231); after a RESUME it is the resumed one."""
    session = life.session
    seq = 0
    if session is not None:
        seq = session.received if life.config.heartbeat.seq == "received" else session.ledger.settled
    out.append(SendHeartbeat(life.link().number, seq or None))


def _set_heartbeat(life: Life, heartbeat: Heartbeat) -> None:
    life.connection = replace(life.link(), heartbeat=heartbeat)


def _session(life: Life) -> Session:
    if life.session is None:
        raise AssertionError(f"{life.state.name} is entered with a session only")
    return life.session
