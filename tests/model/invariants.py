"""What must hold at every step: each check names its invariant (design 9). `model.explore` asks I3's end and I6."""

from __future__ import annotations

import copy
from typing import Final

from model.normal import STALE, identity
from qqgw_proto import ClientGateway, ConnectionState
from qqgw_proto.errors import ConnectionFailed, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.life import Life
from qqgw_proto.wire import frames

__all__ = ["LOST", "TOKEN", "URL", "Broken", "check", "check_life", "check_stale", "check_token", "check_write"]

TOKEN: Final = "token-of-the-model"
URL: Final = "ws://127.0.0.1:1/"
LOST: Final = ConnectionFailed("cut")
WAITING_STATES: Final = frozenset(ConnectionState) - {
    ConnectionState.IDLE,
    ConnectionState.READY,
    ConnectionState.STOPPED,
    ConnectionState.FAILED,
}
STALE_MESSAGES: Final = (
    frames.dispatch("E", 99, None, "99"),
    frames.heartbeat_ack(),
    frames.invalid_session(resumable=False),
)


class Broken(AssertionError):
    """An invariant does not hold."""


def check(invariant: str, holds: bool, what: str) -> None:
    """Raises where an invariant does not hold."""
    if not holds:
        raise Broken(f"{invariant}: {what}")


def opens_session(data: bytes) -> bool:
    """Whether a message is an IDENTIFY or a RESUME."""
    return data.startswith((b'{"op":2,', b'{"op":6,'))


def check_write(client: ClientGateway, data: bytes, *, first: bool) -> None:
    """What may be written when (I2, I11), and what a heartbeat carries (I4)."""
    opens = opens_session(data)
    check("I2", opens == first, "the first frame, and only it, is IDENTIFY or RESUME")
    check("I2", opens or data.startswith(b'{"op":1,'), "neither IDENTIFY, RESUME nor heartbeat")
    check("I11", (TOKEN.encode() in data) == opens, "the token is in an IDENTIFY or RESUME, and nowhere else")
    if not opens:
        session = client.life.session
        expected = b"null" if session is None or not session.received else b"%d" % session.received
        check("I4", data == b'{"op":1,"d":%s}' % expected, "a heartbeat does not carry what was received")


def check_token(effect: do.Effect) -> None:
    """The token is in nothing that is shown."""
    check("I11", TOKEN not in repr(effect), "the token is in an effect")


def check_life(before: Life, life: Life) -> None:
    """What the machine's data must always say."""
    if life.access is not before.access:
        check("I11", TOKEN not in repr(life), "the token is in what is shown of a shard")
    check("I6", life.state_due is not None or life.state not in WAITING_STATES, f"{life.state.name} has no deadline")
    session = life.session
    if session is not None:
        check("I4", session.ledger.settled <= session.received, "settled is above received")
        if before.session is not None and before.session.epoch == session.epoch:
            check("I4", before.session.received <= session.received, "received went back")
            check("I4", before.session.ledger.settled <= session.ledger.settled, "settled went back")


def check_stale(client: ClientGateway) -> None:
    """What abandoned connections and old requests still bring changes nothing, whatever it is and whenever it comes."""
    try:
        _give_stale(client, copy.copy(client))
    except MisuseError as error:
        raise Broken(f"I5: what was abandoned was taken: {error}") from error


def _give_stale(client: ClientGateway, twin: ClientGateway) -> None:
    answers: list[do.Effect] = []
    for message in STALE_MESSAGES:
        answers += twin.receive_message(STALE, message, 0.0)
    answers += twin.closed(STALE, 4006, "", 0.0)
    answers += twin.lost(STALE, LOST, 0.0)
    answers += twin.dial_failed(STALE, LOST, 0.0)
    answers += twin.access_granted(STALE, URL, TOKEN, 0.0)
    check("I5", not answers, f"what was abandoned was taken: {answers}")
    check("I5", twin.opened(STALE, 0.0) == [do.AbandonTransport(STALE)], "a stale transport is kept")
    twin.life.permits_asked = (*twin.life.permits_asked, 0)
    check("I5", twin.permit_granted(0, 0.0) == [do.ReturnPermit(0, None)], "a late permit is kept")
    check("I5", identity(twin.life) == identity(client.life), "what was abandoned changed something")
