"""Levels by logger, and where the log goes while a command runs."""

from __future__ import annotations

import io
import json
import logging

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.insight.logs import log_everything, logging_to, parse_levels, shows_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("info", {"": 20}),
        ("qqgw_trio.connection=debug,qqgw_trio.bot=info", {"qqgw_trio.connection": 10, "qqgw_trio.bot": 20}),
        (" WARNING , qqgw_trio = Error ", {"": 30, "qqgw_trio": 40}),
    ],
)
def test_levels_are_named_for_all_or_for_one_logger(text: str, levels: dict[str, int]) -> None:
    assert parse_levels(text) == levels


@pytest.mark.parametrize(("text", "part"), [("loud", "loud"), ("", ""), ("info,=debug", "=debug"), ("a=b", "a=b")])
def test_what_is_no_level_is_told_with_its_part(text: str, part: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{part}' is no log level: write LEVEL or LOGGER=LEVEL"):
        parse_levels(text)


def test_a_mistyped_logger_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(
        ConfigurationError, match=r"there is no logger 'qqgw_trio\.fleeet': is qqgw_trio\.connection\.fleet meant\?"
    ):
        parse_levels("info,qqgw_trio.fleeet=DEBUG")


def test_within_the_block_the_log_goes_to_the_stream_and_afterwards_all_is_as_before() -> None:
    root, shard = logging.getLogger(), logging.getLogger("qqgw_trio.connection.shard")
    before = (root.level, shard.level, list(root.handlers))
    out = io.StringIO()
    with logging_to(out, parse_levels("qqgw_trio.connection.shard=debug")):
        shard.debug("heard")
        logging.getLogger("qqgw_trio.other").info("not heard")
        logging.getLogger("elsewhere").warning("heard too")
    shard.error("too late")
    assert [line.partition(" qqgw_trio")[2] or line.partition(" else")[2] for line in out.getvalue().splitlines()] == [
        ".connection.shard: heard",
        "where: heard too",
    ]
    assert (root.level, shard.level, list(root.handlers)) == before


def test_json_and_detail_are_choices() -> None:
    out = io.StringIO()
    with logging_to(out, {}, detail=True, as_json=True):
        logging.getLogger("x").warning("hello")
    told = json.loads(out.getvalue())
    assert (told["message"], told["file"]) == ("hello", "test_logs.py")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp936"])
def test_a_console_with_a_code_page_of_its_own_shows_escapes(encoding: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    with logging_to(out, {}):
        logging.getLogger("x").warning("机器人 🤖")
    out.flush()
    assert "🤖".encode("ascii", "backslashreplace") in raw.getvalue()
    if encoding == "cp936":
        assert "机器人".encode("cp936") in raw.getvalue()


@pytest.mark.parametrize(
    ("environ", "platform", "colour"),
    [
        ({}, "linux", True),
        ({"NO_COLOR": "1"}, "linux", False),
        ({"TERM": "dumb"}, "linux", False),
        ({}, "win32", False),
        ({"WT_SESSION": "x"}, "win32", True),
    ],
)
def test_colours_are_for_terminals_that_are_known_to_show_them(
    environ: dict[str, str], platform: str, colour: bool
) -> None:
    assert shows_colour(Terminal(), environ, platform) is colour
    assert not shows_colour(io.StringIO(), environ, platform)


def test_debug_logging_lets_every_logger_of_qqgw_be_heard() -> None:
    loggers = [logging.getLogger(name) for name in ("qqgw_trio", "qqgw_proto")]
    before = [logger.level for logger in loggers]
    try:
        log_everything()
        assert logging.getLogger("qqgw_trio.frames").isEnabledFor(logging.DEBUG)
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
