"""What comes out of an author's code: a failure of it, or something that must propagate (cancellation, Ctrl-C).

A cancellation is trio's alone. `asyncio.CancelledError`, `GeneratorExit`, the `SystemExit` of `sys.exit()` or of a
parser of arguments, and whatever else is no `Exception` would end the whole bot in the middle of its work, and again at
every start, since the event comes again: it becomes a `HandlerInterrupted`, a failure like any other. To end the bot,
call its `stop`. `KeyboardInterrupt` is Ctrl-C where no bot handles signals (`Bot.serve` in a program of the author's),
which ends that program; in a thread of a sync function it is a failure (`calling`).
"""

from __future__ import annotations

from typing import Final, cast

import trio

from qqgw_proto.errors import GatewayError

__all__ = ["HandlerInterrupted", "failure_of", "interrupted_by", "parted"]

_ENDS: Final = (trio.Cancelled, KeyboardInterrupt)


class HandlerInterrupted(GatewayError):
    """A handler ended by what is no `Exception`, such as `asyncio.CancelledError` or the `SystemExit` of `sys.exit()`.

    Args:
        error: What came out of it; the `__cause__` too.
    """

    default_remedy = "catch it in the handler; ctx.bot.stop() stops the bot"

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"{type(error).__qualname__} came out of it")


def parted(error: BaseException) -> tuple[Exception | None, BaseException | None]:
    """Splits an exception (or group) into the handler's failure and what must propagate (cancellation, Ctrl-C).

    Args:
        error: What the author's code raised; a handler with tasks of its own raises a group.

    Returns:
        The failure, or None; and what must propagate, or None.
    """
    if isinstance(error, _ENDS):
        return None, error
    if not isinstance(error, BaseExceptionGroup):
        return interrupted_by(error), None
    group = cast("BaseExceptionGroup[BaseException]", error)
    ends, failed = group.split(_ENDS)
    if ends is None:
        return interrupted_by(group), None
    return (None if failed is None else interrupted_by(failed)), ends


def failure_of(error: BaseException) -> Exception | None:
    """The handler's failure; None where something must propagate, whatever failed beside it."""
    failed, ends = parted(error)
    return failed if ends is None else None


def interrupted_by(error: BaseException) -> Exception:
    """The error itself, or the `HandlerInterrupted` that stands for what is no `Exception`."""
    if isinstance(error, Exception):
        return error
    failed = HandlerInterrupted(error)
    failed.__cause__ = error
    return failed
