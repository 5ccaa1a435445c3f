"""`qqgw doctor` as a command."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest
from click.testing import CliRunner, Result

from qqgw_trio.cli import main
from support.elsewhere import Elsewhere
from support.programs import BOTS


@pytest.fixture
def elsewhere() -> Generator[Elsewhere]:
    with Elsewhere() as found:
        yield found


def doctor(elsewhere: Elsewhere, *arguments: str, **environ: str) -> Result:
    simulator = elsewhere.simulator
    env = {"QQ_BOT_APP_ID": simulator.app_id, "QQ_BOT_SECRET": simulator.secret, **environ}
    where = ("--api-url", simulator.rest_url, "--token-url", simulator.token_url)
    return CliRunner().invoke(main, ["doctor", *where, *arguments], prog_name="qqgw", env=env)


def test_without_a_bot_the_options_are_examined(elsewhere: Elsewhere) -> None:
    done = doctor(elsewhere, "--lang", "en")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "nothing is wrong, 1 warning"
    assert elsewhere.simulator.secret not in done.output


def test_a_bot_is_examined_with_its_handlers(elsewhere: Elsewhere) -> None:
    done = doctor(
        elsewhere, f"{BOTS / 'echo.py'}:bot", "--lang", "en", "--gateway-url", elsewhere.simulator.gateway_url
    )
    assert done.exit_code == 0
    assert "GROUP_AND_C2C_EVENT (bit 25" in done.stdout


def test_intents_can_be_tried(elsewhere: Elsewhere) -> None:
    done = doctor(elsewhere, "--lang", "en", "--intents", "guilds, INTERACTION")
    assert done.exit_code == 0
    assert "GUILDS (bit 0" in done.stdout
    assert "INTERACTION (bit 26" in done.stdout


def test_a_misused_command_is_told_in_the_language_asked_for(elsewhere: Elsewhere) -> None:
    done = doctor(elsewhere, "--lang", "zh", "--set", "drain_seconds=soon")
    assert done.exit_code == 2
    assert done.stderr == "--set drain_seconds: 必须是 数, 而不是 'soon'\n"


def test_what_is_wrong_makes_it_end_with_1(elsewhere: Elsewhere) -> None:
    done = doctor(elsewhere, QQ_BOT_SECRET="wrong", LC_ALL="zh_CN.UTF-8")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == "发现 1 个错误, 1 个警告"


def test_json_is_for_programs(elsewhere: Elsewhere) -> None:
    done = doctor(elsewhere, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert [check["check"] for check in told["checks"]][-1] == "round_trip"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nowhere:bot",), "there is no module nowhere"),
        (("--intents", "EVERYTHING"), "no intent is named 'EVERYTHING'"),
        (("--lang", "en", "--set", "drain_seconds=soon"), "--set drain_seconds: must be a number"),
    ],
)
def test_a_misused_command_is_one_line_and_ends_with_2(
    elsewhere: Elsewhere, arguments: tuple[str, ...], line: str
) -> None:
    done = doctor(elsewhere, *arguments)
    assert done.exit_code == 2
    [told] = done.stderr.splitlines()
    assert told.startswith(line)
