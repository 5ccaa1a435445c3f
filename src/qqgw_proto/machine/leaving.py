"""Actions that end a connection or the shard: abandon, part, schedule the next attempt, refuse, stop, fail."""

from __future__ import annotations

from msgspec.structs import replace

from qqgw_proto.machine.arrivals import Closed, WireFailed
from qqgw_proto.machine.backoff import backoff_bound
from qqgw_proto.machine.causes import cause_of, floor_of
from qqgw_proto.machine.effects import (
    AbandonTransport,
    CloseTransport,
    Disconnected,
    Failed,
    Out,
    Retrying,
    ReturnPermit,
    SendClose,
    Stopped,
)
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.life import Life, Renewal
from qqgw_proto.wire.close_frames import NORMAL_CLOSURE, UNSENDABLE

__all__ = [
    "abandon",
    "announce_stop",
    "ask_renewal",
    "count_refusal",
    "fail",
    "forget_outage",
    "part",
    "return_permit",
    "say_goodbye",
    "schedule_after_suspend",
    "schedule_backoff",
    "schedule_promptly",
]


def abandon(life: Life, given: Input, out: Out) -> None:
    """Drops the transport without a close frame, which is the safest for the session (design 5)."""
    link = life.link()
    out.append(AbandonTransport(link.number))
    _forget(life, given, out)


def part(life: Life, given: Closed | WireFailed, out: Out) -> None:
    """Answers the peer's close frame, or tells it the RFC's code for what it broke; waits for nothing."""
    link = life.link()
    code = NORMAL_CLOSURE if given.code in UNSENDABLE else given.code
    reason = given.why if isinstance(given, WireFailed) else ""
    out.append(CloseTransport(link.number, code, reason, life.config.deadlines.close))
    _forget(life, given, out)


def _forget(life: Life, given: Input, out: Out) -> None:
    """Drops all that belonged to the connection."""
    link, settings = life.link(), life.config.reconnect
    if link.ready_at is not None and life.now - link.ready_at >= settings.healthy_after:
        life.recovery = replace(life.recovery, failures=0, routine=False)
        life.session = None if life.session is None else replace(life.session, failures=0)
    if link.announced:
        out.append(Disconnected(link.number, cause_of(life, given)))
    life.connection = None
    life.access = None
    return_permit(life, given, out)


def return_permit(life: Life, _given: Input, out: Out) -> None:
    """Returns the permit, if one is held that no IDENTIFY has used."""
    if life.permit is not None:
        out.append(ReturnPermit(life.permit, None))
        life.permit = None


def schedule_backoff(life: Life, given: Input, out: Out) -> None:
    """Waits a full-jitter back-off, at least what the peer asked for."""
    settings, recovery = life.config.reconnect, life.recovery
    delay = life.chance() * backoff_bound(settings, recovery.failures)
    life.recovery = replace(recovery, failures=recovery.failures + 1)
    _retry(life, given, out, max(delay, floor_of(life, given)))


def forget_outage(life: Life, _given: Input, _out: Out) -> None:
    """The gateway that ended the session is reachable again: failures since the session began no longer lengthen waits.

    Failures before it still count, so that a gateway that ends every session at once is met with ever longer waits.
    """
    if life.session is not None:
        life.recovery = replace(life.recovery, failures=min(life.recovery.failures, life.session.failures))


def schedule_promptly(life: Life, given: Input, out: Out) -> None:
    """A routine end (op 7, 4009, planned): no back-off, only a little jitter."""
    life.recovery = replace(life.recovery, routine=True)
    _retry(life, given, out, life.chance() * life.config.reconnect.prompt_jitter)


def schedule_after_suspend(life: Life, given: Input, out: Out) -> None:
    """Every shard of a fleet wakes at the same moment: they spread themselves."""
    _retry(life, given, out, life.chance() * life.config.reconnect.suspend_jitter)


def _retry(life: Life, given: Input, out: Out, delay: float) -> None:
    dialed_at = life.recovery.dialed_at
    floor = life.now if dialed_at is None else dialed_at + life.config.reconnect.min_dial_interval
    life.request = None
    life.state_due = max(life.now + delay, floor)
    out.append(Retrying(life.state_due, cause_of(life, given)))


def count_refusal(life: Life, _given: Input, _out: Out) -> None:
    """One more consecutive refusal."""
    life.recovery = replace(life.recovery, refusals=life.recovery.refusals + 1)


def ask_renewal(life: Life, _given: Input, _out: Out) -> None:
    """The next access must bring another token."""
    life.recovery = replace(life.recovery, renewal=Renewal.ASKED)


def say_goodbye(life: Life, _given: Input, out: Out) -> None:
    """Begins the closing handshake of a wanted stop."""
    if life.config.stop_code is None:
        raise AssertionError("the guard closes_politely stands before this action")
    out.append(SendClose(life.link().number, life.config.stop_code, ""))


def announce_stop(life: Life, _given: Input, out: Out) -> None:
    """The shard has ended as wanted."""
    life.request = None
    out.append(Stopped())


def fail(life: Life, given: Input, out: Out) -> None:
    """Ends the shard with the error that names the cause."""
    life.request = None
    out.append(Failed(cause_of(life, given)))
