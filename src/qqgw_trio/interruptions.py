"""What ends the calling task as well, and what is only a failure of the author's code.

A cancellation is trio's alone. `asyncio.CancelledError`, `GeneratorExit` and whatever else is no `Exception` would end
the whole bot though nobody asked for that, and again at every start, since the event comes again: it becomes a
`HandlerInterrupted`, a failure like any other. `KeyboardInterrupt` and `SystemExit` are a wish to end where async code
raises them; in a thread of a sync function they are a failure (`calling`).
"""

from __future__ import annotations

from typing import Final, cast

import trio

from qqgw_proto.errors import GatewayError

__all__ = ["HandlerInterrupted", "failure_of", "interrupted_by", "parted"]

_ENDS: Final = (trio.Cancelled, KeyboardInterrupt, SystemExit)


class HandlerInterrupted(GatewayError):
    """A handler ended by what is no `Exception`, such as `asyncio.CancelledError`, though nobody has cancelled it.

    Args:
        error: What came out of it; the `__cause__` too.
    """

    default_remedy = "catch it in the handler; ctx.bot.stop() stops the bot"

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"{type(error).__qualname__} came out of it")


def parted(error: BaseException) -> tuple[Exception | None, BaseException | None]:
    """Parts what came out of the author's code; a handler with tasks of its own can end by several errors at once.

    Args:
        error: What came out of it.

    Returns:
        What failed, or None; and what must go on its way, or None.
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
    """What failed, if that is all that came out of the author's code; None where something must go on its way."""
    failed, ends = parted(error)
    return failed if ends is None else None


def interrupted_by(error: BaseException) -> Exception:
    """The error itself, or the `HandlerInterrupted` that stands for what is no `Exception`."""
    if isinstance(error, Exception):
        return error
    failed = HandlerInterrupted(error)
    failed.__cause__ = error
    return failed
