"""A record as a line for a person, and as JSON."""

from __future__ import annotations

import json
import logging
import re

import pytest

from qqgw_trio.insight.log_format import JsonFormatter, TextFormatter, escaped


def record_of(message: str, level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord("qqgw_trio.connection.shard", level, "/src/story.py", 17, message, None, None)
    record.__dict__.update(fields)
    return record


def failed_record() -> logging.LogRecord:
    with pytest.raises(ValueError, match="a bug") as caught:
        int("a bug")
    info = (caught.type, caught.value, caught.tb)
    return logging.LogRecord("qqgw_trio.bot", logging.ERROR, "x.py", 1, "failed", None, info)


TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"


def test_a_line_has_time_level_logger_message_and_untold_fields() -> None:
    record = record_of("shard 0/1 resumed session S", shard="0/1", session="S", seq=7)
    line = TextFormatter().format(record)
    assert re.fullmatch(TIME + r" INFO    qqgw_trio\.connection\.shard: shard 0/1 resumed session S \(seq=7\)", line)


def test_without_fields_there_are_no_brackets() -> None:
    assert TextFormatter().format(record_of("hello")).endswith(" qqgw_trio.connection.shard: hello")


def test_detail_adds_thread_file_and_line() -> None:
    line = TextFormatter(detail=True).format(record_of("hello"))
    assert "qqgw_trio.connection.shard [MainThread story.py:17]: hello" in line


@pytest.mark.parametrize(
    ("level", "begin"), [(logging.DEBUG, "\x1b[2m"), (logging.WARNING, "\x1b[33m"), (logging.ERROR, "\x1b[31m")]
)
def test_a_terminal_is_shown_colours(level: int, begin: str) -> None:
    line = TextFormatter(colour=True).format(record_of("hello", level))
    assert line.startswith(begin)
    assert line.endswith("\x1b[0m")
    assert "\x1b" not in TextFormatter().format(record_of("hello", level))
    assert "\x1b" not in TextFormatter(colour=True).format(record_of("hello"))


def test_nobody_forges_a_line_or_colours_a_terminal() -> None:
    line = TextFormatter().format(record_of("name \x1b[31m\n2026 ERROR forged\u2028", session="a\nb"))
    assert "\n" not in line
    assert r"name \x1b[31m\n2026 ERROR forged\u2028" in line
    assert r"(session=a\nb)" in line


def test_what_is_no_control_character_stays() -> None:
    assert escaped("机器人\u3000你好 ✓") == "机器人\u3000你好 ✓"
    assert escaped("\ud800\x00") == r"\ud800\x00"


def test_a_traceback_stands_below_its_line() -> None:
    first, *rest = TextFormatter().format(failed_record()).splitlines()
    assert first.endswith(" qqgw_trio.bot: failed")
    assert rest[0] == "Traceback (most recent call last):"
    assert rest[-1] == "ValueError: invalid literal for int() with base 10: 'a bug'"


def test_json_has_everything_by_name_on_one_line_of_ascii() -> None:
    line = JsonFormatter(detail=True).format(record_of("你好\n", shard="0/1", code=4009))
    assert line.isascii()
    assert "\n" not in line
    told = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told.pop("time"))
    assert told == {
        "level": "INFO",
        "logger": "qqgw_trio.connection.shard",
        "message": "你好\n",
        "shard": "0/1",
        "code": 4009,
        "thread": "MainThread",
        "file": "story.py",
        "line": 17,
    }


def test_json_without_detail_and_with_a_traceback() -> None:
    told = json.loads(JsonFormatter().format(failed_record()))
    assert "thread" not in told
    assert told["traceback"].endswith("ValueError: invalid literal for int() with base 10: 'a bug'")
