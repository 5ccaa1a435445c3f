"""What `qqgw run` logs, and how."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Generator

import httpx2
import pytest

from support.elsewhere import Elsewhere
from support.programs import BOTS, environment, program

ECHO = f"{BOTS / 'echo.py'}:bot"


@pytest.fixture
def elsewhere() -> Generator[Elsewhere]:
    with Elsewhere() as found:
        yield found


def arguments(elsewhere: Elsewhere, *more: str) -> tuple[str, ...]:
    simulator = elsewhere.simulator
    return ("run", ECHO, "--api-url", simulator.rest_url, "--token-url", simulator.token_url, *more)


def who(elsewhere: Elsewhere) -> dict[str, str]:
    return environment(QQ_BOT_APP_ID=elsewhere.simulator.app_id, QQ_BOT_SECRET=elsewhere.simulator.secret)


async def test_levels_are_chosen_by_logger(elsewhere: Elsewhere) -> None:
    levels = "warning,qqgw_trio.connection.shard=info"
    async with program(*arguments(elsewhere, "--log-level", levels), env=who(elsewhere)) as qqgw:
        await qqgw.until(lambda: "shard 0 is ready" in qqgw.err)
        assert await qqgw.end(by=signal.SIGINT) == 0
    logged = [line for line in qqgw.err if re.match(r"\d{4}-", line)]
    assert {line.split()[3] for line in logged} == {"qqgw_trio.connection.shard:"}
    assert " shard 0/1 ready: user simulated bot " in logged[0]
    assert " shard 0/1 stopped as wanted " in logged[-1]


async def test_json_and_detail(elsewhere: Elsewhere) -> None:
    options = ("--log-level", "qqgw_trio.frames=debug", "--log-json", "--log-detail")
    async with program(*arguments(elsewhere, *options), env=who(elsewhere)) as qqgw:
        await qqgw.until(lambda: any("shard 0 is ready" in line for line in qqgw.err))
        assert await qqgw.end(by=signal.SIGINT) == 0
    told = [json.loads(line) for line in qqgw.err]
    assert {one["logger"] for one in told} == {"qqgw_trio.frames", "qqgw_trio.run"}
    [ready] = [one for one in told if one["logger"] == "qqgw_trio.run"]
    assert (ready["level"], ready["message"]) == ("INFO", "shard 0 is ready")
    [identify] = [one for one in told if one.get("op") == 2]
    assert identify["shard"] == "0/1"
    assert identify["file"] == "frame_log.py"
    assert elsewhere.simulator.secret not in "".join(qqgw.err)


async def test_the_line_that_a_bot_ends_with_is_an_error_in_json(elsewhere: Elsewhere) -> None:
    env = {**who(elsewhere), "QQ_BOT_SECRET": "wrong"}
    async with program(*arguments(elsewhere, "--log-json", "--log-level", "error"), env=env) as qqgw:
        assert await qqgw.end() == 2
    told = [json.loads(line) for line in qqgw.err]
    assert [one["level"] for one in told if one["logger"] == "qqgw_trio.run"] == ["ERROR"]


async def test_debug_logging_as_a_setting_logs_everything(elsewhere: Elsewhere) -> None:
    async with program(*arguments(elsewhere, "--set", "debug_logging=true"), env=who(elsewhere)) as qqgw:
        await qqgw.until(lambda: any("<- op 10 HELLO" in line for line in qqgw.err))
        assert await qqgw.end(by=signal.SIGINT) == 0


async def test_where_the_metrics_are_is_told_whatever_the_level(elsewhere: Elsewhere) -> None:
    async with program(*arguments(elsewhere, "--metrics-port", "0"), env=who(elsewhere)) as qqgw:
        await qqgw.until(lambda: "shard 0 is ready" in qqgw.err)
        [line] = [line for line in qqgw.err if "qqgw_trio.telemetry.metrics" in line]
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"{line.split()[-1]}/readyz")
        assert answer.status_code == 200
        assert await qqgw.end(by=signal.SIGINT) == 0


async def test_a_level_that_is_none_is_one_line(elsewhere: Elsewhere) -> None:
    async with program(*arguments(elsewhere, "--log-level", "loud"), env=who(elsewhere)) as qqgw:
        assert await qqgw.end() == 2
    [line] = qqgw.err
    assert line.startswith("'loud' is no log level: write LEVEL or LOGGER=LEVEL")
