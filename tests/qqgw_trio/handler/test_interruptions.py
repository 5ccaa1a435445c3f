"""What ends the calling task, and what is a failure of the author's code."""

from __future__ import annotations

import asyncio

import pytest

from qqgw_trio.handler.interruptions import HandlerInterrupted, failure_of, parted


def test_a_wish_to_end_goes_on_its_way() -> None:
    error = KeyboardInterrupt()
    assert parted(error) == (None, error)
    assert failure_of(error) is None


def test_a_failure_beside_it_is_told_apart() -> None:
    error = BaseExceptionGroup("both", [ValueError("bug"), KeyboardInterrupt()])
    failed, ends = parted(error)
    assert repr(failed) == "ExceptionGroup('both', [ValueError('bug')])"
    assert repr(ends) == "BaseExceptionGroup('both', [KeyboardInterrupt()])"
    assert failure_of(error) is None


def test_a_group_of_wishes_to_end_has_no_failure() -> None:
    group = BaseExceptionGroup("both", [KeyboardInterrupt(), KeyboardInterrupt()])
    failed, ends = parted(group)
    assert failed is None
    assert repr(ends) == repr(group)


@pytest.mark.parametrize("error", [ValueError("bug"), ExceptionGroup("two", [ValueError("bug"), TypeError("bug")])])
def test_an_exception_is_a_failure_as_it_is(error: Exception) -> None:
    assert parted(error) == (error, None)
    assert failure_of(error) is error


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (asyncio.CancelledError(), "CancelledError"),
        (GeneratorExit(), "GeneratorExit"),
        (SystemExit(3), "SystemExit"),
        (BaseException("own"), "BaseException"),
        (BaseExceptionGroup("both", [ValueError("bug"), asyncio.CancelledError()]), "BaseExceptionGroup"),
    ],
)
def test_what_is_no_cancellation_of_trio_is_a_failure_too(error: BaseException, name: str) -> None:
    failed = failure_of(error)
    assert isinstance(failed, HandlerInterrupted)
    assert str(failed) == f"{name} came out of it: catch it in the handler; ctx.bot.stop() stops the bot"
    assert failed.__cause__ is error
