"""Cells that stand in several places of the client's table, each named by its outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from qqgw_proto.machine import connecting as on
from qqgw_proto.machine import guards as when
from qqgw_proto.machine import leaving as off
from qqgw_proto.machine import living as at
from qqgw_proto.machine.cells import SAME, Cell, Choose, Go, Ignore
from qqgw_proto.machine.effects import Out
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState as S

__all__ = [
    "ATTEMPT",
    "AWAKE",
    "BEGIN",
    "DROP_AND_RETRY",
    "ENDED",
    "FATAL",
    "FATAL_BEFORE_HELLO",
    "FATAL_WITHOUT_SESSION",
    "IDENTIFY_REFUSED",
    "IDENTIFY_REFUSED_BY_CLOSE",
    "NOT_ARMED",
    "NOT_ASKED",
    "NO_CONNECTION",
    "OVER",
    "PART_AND_RETRY",
    "PART_DROP_AND_RETRY",
    "PROMPTLY",
    "REFUSED",
    "REFUSED_BEFORE_HELLO",
    "RETRY",
    "ROUTINE",
    "SESSION_DOUBTED",
    "SESSION_DOUBTED_BY_CLOSE",
    "SESSION_DOUBTED_BY_TOKEN",
    "TOKEN",
    "Action",
    "ClientCell",
    "Guard",
    "reads_again",
    "reads_no_more",
    "unless_unread",
]

Action: TypeAlias = Callable[[Life, Any, Out], None]
Guard: TypeAlias = Callable[[Life, Any], bool]
ClientCell: TypeAlias = Cell[S, Action, Guard]

RETRY: Final[ClientCell] = Go(S.WAITING, off.abandon, off.schedule_backoff)
PART_AND_RETRY: Final[ClientCell] = Go(S.WAITING, off.part, off.schedule_backoff)
DROP_AND_RETRY: Final[ClientCell] = Go(S.WAITING, off.abandon, off.forget_outage, at.drop_session, off.schedule_backoff)
PART_DROP_AND_RETRY: Final[ClientCell] = Go(
    S.WAITING, off.part, off.forget_outage, at.drop_session, off.schedule_backoff
)
PROMPTLY: Final[ClientCell] = Go(S.WAITING, off.abandon, off.schedule_promptly)
AWAKE: Final[ClientCell] = Go(S.WAITING, off.abandon, off.schedule_after_suspend)
ROUTINE: Final[ClientCell] = Choose(when.is_routine, PROMPTLY, RETRY)
TOKEN: Final[ClientCell] = Choose(
    when.token_was_renewed,
    Go(S.FAILED, off.part, at.save, off.fail),
    Go(S.WAITING, off.part, off.ask_renewal, off.schedule_backoff),
)
FATAL: Final[ClientCell] = Go(S.FAILED, off.part, at.drop_session, off.fail)
# What was settled of sessions before is saved while it can be: else a restart would announce it as lost.
FATAL_WITHOUT_SESSION: Final[ClientCell] = Go(S.FAILED, off.part, at.save_if_changed, off.fail)
FATAL_BEFORE_HELLO: Final[ClientCell] = Choose(when.has_session, FATAL, FATAL_WITHOUT_SESSION)
REFUSED: Final[ClientCell] = Choose(
    when.refusals_are_left,
    Go(S.WAITING, off.part, at.drop_session, off.count_refusal, off.schedule_backoff),
    FATAL,
)
REFUSED_BEFORE_HELLO: Final[ClientCell] = Choose(
    when.refusals_are_left,
    Go(S.WAITING, off.part, at.drop_session, off.count_refusal, off.schedule_backoff),
    FATAL_BEFORE_HELLO,
)
# Op 9 answered the IDENTIFY and no close code told more: one refusal (design 5).
IDENTIFY_REFUSED: Final[ClientCell] = Choose(
    when.refusals_are_left,
    Go(S.WAITING, off.abandon, off.count_refusal, off.schedule_backoff),
    Go(S.FAILED, off.abandon, at.save_if_changed, off.fail),
)
IDENTIFY_REFUSED_BY_CLOSE: Final[ClientCell] = Choose(
    when.refusals_are_left,
    Go(S.WAITING, off.part, off.count_refusal, off.schedule_backoff),
    Go(S.FAILED, off.part, at.save_if_changed, off.fail),
)
# "The session survives only if d is true and the close (if any) permits RESUME" (design 5).
SESSION_DOUBTED: Final[ClientCell] = Choose(when.op_9_left_session, RETRY, DROP_AND_RETRY)
SESSION_DOUBTED_BY_CLOSE: Final[ClientCell] = Choose(when.op_9_left_session, PART_AND_RETRY, PART_DROP_AND_RETRY)
SESSION_DOUBTED_BY_TOKEN: Final[ClientCell] = Choose(
    when.op_9_left_session,
    TOKEN,
    Choose(
        when.token_was_renewed,
        Go(S.FAILED, off.part, at.drop_session, off.fail),
        Go(S.WAITING, off.part, at.drop_session, off.ask_renewal, off.schedule_backoff),
    ),
)
ATTEMPT: Final[ClientCell] = Choose(
    when.can_resume,
    Go(S.PREPARING, on.request_access),
    Go(S.PERMITTING, at.drop_session, on.request_permit),
)
ENDED: Final[ClientCell] = Go(S.STOPPED, off.abandon, off.announce_stop)

NO_CONNECTION: Final = Ignore("no connection exists; a number left from an earlier one is stale")
NOT_ASKED: Final = Ignore("nothing was asked that this could answer; an earlier request's number is stale")
NOT_ARMED: Final = Ignore("this deadline is not armed here")
OVER: Final = Ignore("the shard is being stopped; a later RESUME asks for it again")

BEGIN: Final[ClientCell] = Choose(
    when.starts_with_loss,
    Choose(
        when.starts_with_session,
        Go(S.PREPARING, on.announce_loss, on.adopt_snapshot, on.request_access),
        Go(S.PERMITTING, on.announce_loss, on.request_permit),
    ),
    Choose(
        when.starts_with_session,
        Go(S.PREPARING, on.adopt_snapshot, on.request_access),
        Go(S.PERMITTING, on.request_permit),
    ),
)


def reads_no_more(*actions: Action) -> ClientCell:
    """The cell for the beginning of a pause; ignored while reading is paused already."""
    return Choose(when.reading_is_paused, Ignore("reading is paused already"), Go(SAME, *actions))


def reads_again(*actions: Action) -> ClientCell:
    """The cell for the end of a pause; ignored while reading is not paused."""
    return Choose(when.reading_is_paused, Go(SAME, *actions), Ignore("reading was not paused"))


def unless_unread(cell: ClientCell, *actions: Action) -> ClientCell:
    """The cell for the gateway's silence; other actions while reading is paused, when its answer may lie unread."""
    return Choose(when.reading_is_paused, Go(SAME, *actions), cell)
