"""What a REST call is made of; what cannot be sent is told before any request."""

from __future__ import annotations

from typing import Any, cast

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.call_parts import checked_id, checked_method, encoded, path_of, with_query

HALF = "\ud83d"  # of an emoji


def test_ids_are_quoted() -> None:
    assert path_of("/guilds/{}/members/{}", "9", "a/b?c#d é") == "/guilds/9/members/a%2Fb%3Fc%23d%20%C3%A9"
    assert checked_id("9") == "9"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (123, "an id is text, not 123: give the id as the event had it"),
        (None, "an id is text, not None: give the id as the event had it"),
        (b"1", "an id is text, not b'1': give the id as the event had it"),
        ("", "'' is no id: give the id as the event had it"),
        ("..", "'..' is no id: give the id as the event had it"),
        (HALF, "'\\ud83d' is no id: give the id as the event had it"),
    ],
)
def test_what_is_no_id_is_refused(wrong: Any, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        path_of("/guilds/{}", wrong)
    assert str(caught.value) == words


def test_a_method_is_a_word() -> None:
    assert checked_method("patch") == "PATCH"
    for wrong in (5, None, "", "GET\r\n", "GÉT"):
        with pytest.raises(ConfigurationError, match="is no method of HTTP"):
            checked_method(cast("Any", wrong))


@pytest.mark.parametrize(
    ("path", "params", "whole"),
    [
        ("/x", None, "/x"),
        ("/x", {}, "/x"),
        ("/x", {"after": "0", "limit": 5}, "/x?after=0&limit=5"),
        ("/x?limit=5", {"after": "0"}, "/x?limit=5&after=0"),
        ("/x", {"hidetip": True, "all": False, "q": "a b&c"}, "/x?hidetip=true&all=false&q=a+b%26c"),
    ],
)
def test_parameters_stand_behind_those_of_the_path(path: str, params: dict[str, str | int] | None, whole: str) -> None:
    assert with_query(path, params) == whole


@pytest.mark.parametrize(
    ("path", "params", "words"),
    [
        (5, None, "a path is text, not 5"),
        ("/x", [("a", "b")], r"params are a mapping, not \[\('a', 'b'\)\]"),
        ("/x", {"a": None}, "a parameter is text or a number, not None"),
        ("/x", {"a": HALF}, "a parameter is text or a number, not '.ud83d'"),
        ("/x", {b"a": "b"}, "a parameter is text or a number, not b'a'"),
    ],
)
def test_what_is_no_query_is_refused(path: Any, params: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        with_query(path, params)


def test_a_body_is_json() -> None:
    assert encoded({"content": "é", "list": [1, True, None]}) == '{"content":"é","list":[1,true,null]}'.encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (object(), "objects of type object is unsupported"),
        ({"x": object()}, "objects of type object is unsupported"),
        ({(1, 2): "x"}, "dicts with str-like"),
        (HALF, "surrogates not allowed"),
    ],
    ids=["object", "inside", "key", "half"],
)
def test_what_json_has_no_form_for_is_refused(body: object, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the body cannot be written as JSON: .*{words}.*: give texts"):
        encoded(body)


def test_a_body_that_holds_itself_is_refused() -> None:
    body: list[object] = []
    body.append(body)
    with pytest.raises(ConfigurationError, match="the body cannot be written as JSON"):
        encoded(body)
