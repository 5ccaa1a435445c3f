"""The client's transition table: the whole behaviour of a shard, one cell for every state and every kind of input.

A row is written for a group of states and a group of kinds at once; `TABLE` is the expansion, indexed by
`TABLE[state][kind]`. `expand` refuses a missing cell and a cell written twice, so nothing here is by default: `Ignore`
and `Violation` are decisions with a reason. Guards and actions are named functions of the modules imported below. The
diagram and the full table of the documentation are generated from `TABLE`.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from qqgw_proto.machine import connecting as on
from qqgw_proto.machine import guards as when
from qqgw_proto.machine import leaving as off
from qqgw_proto.machine import living as at
from qqgw_proto.machine import outcomes as to
from qqgw_proto.machine.cells import SAME, Choose, Go, Ignore, Row, Violation, expand
from qqgw_proto.machine.kinds import Kind as K  # noqa: N817 - it heads every row
from qqgw_proto.machine.outcomes import Action, ClientCell, Guard
from qqgw_proto.machine.states import CONNECTED, DOUBTING, FINAL, HEARTBEATING, LINKED, OFFLINE
from qqgw_proto.machine.states import ConnectionState as S

__all__ = ["TABLE", "Action", "ClientCell", "Guard"]

_Row: TypeAlias = Row[S, K, Action, Guard]

_ALL: Final = tuple(S)


def _but(*states: S) -> tuple[S, ...]:
    """All states except these."""
    return tuple(state for state in S if state not in states)


# Kinds that come together.
_CLOSED_RESUMABLE = (K.CLOSED_RESUME, K.CLOSED_COOL_DOWN)
_CLOSED = (
    *_CLOSED_RESUMABLE,
    K.CLOSED_RESUME_AT_ONCE,
    K.CLOSED_IDENTIFY,
    K.CLOSED_REFUSED,
    K.CLOSED_RENEW_TOKEN,
    K.CLOSED_FATAL,
)
_BROKEN = (K.LOST, K.WRITE_STALLED)
_REJECTED = (K.UPGRADE_UNAUTHORIZED, K.UPGRADE_REJECTED)
_UPGRADE = (K.UPGRADED, *_REJECTED)
_GREETINGS = (K.HELLO, K.READY, K.RESUMED)
_ORDERS = (K.RECONNECT_ORDERED, K.SESSION_DOUBTFUL, K.SESSION_INVALID)
_HEARTBEATS = (K.HEARTBEAT_ASKED, K.HEARTBEAT_ACKED)
_ODDITIES = (K.UNKNOWN_OP, K.MALFORMED)
_FRAMES = (*_GREETINGS, K.DISPATCHES, *_HEARTBEATS, *_ORDERS, *_ODDITIES)
_OF_CONNECTION = (K.OPENED, K.DIAL_FAILED, K.LOST, K.WRITING_BLOCKED, K.WRITING_RESUMED)
_OF_OPENED = (K.UPGRADED, K.PINGED, K.WIRE_FAILED, *_FRAMES, *_CLOSED)
_OF_WIRE = (*_REJECTED, *_OF_OPENED)
_OF_LINK_CLOCK = (K.SUSPENDED, K.WRITE_STALLED, K.ACK_OVERDUE, K.BEAT_DUE, K.PONG_DUE)

_OWNER: tuple[_Row, ...] = (
    ((S.IDLE,), (K.START,), to.BEGIN),
    (_but(S.IDLE), (K.START,), Violation("this gateway has begun, or was stopped; it lives once: make a new one")),
    ((S.IDLE, S.PERMITTING, S.WAITING), (K.STOP,), Go(S.STOPPED, at.save_if_changed, off.announce_stop)),
    ((S.PREPARING,), (K.STOP,), Go(S.STOPPED, off.return_permit, at.save_if_changed, off.announce_stop)),
    ((S.DIALING, S.UPGRADING), (K.STOP,), Go(S.STOPPED, off.abandon, at.save_if_changed, off.announce_stop)),
    (
        CONNECTED,
        (K.STOP,),
        Choose(
            when.closes_politely,
            Go(S.CLOSING, at.save, off.say_goodbye),
            Go(S.STOPPED, at.save, off.abandon, off.announce_stop),
        ),
    ),
    ((S.CLOSING, *FINAL), (K.STOP,), Ignore("the shard is stopped or stopping: a second stop is harmless")),
    ((S.READY,), (K.RECONNECT,), to.PROMPTLY),
    (
        (
            S.PERMITTING,
            S.PREPARING,
            S.DIALING,
            S.UPGRADING,
            S.GREETING,
            S.IDENTIFYING,
            S.RESUMING,
            *DOUBTING,
            S.WAITING,
        ),
        (K.RECONNECT,),
        Ignore("the shard is connecting already"),
    ),
    ((S.CLOSING,), (K.RECONNECT,), Ignore("the shard is being stopped")),
    # Whoever asks all shards of a bot, from any thread, cannot know which of them have ended meanwhile.
    ((S.IDLE,), (K.RECONNECT,), Ignore("the shard has not started: it has no connection to leave")),
    (FINAL, (K.RECONNECT,), Ignore("the shard has ended: it has no connection to leave")),
    ((S.PREPARING,), (K.ACCESS_GRANTED,), Go(S.DIALING, on.dial)),
    ((S.PREPARING,), (K.ACCESS_DENIED,), Go(S.WAITING, off.return_permit, off.schedule_backoff)),
    ((S.PREPARING,), (K.ACCESS_REFUSED,), Go(S.FAILED, off.return_permit, at.save_if_changed, off.fail)),
    (_but(S.PREPARING), (K.ACCESS_GRANTED, K.ACCESS_DENIED, K.ACCESS_REFUSED), to.NOT_ASKED),
    ((S.PERMITTING,), (K.PERMIT_GRANTED,), Go(S.PREPARING, on.hold_permit, on.request_access)),
    ((S.PERMITTING,), (K.PERMIT_DELAYED,), Go(SAME, on.extend_patience)),
    (_but(S.PERMITTING), (K.PERMIT_GRANTED, K.PERMIT_DELAYED), to.NOT_ASKED),
    (_but(S.CLOSING, *FINAL), (K.SETTLED,), Go(SAME, at.settle)),
    ((S.CLOSING, *FINAL), (K.SETTLED,), Go(SAME, at.settle, at.save_if_changed)),
    (_but(S.RESUMING), (K.READING_PAUSED,), to.reads_no_more(at.pause)),
    ((S.RESUMING,), (K.READING_PAUSED,), to.reads_no_more(at.pause, at.spare_resume)),
    # "On resuming, unread bytes are read first and outstanding beats get one fresh period" (design 6); whatever else
    # may lie unread has its whole time before it too.
    ((*OFFLINE, S.DIALING, S.CLOSING), (K.READING_RESUMED,), to.reads_again(at.read_on)),
    ((S.UPGRADING, S.GREETING), (K.READING_RESUMED,), to.reads_again(at.wait_again, at.read_on)),
    ((S.IDENTIFYING, *DOUBTING), (K.READING_RESUMED,), to.reads_again(at.excuse_beats, at.wait_again, at.read_on)),
    (
        (S.RESUMING,),
        (K.READING_RESUMED,),
        to.reads_again(at.excuse_beats, at.prolong_replay, at.count_resume, at.read_on),
    ),
    ((S.READY,), (K.READING_RESUMED,), to.reads_again(at.excuse_beats, at.read_on)),
)

_TRANSPORT: tuple[_Row, ...] = (
    (OFFLINE, (*_OF_CONNECTION, *_OF_WIRE), to.NO_CONNECTION),
    ((S.DIALING,), (K.OPENED,), Go(S.UPGRADING, on.send_upgrade)),
    ((S.DIALING,), (K.DIAL_FAILED, K.LOST), to.RETRY),
    ((S.DIALING,), (K.WRITING_BLOCKED, K.WRITING_RESUMED), Violation("opened(connection) comes first")),
    ((S.DIALING,), _OF_OPENED, Ignore("the wire is made once the transport is open")),
    ((*LINKED, S.CLOSING), (K.OPENED,), Violation("opened(connection) was called before")),
    ((*LINKED, S.CLOSING), (K.DIAL_FAILED,), Violation("the dial succeeded: report the end with lost(connection)")),
    ((*LINKED, S.CLOSING), (K.WRITING_BLOCKED,), Go(SAME, at.await_write)),
    ((*LINKED, S.CLOSING), (K.WRITING_RESUMED,), Go(SAME, at.end_write)),
    ((S.UPGRADING, S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY), _BROKEN, to.RETRY),
    ((S.CLOSING,), _BROKEN, to.ENDED),
)

_WEBSOCKET: tuple[_Row, ...] = (
    ((S.UPGRADING,), (K.UPGRADED,), Go(S.GREETING, on.announce_connection)),
    # "401 refreshes the token once; back-off grows" (conformance 3); after that it is a refusal. While it dials, a host
    # that owns the WebSocket tells of it.
    (
        (S.DIALING, S.UPGRADING),
        (K.UPGRADE_UNAUTHORIZED,),
        Choose(
            when.token_was_renewed,
            to.IDENTIFY_REFUSED,
            Go(S.WAITING, off.abandon, off.ask_renewal, off.schedule_backoff),
        ),
    ),
    ((S.DIALING, S.UPGRADING), (K.UPGRADE_REJECTED,), to.RETRY),
    ((S.UPGRADING,), (K.WIRE_FAILED,), to.RETRY),
    ((*CONNECTED, S.CLOSING), _UPGRADE, Ignore("the wire reports one end of the handshake")),
    ((S.UPGRADING,), (K.PINGED, *_FRAMES, *_CLOSED), Ignore("the wire cuts no frame before the handshake is done")),
    (CONNECTED, (K.PINGED,), Choose(when.pong_is_due, Go(SAME, at.send_pong), Go(SAME, at.postpone_pong))),
    ((S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY), (K.WIRE_FAILED,), to.PART_AND_RETRY),
    ((S.CLOSING,), (K.PINGED, *_FRAMES), to.OVER),
    ((S.CLOSING,), (K.WIRE_FAILED, *_CLOSED), to.ENDED),
)

_FRAME: tuple[_Row, ...] = (
    (
        (S.GREETING,),
        (K.HELLO,),
        Choose(
            when.has_session,
            Choose(
                when.reading_is_paused,
                Go(S.RESUMING, on.start_heartbeat, on.send_resume, at.spare_resume),
                Go(S.RESUMING, on.start_heartbeat, on.send_resume),
            ),
            Go(S.IDENTIFYING, on.start_heartbeat, on.send_identify),
        ),
    ),
    (HEARTBEATING, (K.HELLO,), Violation("a second HELLO on one connection")),
    ((S.IDENTIFYING,), (K.READY,), Go(S.READY, on.adopt_session, at.save)),
    # A server that answers a RESUME with READY has begun another session: the old one is lost.
    ((S.RESUMING,), (K.READY,), Go(S.READY, at.drop_session, on.adopt_session, at.save)),
    ((S.READY, *DOUBTING), (K.READY,), Violation("READY in a session that stands or is doubted")),
    ((S.RESUMING,), (K.RESUMED,), Go(S.READY, on.confirm_session)),
    ((S.IDENTIFYING, S.READY, *DOUBTING), (K.RESUMED,), Violation("RESUMED without a RESUME")),
    ((S.GREETING,), (K.READY, K.RESUMED, K.DISPATCHES, *_HEARTBEATS), Violation("a frame before HELLO")),
    ((S.READY,), (K.DISPATCHES,), Go(SAME, at.deliver)),
    ((S.RESUMING,), (K.DISPATCHES,), Go(SAME, at.deliver_and_await_more)),
    ((S.DOUBTING_SESSION,), (K.DISPATCHES,), Go(SAME, at.deliver_replayed)),
    # "No events before READY" (EE:183).
    ((S.IDENTIFYING, S.DOUBTING_IDENTIFY), (K.DISPATCHES,), Violation("an event before READY")),
    (
        HEARTBEATING,
        (K.HEARTBEAT_ASKED,),
        Choose(when.answer_is_due, Go(SAME, at.answer_heartbeat), Ignore("an op 1 was answered within a second")),
    ),
    # Since when an ACK has lain unread that is fed in a pause nobody knows: it measures nothing.
    (
        HEARTBEATING,
        (K.HEARTBEAT_ACKED,),
        Choose(when.reading_is_paused, Go(SAME, at.excuse_beats, at.acknowledge), Go(SAME, at.acknowledge)),
    ),
    # Op 7 may come as the first frame: a node that drains says so to whoever connects.
    ((S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY), (K.RECONNECT_ORDERED,), to.ROUTINE),
    ((S.GREETING,), (K.SESSION_DOUBTFUL, K.SESSION_INVALID), Violation("op 9 before IDENTIFY or RESUME")),
    ((S.IDENTIFYING,), (K.SESSION_DOUBTFUL, K.SESSION_INVALID), Go(S.DOUBTING_IDENTIFY)),
    ((S.RESUMING, S.READY), (K.SESSION_DOUBTFUL, K.SESSION_INVALID), Go(S.DOUBTING_SESSION, at.doubt_session)),
    (DOUBTING, _ORDERS, Ignore("op 9 came before: only the close code that follows it counts")),
    (CONNECTED, _ODDITIES, Violation("a frame that the protocol does not know")),
)

_CLOSE: tuple[_Row, ...] = (
    ((S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY), _CLOSED_RESUMABLE, to.PART_AND_RETRY),
    (
        (S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY),
        (K.CLOSED_RESUME_AT_ONCE,),
        Choose(when.is_routine, Go(S.WAITING, off.part, off.schedule_promptly), to.PART_AND_RETRY),
    ),
    ((S.IDENTIFYING,), (K.CLOSED_IDENTIFY,), to.PART_AND_RETRY),
    ((S.GREETING, S.RESUMING, S.READY), (K.CLOSED_IDENTIFY,), to.PART_DROP_AND_RETRY),
    ((S.GREETING,), (K.CLOSED_REFUSED,), to.REFUSED_BEFORE_HELLO),
    ((S.IDENTIFYING,), (K.CLOSED_REFUSED,), to.IDENTIFY_REFUSED_BY_CLOSE),
    ((S.RESUMING, S.READY, S.DOUBTING_SESSION), (K.CLOSED_REFUSED,), to.REFUSED),
    ((S.GREETING, S.IDENTIFYING, S.RESUMING, S.READY, S.DOUBTING_IDENTIFY), (K.CLOSED_RENEW_TOKEN,), to.TOKEN),
    ((S.GREETING,), (K.CLOSED_FATAL,), to.FATAL_BEFORE_HELLO),
    ((S.IDENTIFYING, S.DOUBTING_IDENTIFY), (K.CLOSED_FATAL,), to.FATAL_WITHOUT_SESSION),
    ((S.RESUMING, S.READY, S.DOUBTING_SESSION), (K.CLOSED_FATAL,), to.FATAL),
    (
        (S.DOUBTING_IDENTIFY,),
        (*_CLOSED_RESUMABLE, K.CLOSED_RESUME_AT_ONCE, K.CLOSED_IDENTIFY, K.CLOSED_REFUSED, K.WIRE_FAILED),
        to.IDENTIFY_REFUSED_BY_CLOSE,
    ),
    (
        (S.DOUBTING_SESSION,),
        (*_CLOSED_RESUMABLE, K.CLOSED_RESUME_AT_ONCE, K.WIRE_FAILED),
        to.SESSION_DOUBTED_BY_CLOSE,
    ),
    ((S.DOUBTING_SESSION,), (K.CLOSED_IDENTIFY,), to.PART_DROP_AND_RETRY),
    ((S.DOUBTING_SESSION,), (K.CLOSED_RENEW_TOKEN,), to.SESSION_DOUBTED_BY_TOKEN),
)

_CLOCK: tuple[_Row, ...] = (
    ((S.IDLE, S.READY, *FINAL), (K.STATE_DUE,), to.NOT_ARMED),
    # The gate is silent: its number is given up, a late grant is stale and goes back unused.
    ((S.PERMITTING,), (K.STATE_DUE,), Go(SAME, on.request_permit, at.wait_again)),
    ((S.PREPARING,), (K.STATE_DUE,), Go(S.WAITING, off.return_permit, off.schedule_backoff)),
    ((S.DIALING,), (K.STATE_DUE,), to.RETRY),
    ((S.UPGRADING, S.GREETING, S.IDENTIFYING, S.RESUMING), (K.STATE_DUE,), to.unless_unread(to.RETRY, at.wait_again)),
    ((S.DOUBTING_IDENTIFY,), (K.STATE_DUE,), to.unless_unread(to.IDENTIFY_REFUSED, at.wait_again)),
    ((S.DOUBTING_SESSION,), (K.STATE_DUE,), to.unless_unread(to.SESSION_DOUBTED, at.wait_again)),
    ((S.DOUBTING_IDENTIFY,), (*_BROKEN, K.SUSPENDED), to.IDENTIFY_REFUSED),
    ((S.DOUBTING_SESSION,), (*_BROKEN, K.SUSPENDED), to.SESSION_DOUBTED),
    ((S.CLOSING,), (K.STATE_DUE,), to.ENDED),
    ((S.WAITING,), (K.STATE_DUE,), to.ATTEMPT),
    (
        (S.IDENTIFYING, S.RESUMING, S.READY),
        (K.BEAT_DUE,),
        Choose(when.too_many_missed, to.unless_unread(to.RETRY, at.beat), Go(SAME, at.beat)),
    ),
    # The grace is shorter than any verdict: only the beat goes on.
    (DOUBTING, (K.BEAT_DUE,), Go(SAME, at.beat)),
    # "A beat outstanding at any moment of a pause cannot be missed" (design 6).
    ((S.IDENTIFYING, S.RESUMING, S.READY), (K.ACK_OVERDUE,), to.unless_unread(to.RETRY, at.excuse_beats)),
    ((S.DOUBTING_IDENTIFY,), (K.ACK_OVERDUE,), to.unless_unread(to.IDENTIFY_REFUSED, at.excuse_beats)),
    ((S.DOUBTING_SESSION,), (K.ACK_OVERDUE,), to.unless_unread(to.SESSION_DOUBTED, at.excuse_beats)),
    ((S.IDENTIFYING, S.READY), (K.SUSPENDED,), to.AWAKE),
    # Nobody was awake to hear the answer: the RESUME says nothing about the session. In a pause it is spared already.
    (
        (S.RESUMING,),
        (K.SUSPENDED,),
        Choose(
            when.reading_is_paused,
            to.AWAKE,
            Go(S.WAITING, off.abandon, at.spare_resume, off.schedule_after_suspend),
        ),
    ),
    (CONNECTED, (K.PONG_DUE,), Go(SAME, at.send_pong)),
    (_ALL, (K.SAVE_DUE,), Go(SAME, at.save)),
    ((*OFFLINE, S.DIALING), _OF_LINK_CLOCK, to.NOT_ARMED),
    ((S.UPGRADING, S.GREETING, S.CLOSING), (K.SUSPENDED, K.ACK_OVERDUE, K.BEAT_DUE), to.NOT_ARMED),
    ((S.UPGRADING, S.CLOSING), (K.PONG_DUE,), to.NOT_ARMED),
)

TABLE: Final[tuple[tuple[ClientCell, ...], ...]] = expand(
    tuple(S), tuple(K), (*_OWNER, *_TRANSPORT, *_WEBSOCKET, *_FRAME, *_CLOSE, *_CLOCK)
)
"""`TABLE[state][kind]` is the cell."""
