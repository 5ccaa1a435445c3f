"""Answers of the REST API."""

from __future__ import annotations

import pytest

from qqgw_trio.simulator.rest_answers import answer, error


def test_json_has_no_charset() -> None:
    assert answer({"a": 1}).headers["content-type"] == "application/json"
    assert answer({"text": "你好"}).body == '{"text":"你好"}'.encode()


@pytest.mark.parametrize(("status", "code"), [(401, 11244), (404, 404), (429, 100017), (202, 304023), (500, 10001)])
def test_a_status_has_its_usual_code(status: int, code: int) -> None:
    assert f'"code":{code}'.encode() in bytes(error(status, None, "so").body)


def test_a_code_that_is_given_wins() -> None:
    assert error(400, 40054005, "so", {"Retry-After": "2"}).body == b'{"code":40054005,"message":"so"}'
