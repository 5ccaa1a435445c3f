"""What the calls of a context can raise: each says what to do, and no retry could help."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import GatewayError
from qqgw_trio.handler import handler_errors
from qqgw_trio.handler.handler_errors import NoAnswer, NotRetried

NO_KINDS = {"POINTLESS", "NotRetried", "NoAnswer"}
KINDS = [getattr(handler_errors, name) for name in handler_errors.__all__ if name not in NO_KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_a_remedy_and_is_not_retried(kind: type[GatewayError]) -> None:
    error = kind("what happened")
    assert isinstance(error, NotRetried)
    assert str(error) == f"what happened: {kind.default_remedy}"
    assert kind.default_remedy


def test_no_answer_says_what_and_how_long() -> None:
    error = NoAnswer("answer", 60.0)
    assert isinstance(error, TimeoutError)
    assert isinstance(error, NotRetried)
    assert str(error) == "no answer came within 60 s: catch it to say something, or wait longer"
    assert error.seconds == 60.0
