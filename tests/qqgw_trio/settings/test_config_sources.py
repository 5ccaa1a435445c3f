"""Where settings come from, and who wins."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import pytest

from qqgw_proto.config import HeartbeatConfig, ReconnectConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_trio import Bot, Credentials
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.handler.handler_errors import ReplyQuotaSpent, ReplyWindowClosed
from qqgw_trio.settings.config_sources import gathered, read_assignments, read_environment, read_file
from qqgw_trio.settings.gateway_config import GatewayConfig

FILE = """
drain_seconds = 1
session_file = "sessions.json"
reconnect_attempts = 7

[reconnect]
max_delay = 100.0
initial_delay = 11

[heartbeat]
timeout = "none"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(FILE)
    return path


# --- who wins


def test_without_anything_there_are_the_defaults() -> None:
    assert gathered(GatewayConfig(), environ={}) == GatewayConfig()


def test_a_file_sets_what_it_names_and_nothing_else(file: Path) -> None:
    assert gathered(GatewayConfig(), file=file, environ={}) == GatewayConfig(
        drain_seconds=1.0,
        session_file=file.parent / "sessions.json",
        reconnect=ReconnectConfig(max_attempts=7, max_delay=100.0, initial_delay=11.0),
        heartbeat=HeartbeatConfig(timeout=None),
    )


def test_the_later_wins_one_by_one(file: Path) -> None:
    """Defaults < file < environment < Python < command line."""
    environ = {"QQGW_DRAIN_SECONDS": "2", "QQGW_RECONNECT__MAX_DELAY": "200", "QQGW_CONFIG": str(file)}
    python = GatewayConfig(drain_seconds=3.0, stop_code=4003)
    command_line = [("--set drain_seconds", "drain_seconds", "4")]
    steps = [
        GatewayConfig(),
        gathered(GatewayConfig(), file=file, environ={}),
        gathered(GatewayConfig(), environ=environ),
        gathered(python, environ=environ),
        gathered(python, environ=environ, command_line=command_line),
    ]
    assert [step.drain_seconds for step in steps] == [10.0, 1.0, 2.0, 3.0, 4.0]
    assert [step.reconnect.max_delay for step in steps] == [30.0, 100.0, 200.0, 200.0, 200.0]
    assert [step.reconnect_attempts for step in steps] == [5, 7, 7, 7, 7]
    assert [step.stop_code for step in steps] == [4000, 4000, 4000, 4003, 4003]


def test_a_default_that_is_written_in_python_wins_as_well(file: Path) -> None:
    own = GatewayConfig(drain_seconds=10.0, heartbeat_timeout=60.0)
    found = gathered(own, file=file, environ={})
    assert (found.drain_seconds, found.heartbeat_timeout) == (10.0, 60.0)


def test_a_section_written_in_python_hides_the_whole_section_but_not_the_command_line(file: Path) -> None:
    own = GatewayConfig(reconnect=ReconnectConfig(healthy_after=3.0))
    command_line = [("--set", "reconnect.max_delay", "50")]
    found = gathered(own, file=file, environ={}, command_line=command_line)
    assert found.reconnect == ReconnectConfig(healthy_after=3.0, max_delay=50.0)
    assert found.heartbeat == HeartbeatConfig(timeout=None)


def test_what_is_gathered_can_be_gathered_again(file: Path, tmp_path: Path) -> None:
    """As `qqgw run --config` does with a bot whose environment names another file."""
    other = tmp_path / "other.toml"
    other.write_text("stop_code = 4500\n")
    once = gathered(GatewayConfig(sandbox=True), file=file, environ={})
    twice = gathered(once, file=other, environ={})
    assert twice == GatewayConfig(sandbox=True, stop_code=4500)


def test_a_file_named_by_the_caller_stands_for_the_one_in_the_environment(file: Path) -> None:
    environ = {"QQGW_CONFIG": "/missing.toml"}
    assert gathered(GatewayConfig(), file=file, environ=environ).drain_seconds == 1.0
    with pytest.raises(ConfigurationError, match=r"the configuration file /missing\.toml cannot be read: No such file"):
        gathered(GatewayConfig(), environ=environ)


