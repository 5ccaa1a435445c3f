"""Cells of the client's table that no public call reaches, as groups, each with the reason.

They are written because the table is total; a test fails when one of them is reached, or when one that does not stand
here is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from qqgw_proto.machine.kinds import Kind as K  # noqa: N817 - it heads every row
from qqgw_proto.machine.states import ConnectionState as S
from support.recording import Leaf

__all__ = ["UNREACHABLE", "unreachable_leaves"]

TRANSPORT: Final = (K.OPENED, K.DIAL_FAILED, K.LOST, K.WRITING_BLOCKED, K.WRITING_RESUMED)
UPGRADE: Final = (K.UPGRADED, K.UPGRADE_UNAUTHORIZED, K.UPGRADE_REJECTED)
FRAMES: Final = (
    *(K.HELLO, K.READY, K.RESUMED, K.DISPATCHES, K.HEARTBEAT_ASKED, K.HEARTBEAT_ACKED, K.RECONNECT_ORDERED),
    *(K.SESSION_DOUBTFUL, K.SESSION_INVALID, K.UNKNOWN_OP, K.MALFORMED),
)
CLOSES: Final = (
    *(K.CLOSED_RESUME, K.CLOSED_RESUME_AT_ONCE, K.CLOSED_COOL_DOWN, K.CLOSED_IDENTIFY, K.CLOSED_REFUSED),
    *(K.CLOSED_RENEW_TOKEN, K.CLOSED_FATAL),
)
OPENED: Final = (K.UPGRADED, K.PINGED, K.WIRE_FAILED, *FRAMES, *CLOSES)
WIRE: Final = (K.UPGRADE_UNAUTHORIZED, K.UPGRADE_REJECTED, *OPENED)
ACCESS: Final = (K.ACCESS_GRANTED, K.ACCESS_DENIED, K.ACCESS_REFUSED)
PERMIT: Final = (K.PERMIT_GRANTED, K.PERMIT_DELAYED)
OFFLINE: Final = (S.IDLE, S.PERMITTING, S.PREPARING, S.WAITING, S.STOPPED, S.FAILED)
CONNECTED: Final = (*(S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY, S.DOUBTING_IDENTIFY, S.DOUBTING_SESSION),)
UNASKED: Final = (S.IDLE, S.DIALING, S.UPGRADING, *CONNECTED, S.CLOSING, S.WAITING, S.STOPPED, S.FAILED)


@attrs.frozen
class Group:
    """Cells that cannot be reached for one reason. `path` = only behind these answers of the guards."""

    why: str
    states: tuple[S, ...]
    kinds: tuple[K, ...]
    path: str = ""

    def leaves(self) -> Iterator[Leaf]:
        return ((state, kind, self.path) for state in self.states for kind in self.kinds)


UNREACHABLE: Final = (
    Group("no connection exists: whatever number a call bears is stale", OFFLINE, (*TRANSPORT, *WIRE)),
    Group("before opened() there is no wire: what is fed is a misuse of the engine", (S.DIALING,), OPENED),
    Group("no request is open: whatever number an answer bears is stale", UNASKED, (*ACCESS, *PERMIT)),
    Group("an access was asked for: to grant a permit instead is a misuse", (S.PREPARING,), (K.PERMIT_GRANTED,)),
    Group(
        "a wire cuts no frame before the handshake is done, and a host's WebSocket is past it",
        (S.UPGRADING,),
        (K.PINGED, *FRAMES, *CLOSES),
    ),
    Group("a wire reports one end of a handshake", (*CONNECTED, S.CLOSING), UPGRADE),
    Group("the state has no deadline of its own", (S.IDLE, S.READY, S.STOPPED, S.FAILED), (K.STATE_DUE,)),
    Group(
        "the deadlines of a connection exist only with it",
        (*OFFLINE, S.DIALING),
        (K.SUSPENDED, K.WRITE_STALLED, K.ACK_OVERDUE, K.BEAT_DUE, K.PONG_DUE),
    ),
    Group(
        "the heartbeat runs from HELLO to the goodbye",
        (S.UPGRADING, S.GREETING, S.CLOSING),
        (K.SUSPENDED, K.ACK_OVERDUE, K.BEAT_DUE),
    ),
    Group("no ping before the handshake is done, no pong after the goodbye", (S.UPGRADING, S.CLOSING), (K.PONG_DUE,)),
    Group(
        "nothing was delivered yet, or all is saved on entering and whatever is settled later at once",
        (S.IDLE, S.CLOSING, S.STOPPED, S.FAILED),
        (K.SAVE_DUE,),
    ),
    Group("READY ends a row of refused tokens", (S.READY,), (K.CLOSED_RENEW_TOKEN,), path="yes"),
)


def unreachable_leaves() -> set[Leaf]:
    """All of them; none stands in two groups."""
    listed = [leaf for group in UNREACHABLE for leaf in group.leaves()]
    assert len(listed) == len(set(listed)), "listed twice"
    return set(listed)
