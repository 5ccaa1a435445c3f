"""What a refusing answer says is read without trust: nothing raises, nothing secret or endless is shown."""

from __future__ import annotations

import pytest

from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.error_body import ErrorBody, clean, facts_of
from qqgw_trio.rest.http import Answer


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"code":11244,"message":"token expired"}', ErrorBody(code=11244, message="token expired")),
        (b'{"code":"11244","message":null}', ErrorBody(code=11244)),
        (b'{"err_code":40034027,"trace_id":"t"}', ErrorBody(err_code=40034027, trace_id="t")),
        (b'{"code":[],"message":7,"err_code":"x","trace_id":{}}', ErrorBody()),
        (b'{"code":"99999999999999999999"}', ErrorBody()),
        (b'{"data":{"message_audit":{"audit_id":"a"}}}', ErrorBody(audit_id="a")),
        (b'{"data":{"message_audit":[]}}', ErrorBody()),
        (b'{"data":7}', ErrorBody()),
        (b"", None),
        (b"[]", None),
        (b"<html>502</html>", None),
        (b'{"code":', None),
        (b'{"message":"\xff"}', None),
        (b'{"a":' * 50_000, None),
    ],
)
def test_whatever_comes_is_read_as_far_as_it_makes_sense(body: bytes, read: ErrorBody | None) -> None:
    assert ErrorBody.of(body) == read


def test_the_row_and_the_code_to_show_come_from_either_code() -> None:
    assert ErrorBody(code=1, err_code=40023002).row is not None
    assert ErrorBody(code=1, err_code=40023002).any_code == 1
    assert ErrorBody(err_code=40023002).any_code == 40023002
    assert ErrorBody().any_code is None
    assert ErrorBody().row is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CodeKind.TOKEN),
        (403, CodeKind.PERMISSION),
        (429, CodeKind.RATE),
        (500, CodeKind.TROUBLE),
        (504, CodeKind.TROUBLE),
        (404, CodeKind.OTHER),
        (202, CodeKind.OTHER),
    ],
)
def test_without_a_known_code_the_status_decides(status: int, kind: CodeKind) -> None:
    assert facts_of(Answer(status, {}, b'{"code":77}'), ()).kind is kind


def test_a_known_code_wins_over_the_status() -> None:
    facts = facts_of(Answer(401, {}, b'{"code":11298,"message":"ip"}'), ())
    assert facts.kind is CodeKind.ADDRESS


def test_the_sentence_holds_status_meaning_words_and_trace() -> None:
    answer = Answer(401, {"x-tps-trace-id": "t-1"}, b'{"code":11244,"message":"bad token"}')
    assert facts_of(answer, ()).sentence == "HTTP 401, the token expired or does not exist: bad token (trace t-1)"
    assert facts_of(Answer(504), ()).sentence == "HTTP 504"


def test_the_beginning_of_a_body_that_is_not_json_is_shown() -> None:
    facts = facts_of(Answer(502, {}, b"<html>\n  <h1>502 Bad Gateway</h1>" + b"x" * 9999), ())
    assert facts.words.startswith("<html> <h1>502 Bad Gateway</h1>xxx")
    assert len(facts.words) == 201
    assert facts.words.endswith("…")


def test_a_body_over_the_limit_is_said_to_be_so() -> None:
    assert facts_of(Answer(200, {}, b"x", complete=False), ()).words == "the body is larger than 4194304 bytes"


def test_secrets_are_taken_out_before_anything_is_cut() -> None:
    assert clean("x" * 195 + "s3cret-s3cret", ["s3cret-s3cret"]) == "x" * 195 + "***"
    answer = Answer(400, {"x-tps-trace-id": "s3cret"}, b'{"message":"secret s3cret is wrong"}')
    assert facts_of(answer, ["s3cret"]).sentence == "HTTP 400, secret *** is wrong (trace ***)"


def test_foreign_words_stay_on_one_line() -> None:
    assert clean("a\r\nb\x1b[31m\tc", ()) == "a b [31m c"
