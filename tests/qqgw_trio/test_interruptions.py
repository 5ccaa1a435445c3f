"""What failed beside a cancellation."""

from __future__ import annotations

from qqgw_trio.interruptions import parted


def test_a_lone_interruption_goes_on_its_way() -> None:
    error = KeyboardInterrupt()
    assert parted(error) == (None, error)


def test_a_failure_beside_it_is_told_apart() -> None:
    failed, rest = parted(BaseExceptionGroup("both", [ValueError("bug"), KeyboardInterrupt()]))
    assert repr(failed) == "ExceptionGroup('both', [ValueError('bug')])"
    assert repr(rest) == "BaseExceptionGroup('both', [KeyboardInterrupt()])"


def test_a_group_of_interruptions_has_no_failure() -> None:
    group = BaseExceptionGroup("two", [KeyboardInterrupt(), GeneratorExit()])
    failed, rest = parted(group)
    assert failed is None
    assert repr(rest) == repr(group)
