"""A handshake that fails: what is kept of a refusal, and how much of an answer is read at all."""

from __future__ import annotations

import pytest

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, Rejected, Upgraded, WireEvent
from support.wires import answer, asking

# --- refusals ------------------------------------------------------------------------------------------------------


def refusal(status: int, *more: bytes, body: bytes = b"") -> bytes:
    head = [b"HTTP/1.1 %d Reason" % status, b"Content-Length: %d" % len(body), *more]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (refusal(200, body=b"<html>"), Rejected(200, None, "<html>")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Rejected(204, None, "")),
        # "Redirects not followed with a token" (conformance 3): a 3xx is a refusal like any other.
        (refusal(302, b"Location: ws://elsewhere/"), Rejected(302, None, "")),
        (refusal(401, body=b'{"code":11243}'), Rejected(401, None, '{"code":11243}')),
        (refusal(403), Rejected(403, None, "")),
        (refusal(429, b"Retry-After: 7"), Rejected(429, 7.0, "")),
        (refusal(503, b"retry-after: 120", body=b"busy"), Rejected(503, 120.0, "busy")),
        (refusal(500, body="维护".encode()), Rejected(500, None, "维护")),
        (refusal(500, body=b"\xffx"), Rejected(500, None, "\ufffdx")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + refusal(502), Rejected(502, None, "")),
    ],
)
def test_another_final_status_is_a_refusal(data: bytes, event: Rejected) -> None:
    wire, _ = asking()
    assert wire.receive(data) == [event]
    assert wire.receive(refusal(500)) == []
    assert wire.end() == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"0", 0.0),
        (b"3600", 3600.0),
        (b"9" * 30, 1e30),
        (b"9" * 400, 1e300),  # no float holds it
        (b"Wed, 21 Oct 2015 07:28:00 GMT", None),
        (b"1.5", None),
        (b"-1", None),
        (b"+1", None),
        (b"", None),
        (b"\xb2", None),  # a superscript two
    ],
)
def test_retry_after_counts_as_whole_seconds_only(value: bytes, seconds: float | None) -> None:
    wire, _ = asking()
    assert wire.receive(refusal(429, b"Retry-After: " + value)) == [Rejected(429, seconds, "")]


def test_a_chunked_body_is_read() -> None:
    wire, _ = asking()
    head = b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert wire.receive(head + b"5\r\nhello\r\n") == []
    assert wire.receive(b"1\r\n!\r\n0\r\n\r\n") == [Rejected(500, None, "hello!")]


def test_a_body_without_an_end_is_cut_off() -> None:
    wire, _ = asking(WireConfig(max_rejection_body=10))
    assert wire.receive(b"HTTP/1.1 500 X\r\n\r\n") == []
    assert wire.receive(b"1234567") == []
    assert wire.receive(b"890abc") == [Rejected(500, None, "1234567890")]
    assert wire.receive(b"never ends") == []
    wire, _ = asking(WireConfig(max_rejection_body=3))
    assert wire.receive(b"HTTP/1.1 500 X\r\n\r\nabc") == [Rejected(500, None, "abc")]


BREAKING = {
    "more than it announced": (b"HTTP/1.0 503 X\r\nContent-Length: 4\r\n\r\nbusy, and more\r\n", "busy"),
    "no chunks": (b"HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbusy\r\nno chunk\r\n", "busy"),
    "no chunk at all": (b"HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", ""),
    "another answer behind it": (b"HTTP/1.0 503 X\r\nContent-Length: 0\r\n\r\nHTTP/1.1 101 Y\r\n\r\n", ""),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_refusal_whose_body_breaks_is_a_refusal_however_it_was_cut(name: str) -> None:
    # "Chunking is irrelevant" (I14).
    data, body = BREAKING[name]
    for size in (1, 7, len(data)):
        wire, _ = asking()
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        assert [event for piece in pieces for event in wire.receive(piece)] == [Rejected(503, None, body)], size


def test_a_refusal_whose_body_stays_away_is_reported_at_the_end() -> None:
    wire, _ = asking()
    assert wire.receive(b"HTTP/1.1 503 X\r\nRetry-After: 5\r\nContent-Length: 100\r\n\r\npart") == []
    assert wire.end() == [Rejected(503, 5.0, "part")]
    assert wire.end() == []


def test_an_end_without_a_refusal_reports_nothing() -> None:
    wire, accept = asking()
    assert wire.end() == []
    wire.receive(answer(accept))
    assert wire.end() == []


# --- limits --------------------------------------------------------------------------------------------------------


def test_a_header_that_never_ends_is_cut_off() -> None:
    wire, _ = asking()
    assert wire.receive(b"HTTP/1.1 101 X\r\nA: ") == []
    (event,) = [event for _ in range(100) for event in wire.receive(b"z" * 1000)]
    assert isinstance(event, Failed)
    assert event.code == 1002


def test_a_mebibyte_of_header_in_one_piece_is_refused() -> None:
    wire, accept = asking()
    (event,) = wire.receive(answer(accept, b"A: " + b"z" * 2**20))
    assert isinstance(event, Failed)


def test_the_verdict_on_a_long_header_does_not_depend_on_its_pieces() -> None:
    # "Chunking is irrelevant" (I14).
    def verdict(size: int) -> list[WireEvent]:
        wire, accept = asking()
        data = answer(accept, b"A: " + b"z" * 60_000)
        return [event for start in range(0, len(data), size) for event in wire.receive(data[start : start + size])]

    assert verdict(1) == verdict(1000) == verdict(2**16)
    assert [type(event) for event in verdict(1)] == [Failed]


def test_answers_of_1xx_without_end_are_cut_off() -> None:
    wire, _ = asking(WireConfig(max_handshake=4096))
    events = wire.receive(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
    assert events == [Failed(1002, "the handshake is too long")]
    assert wire.receive(b"HTTP/1.1 102 Processing\r\n\r\n") == []


def test_an_answer_of_exactly_the_limit_opens() -> None:
    wire, accept = asking(WireConfig(max_handshake=len(answer(b"x" * 28))))
    assert wire.receive(answer(accept)) == [Upgraded()]
    wire, accept = asking(WireConfig(max_handshake=len(answer(b"x" * 28)) - 1))
    assert wire.receive(answer(accept)) == [Failed(1002, "the handshake is too long")]


def test_a_refusal_that_reaches_the_limit_is_still_a_refusal() -> None:
    wire, _ = asking(WireConfig(max_handshake=60))
    assert wire.receive(b"HTTP/1.1 503 X\r\nRetry-After: 5\r\n\r\n" + b"." * 100) == [Rejected(503, 5.0, "." * 26)]
