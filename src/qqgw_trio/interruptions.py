"""What failed beside a cancellation: a handler with tasks of its own can end by both at once."""

from __future__ import annotations

from typing import cast

__all__ = ["parted"]


def parted(error: BaseException) -> tuple[Exception | None, BaseException]:
    """Parts what a cancelled handler has raised.

    Args:
        error: What came out of it; not an `Exception`.

    Returns:
        What failed, or None; and the rest, which must go on its way.
    """
    if not isinstance(error, BaseExceptionGroup):
        return None, error
    group = cast("BaseExceptionGroup[BaseException]", error)
    failed, rest = group.split(Exception)
    return failed, group if rest is None else rest
