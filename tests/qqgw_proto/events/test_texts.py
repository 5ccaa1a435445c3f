from __future__ import annotations

import pytest

from qqgw_proto.events.texts import clean_text, plain_text, unescape


@pytest.mark.parametrize(
    "content",
    ["/ping", " /ping", "<@!6158788878435714165> /ping", "<@6158788878435714165>/ping", " <@!1> <@!2>\n/ping \n"],
)
def test_leading_mentions_and_white_space_go(content: str) -> None:
    assert clean_text(content) == "/ping"


@pytest.mark.parametrize("content", ["tell <@!1> so", "<#1505272> here", "<emoji:4>", "< @1 >"])
def test_what_is_not_a_leading_mention_stays(content: str) -> None:
    assert clean_text(content) == content


def test_a_mention_alone_is_no_text() -> None:
    assert clean_text("<@!1>") == ""


def test_escapes_are_undone_once() -> None:
    assert unescape("1 &lt; 2 &amp;&amp; 3 &gt; 2") == "1 < 2 && 3 > 2"
    assert unescape("&amp;lt;") == "&lt;"


def test_a_documented_array_of_elements() -> None:
    elements = [
        {"type": 1, "text_info": {"text": "see "}},
        {"type": 5, "channel_info": {"channel_id": 1505272, "channel_name": "#room"}},
        {"type": 3, "url_info": {"url": "https://apple.com", "display_text": "Apple"}},
        {"type": 4, "emoji_info": {"id": 109, "type": "1"}},
    ]
    assert plain_text(elements) == "see #roomApple"


def test_an_address_without_a_name_is_told_itself() -> None:
    assert plain_text([{"type": 3, "url_info": {"url": "https://apple.com"}}]) == "https://apple.com"


def test_rich_text_as_json_in_text() -> None:
    rich = (
        '{"paragraphs":[{"elems":[{"text":{"text":"one "},"type":1},{"url":{"url":"http://x","desc":"two"},"type":4}],'
        '"props":{}},{"elems":[{"type":4,"url":{"url":"http://three"}}]},{"props":{}}]}'
    )
    assert plain_text(rich) == "one two\nhttp://three\n"


def test_elements_as_json_in_text() -> None:
    assert plain_text(' [{"text_info":{"text":"x"}}]') == "x"


def test_simple_text_is_itself() -> None:
    assert plain_text("Test") == "Test"


@pytest.mark.parametrize("text", ["{not json", "[1, 2", "[" * 20_000, '["\ud800"]'])
def test_text_that_only_looks_like_json_is_itself(text: str) -> None:
    assert plain_text(text) == text


@pytest.mark.parametrize(
    "value", [None, 5, [], {}, [None, 3, "x"], {"paragraphs": 3}, {"paragraphs": [1]}, [{"text_info": {"text": 5}}]]
)
def test_other_shapes_have_no_words_and_do_no_harm(value: object) -> None:
    assert plain_text(value).strip() == ""