def test_a_bot_gathers_its_settings_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QQGW_CONFIG", str(file))
    monkeypatch.setenv("QQGW_SHARDS", "3")
    bot = Bot(Credentials("1", "secret"), sandbox=True, settings=GatewayConfig(stop_code=None))
    assert bot.settings.drain_seconds == 1.0
    assert bot.settings.shards == ShardPlan(3)
    assert bot.sandbox is True
    assert bot.settings.stop_code is None
    assert Bot(Credentials("1", "secret"), shards="auto").settings.shards.is_automatic


def test_limits_of_replies_that_are_gathered_for_a_bot_hold_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `qqgw run` does for a bot that it has imported, and that had gathered nothing by itself."""
    bot = Bot(Credentials("1", "secret"))
    monkeypatch.setenv("QQGW_REPLIES__GROUP_REPLIES", "1")
    bot.settings = gathered(bot.settings, command_line=[("--set", "replies.group_window", "5")])
    bot.reply_numbers.count("M", "group")
    with pytest.raises(ReplyQuotaSpent):
        bot.reply_numbers.count("M", "group")
    with pytest.raises(ReplyWindowClosed):
        bot.reply_numbers.check_window("group", 6.0)


# --- what is wrong, and where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drain = 1", "bot.toml: drain: there is no such setting"),
        ("[reconnect]\nmax_dely = 1", "bot.toml: reconnect.max_dely: there is no such setting: is reconnect.max_delay"),
        ("[reconect]\nmax_delay = 1", "bot.toml: reconect.max_delay: there is no such setting"),
        (
            "reconnect = 1",
            "bot.toml: reconnect: it is a section, not a setting: set its parts, such as reconnect.max_attempts",
        ),
        ('tls = "x"', "bot.toml: tls: it is a section, not a setting: set its parts, such as tls.ca_file"),
        ('secret = "hidden"', "bot.toml: secret: there is no such setting: set QQ_BOT_SECRET in the environment"),
        ("app_id = 1", "bot.toml: app_id: there is no such setting: set QQ_BOT_APP_ID in the environment"),
        ("[bot]\nappid = 1", "bot.toml: bot.appid: there is no such setting: set QQ_BOT_APP_ID in the environment"),
        ("drain_seconds = -1", "bot.toml: drain_seconds: must be a number of seconds from 0, not -1"),
        ('shards = "many"', "bot.toml: shards: 'many' names none"),
        (
            "[heartbeat]\ntimeout = 0",
            "bot.toml: heartbeat.timeout: HeartbeatConfig.timeout must be None or a number above 0",
        ),
        ('heartbeat_timeout = "long"', "bot.toml: heartbeat_timeout: must be a number"),
        ('session_file = "~no-such-user/x"', "bot.toml: session_file: '~no-such-user/x' begins with a home folder"),
        (f"drain_seconds = {'1' * 400}", "bot.toml: drain_seconds: must be a number, not 1111"),
        ("drain_seconds = ", "bot.toml is no TOML: "),
        ("drain_seconds = 1\ndrain_seconds = 2", "bot.toml is no TOML: "),
        (
            "heartbeat_timeout = 1\n[heartbeat]\ntimeout = 2",
            "bot.toml: heartbeat_timeout, 2.0 by ",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_file(path)
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_values_that_do_not_go_together_are_told_with_the_places_of_both(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text("[reconnect]\ninitial_delay = 60\nmax_resumes = 2\n")
    environ = {"QQGW_RECONNECT__MAX_DELAY": "50"}
    words = (
        rf"^{re.escape(str(path))}: reconnect\.initial_delay, the environment variable QQGW_RECONNECT__MAX_DELAY: "
        r"ReconnectConfig\.initial_delay must be at most max_delay \(50\.0\), not 60\.0"
    )
    with pytest.raises(ConfigurationError, match=words):
        gathered(GatewayConfig(), file=path, environ=environ)
    own = GatewayConfig(reconnect=ReconnectConfig(initial_delay=20.0))
    with pytest.raises(ConfigurationError, match=r"^Python: reconnect, --set: ReconnectConfig\.initial_delay must be"):
        gathered(own, environ={}, command_line=[("--set", "reconnect.max_delay", "10")])


def test_one_value_under_two_names_is_fine_where_they_agree(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text("heartbeat_timeout = 2\n[heartbeat]\ntimeout = 2.0")
    assert read_file(path) == {("heartbeat", "timeout"): 2.0}


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"bot\.toml is no TOML: .*utf-8"):
        read_file(path)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("QQGW_DRAIN", "1", "the environment variable QQGW_DRAIN: there is no such setting"),
        ("QQGW_DRAIN_SECONDS", "soon", "the environment variable QQGW_DRAIN_SECONDS: must be a number, not 'soon'"),
        ("QQGW_SHARDS", "5/4", "the environment variable QQGW_SHARDS: ids must be from 0 to 3"),
        ("QQGW_RECONNECT", "5", "the environment variable QQGW_RECONNECT: it is a section, not a setting: set its"),
        ("QQGW_SECRET", "hidden", "the environment variable QQGW_SECRET: there is no such setting: set QQ_BOT_SECRET"),
        ("QQGW_PROXY", "socks5://hidden@a", "the environment variable QQGW_PROXY: the proxy that the setting proxy"),
    ],
)
def test_what_is_wrong_in_the_environment_is_told_with_its_variable(variable: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_environment({variable: value})
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_other_variables_and_empty_ones_are_no_settings() -> None:
    variables = {"PATH": "/bin", "QQ_BOT_SECRET": "secret", "QQGW_SHARDS": "", "QQGW_CONFIG": "a.toml"}
    assert read_environment(variables) == {}


@pytest.mark.parametrize("count", [0, -1, 1_000_000])
def test_a_count_that_is_none_is_told_in_the_same_words_wherever_it_is_written(tmp_path: Path, count: int) -> None:
    file = tmp_path / "bot.toml"
    file.write_text(f"shards = {count}")
    for place, read in (
        (f"{file}: shards", lambda: read_file(file)),
        ("the environment variable QQGW_SHARDS", lambda: read_environment({"QQGW_SHARDS": f"{count}"})),
        ("--shards", lambda: read_assignments([("--shards", "shards", f"{count}")])),
        ("shards", lambda: GatewayConfig(shards=count)),
        ("shards", lambda: GatewayConfig(shards=f"{count}")),
    ):
        with pytest.raises(ConfigurationError) as caught:
            read()
        assert caught.value.message == f"{place}: the count must be from 1 to 100000"
        assert caught.value.remedy == 'write "auto", a count like 16, or ids and count like "0-3/16"'


def test_what_is_wrong_on_the_command_line_is_told_with_its_option() -> None:
    with pytest.raises(ConfigurationError, match=r"^--shards: 'many' names none"):
        read_assignments([("--shards", "shards", "many")])


@pytest.mark.parametrize(
    ("name", "first", "second", "words"),
    [
        ("shards", "2", "3", "shards is given twice: 2 by --set shards, 3 by --shards: give it once"),
        (
            "api_url",
            "http://a",
            "http://b",
            "api_url is given twice: 'http://a' by --set api_url, 'http://b' by --api-url",
        ),
        ("proxy", "http://hidden", "direct", "proxy is given twice: one value by --set proxy, another by --proxy"),
    ],
)
def test_two_values_for_one_setting_are_told_with_both_places(name: str, first: str, second: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_assignments([(f"--set {name}", name, first), (f"--{name.replace('_', '-')}", name, second)])
    assert str(caught.value).startswith(words)
    assert "hidden" not in str(caught.value)


def test_a_profile_that_refuses_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text('profile = "production"\n')
    settings = gathered(GatewayConfig(), file=path, environ={})
    words = f"{path}: profile: production needs a session file"
    for refused in (settings, settings.replace(shards=2)):
        with pytest.raises(ConfigurationError, match=f"^{re.escape(words)}"):
            refused.check()
    with pytest.raises(ConfigurationError, match=f"^{re.escape(str(path))}: profile: production refuses to log frames"):
        settings.replace(session_file="sessions.json", debug_logging=True).check()
    in_python = gathered(GatewayConfig.production(), file=path, environ={})
    for refused in (in_python, settings.replace(profile="production")):
        with pytest.raises(ConfigurationError, match=r"^production needs a session file"):
            refused.check()


def test_parts_of_a_context_given_in_python_cannot_be_set_elsewhere() -> None:
    own = GatewayConfig(tls=ssl.create_default_context())
    with pytest.raises(ConfigurationError, match=r"^tls is an SSLContext given in Python: set its parts there"):
        gathered(own, environ={}, command_line=[("--set", "tls.verify", "false")])
