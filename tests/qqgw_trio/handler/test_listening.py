"""Listeners hear of things and can stop none of them."""

from __future__ import annotations

import logging

import pytest

from qqgw_trio.handler.listening import tell_listener


def test_a_listener_is_called() -> None:
    heard: list[tuple[int, str]] = []

    def hear(number: int, text: str) -> None:
        heard.append((number, text))

    tell_listener(hear, 1, text="two")
    assert heard == [(1, "two")]


@pytest.mark.parametrize("error", [ValueError("a mistake of its author's"), SystemExit(3)], ids=repr)
def test_one_that_raises_is_an_error_with_its_traceback(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    def stumble(_number: int) -> None:
        raise error

    tell_listener(stumble, 1)
    [record] = caplog.records
    assert (record.name, record.levelno) == ("qqgw_trio.handler.listening", logging.ERROR)
    assert "stumble (" in record.getMessage()
    assert "test_listening.py:" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_ctrl_c_goes_through() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_listener(interrupt)
