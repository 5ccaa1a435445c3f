"""What is wrong with a command line or a setting is one line: plain, or JSON where the log is JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from qqgw_trio.cli import main

MISTAKES = [
    (("--set", "drain_seconds=soon"), "--set drain_seconds: must be a number, not 'soon'"),
    (("--shards", "0"), "--shards: "),
    (("--config", "missing.toml"), "the configuration file missing.toml cannot be read: "),
    (("--log-level", "loud"), "'loud' is no log level: "),
    (("--log-level", "qqgw_trio.hook=debug"), "there is no logger 'qqgw_trio.hook': is qqgw_trio.handler.hooks meant?"),
    (("--set", "drain_seconds"), "Invalid value for '--set': 'drain_seconds' is not NAME=VALUE. See qqgw run --help"),
    (("--metrics-port", "many"), "Invalid value for '--metrics-port': "),
    (("--metrics-prot", "1"), "No such option"),
    (("--config",), "Option '--config' requires an argument."),
]
"""What is given besides a bot that is there, and how the line about it begins."""


@pytest.fixture(autouse=True)
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "well.py").write_text("from qqgw_trio import Bot\nbot = Bot()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "well", raising=False)


def lines(*arguments: str) -> list[str]:
    done = CliRunner().invoke(main, arguments, prog_name="qqgw")
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr.splitlines()


@pytest.mark.parametrize(("wrong", "beginning"), MISTAKES)
def test_a_mistake_is_one_plain_line(wrong: tuple[str, ...], beginning: str) -> None:
    [line] = lines("run", "well:bot", *wrong)
    assert line.startswith(beginning)


@pytest.mark.parametrize(("wrong", "beginning"), MISTAKES)
def test_with_log_json_it_is_one_line_of_json(wrong: tuple[str, ...], beginning: str) -> None:
    [line] = lines("run", "well:bot", "--log-json", *wrong)
    told = json.loads(line)
    assert told["message"].startswith(beginning)
    assert (told["level"], told["logger"]) == ("ERROR", "qqgw_trio.run")
    assert set(told) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "Missing argument 'MODULE:BOT'"), (("elsewhere:bot",), "there is no module elsewhere")],
)
def test_a_bot_that_is_not_there_is_json_too(arguments: tuple[str, ...], words: str) -> None:
    [line] = lines("run", "--log-json", *arguments)
    assert json.loads(line)["message"].startswith(words)


def test_details_are_told_where_they_are_asked_for() -> None:
    [line] = lines("run", "well:bot", "--log-json", "--log-detail", "--shards", "0")
    assert json.loads(line)["file"] == "one_line.py"
