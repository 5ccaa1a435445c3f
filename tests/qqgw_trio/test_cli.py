"""The `qqgw` command as it is meant to be used. How it is misused is in `test_bad_input`."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner

from qqgw_trio.cli import main
from support.elsewhere import Elsewhere
from support.programs import BOTS, environment, program

ECHO = f"{BOTS / 'echo.py'}:bot"
SLOW = f"{BOTS / 'slow.py'}:bot"
THOROUGH = f"{BOTS / 'thorough.py'}:bot"


@pytest.fixture
def elsewhere() -> Generator[Elsewhere]:
    with Elsewhere() as found:
        yield found


def who(elsewhere: Elsewhere) -> dict[str, str]:
    simulator = elsewhere.simulator
    return environment(QQ_BOT_APP_ID=simulator.app_id, QQ_BOT_SECRET=simulator.secret)


def where(elsewhere: Elsewhere) -> tuple[str, ...]:
    return ("--api-url", elsewhere.simulator.rest_url, "--token-url", elsewhere.simulator.token_url)


async def say(elsewhere: Elsewhere, kind: str, text: str) -> None:
    await trio.to_thread.run_sync(elsewhere.call, lambda: elsewhere.simulator.say(kind, "visitor", text))


# --- help


def test_its_version_is_told_of_an_installed_package_and_of_a_source_tree_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for known in ("1.2.3", "?"):
        monkeypatch.setattr("qqgw_trio.cli.version_of", {"qqgw": known}.__getitem__)
        done = CliRunner().invoke(main, ["--version"], prog_name="qqgw")
        assert (done.exit_code, done.output) == (0, f"qqgw, version {known}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ("demo", "doctor", "journal", "run", "simulate")),
        (["-h"], ("demo", "run", "simulate")),
        (["demo", "--help"], ("--events", "--seed", "--json")),
        (
            ["run", "--help"],
            ("--api-url", "--token-url", "--gateway-url", "--sandbox", "--session-file", "--fail-fast"),
        ),
        (["simulate", "--help"], ("--host", "--port", "--rest-port", "--rate", "--events", "--seed", "--say")),
    ],
)
def test_help_names_what_there_is(arguments: list[str], words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, arguments, prog_name="qqgw")
    assert done.exit_code == 0
    assert [word for word in words if word not in done.stdout] == []
    assert done.stderr == ""


def test_without_a_command_there_is_help() -> None:
    done = CliRunner().invoke(main, [], prog_name="qqgw")
    assert "Usage: qqgw" in done.stderr
    assert done.exit_code == 2


# --- demo


def test_the_demo_is_clean_and_its_last_line_is_for_programs() -> None:
    done = CliRunner().invoke(main, ["demo", "--json", "--events", "60", "--seed", "11"], prog_name="qqgw")
    assert done.exit_code == 0
    [line] = done.stdout.splitlines()
    told = json.loads(line)
    assert (told["sent"], told["handled"], told["lost"], told["duplicated"]) == (60, 60, 0, 0)
    assert (told["resumes"], told["identifies"], told["gaps"], told["types"]) == (2, 1, 0, 59)
    assert {"replies", "latency_p50_ms", "latency_p99_ms", "events_per_second"} <= told.keys()


# --- run


async def test_a_bot_file_runs_at_any_gateway_until_ctrl_c(elsewhere: Elsewhere, tmp_path: Path) -> None:
    arguments = ("run", ECHO, *where(elsewhere), "--session-file", str(tmp_path / "sessions"))
    for number in (signal.SIGINT, signal.SIGTERM):
        async with program(*arguments, env=who(elsewhere), cwd=tmp_path) as qqgw:
            await say(elsewhere, "group", f"hello {number}")
            await qqgw.until(lambda: bool(qqgw.err))
            await elsewhere.until_said("group", f"echo: hello {number}")
            assert await qqgw.end(by=number) == 0
        assert qqgw.out == []
        # The handler may still wait for REST to say that the reply was taken.
        assert [line for line in qqgw.err if not line.startswith("stopping: 1 event ")] == ["shard 0 is ready"]
    # The second process has resumed the session of the first.
    assert elsewhere.simulator.ledger.granted_identifies == 1
    assert elsewhere.simulator.ledger.granted_resumes == 1


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
async def test_a_signal_lets_handlers_finish(elsewhere: Elsewhere, number: str) -> None:
    await say(elsewhere, "group", number)
    async with program("run", THOROUGH, *where(elsewhere), env=who(elsewhere)) as qqgw:
        assert await qqgw.end() == 0
    assert elsewhere.said == [("group", "begun"), ("group", "done")]
    assert [connection.code for connection in elsewhere.simulator.ledger.connections] == [4000]


async def test_a_fixed_gateway_and_the_sandbox_are_options(elsewhere: Elsewhere) -> None:
    arguments = ("run", ECHO, *where(elsewhere), "--gateway-url", elsewhere.simulator.gateway_url, "--sandbox")
    async with program(*arguments, env=who(elsewhere)) as qqgw:
        await qqgw.until(lambda: qqgw.err == ["shard 0 is ready"])
        assert await qqgw.end(by=signal.SIGINT) == 0


async def test_a_stop_that_waits_says_so_and_a_second_one_does_not_wait(elsewhere: Elsewhere, tmp_path: Path) -> None:
    arguments = ("run", SLOW, *where(elsewhere), "--session-file", "sessions", "--set", "drain_seconds=600")
    async with program(*arguments, env=who(elsewhere), cwd=tmp_path) as qqgw:
        await say(elsewhere, "group", "what is 6 times 9?")
        await elsewhere.until_said("group", "let me think")
        qqgw.send(signal.SIGINT)
        await qqgw.until(lambda: len(qqgw.err) == 2)
        assert await qqgw.end(by=signal.SIGINT) == 0
    assert qqgw.err[1] == "stopping: 1 event still to be handled, for 600 s at most; Ctrl-C again stops at once"
    assert qqgw.out == []
    # What was not finished is asked for again by the next process.
    saved = json.loads((tmp_path / "sessions").read_text())["sessions"]
    assert [session["seq"] for session in saved] == [1]


async def test_shards_are_an_option_and_each_loss_and_return_is_a_line(elsewhere: Elsewhere) -> None:
    async with program("run", ECHO, *where(elsewhere), "--shards", "1/4", env=who(elsewhere)) as qqgw:
        await qqgw.until(lambda: qqgw.err == ["shard 1 is ready"])
        await trio.to_thread.run_sync(elsewhere.call, elsewhere.simulator.drop)
        await qqgw.until(lambda: len(qqgw.err) == 3)
        assert await qqgw.end(by=signal.SIGINT) == 0
    assert re.fullmatch(r"shard 1 lost its connection \(.*\), dialing again in \d+ s", qqgw.err[1])
    assert qqgw.err[2:] == ["shard 1 has resumed"]
    assert [seen.shard for seen in elsewhere.simulator.ledger.identifies] == [(1, 4)]


async def test_settings_come_from_a_file_the_environment_and_the_command_line(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """Each of three has the address of something, and a number of shards; the later wins."""
    simulator = elsewhere.simulator
    (tmp_path / "bot.toml").write_text(f'api_url = "{simulator.rest_url}"\nshards = "0/1"\nstop_code = 4500\n')
    env = {**who(elsewhere), "QQGW_TOKEN_URL": simulator.token_url, "QQGW_SHARDS": "1/2", "QQGW_STOP_CODE": "4501"}
    arguments = ("run", ECHO, "--config", "bot.toml", "--set", "shards=2/3")
    async with program(*arguments, env=env, cwd=tmp_path) as qqgw:
        await qqgw.until(lambda: qqgw.err == ["shard 2 is ready"])
        assert await qqgw.end(by=signal.SIGINT) == 0
    assert [connection.code for connection in simulator.ledger.connections] == [4501]


async def test_the_readme_s_two_terminals(tmp_path: Path) -> None:
    (tmp_path / "mybot.py").write_text((BOTS / "echo.py").read_text())
    async with program("simulate", "--say", "group:/ping", env=environment()) as platform:
        await platform.until(lambda: bool(platform.out))
        first = json.loads(platform.out[0])
        env = environment(QQ_BOT_APP_ID=first["app_id"], QQ_BOT_SECRET=first["secret"])
        arguments = ("run", "mybot:bot", "--api-url", first["rest"], "--token-url", first["token_url"])
        async with program(*arguments, env=env, cwd=tmp_path) as bot:
            await platform.until(lambda: len(platform.out) == 3)
            assert await bot.end(by=signal.SIGINT) == 0
        assert await platform.end(by=signal.SIGINT) == 0
    assert platform.out[1] == "[group] visitor: /ping"
    assert platform.out[2].startswith("[group] bot -> ")
    assert platform.out[2].endswith(": echo: /ping")
