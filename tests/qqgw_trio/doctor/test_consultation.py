"""From the first look to the last word, on stdout."""

from __future__ import annotations

import json

import pytest

from qqgw_trio import Bot, GatewayConfig
from qqgw_trio.doctor.consultation import consult
from support.elsewhere import Elsewhere


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch) -> Bot:
    for name in ("QQ_BOT_APP_ID", "QQ_BOT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return Bot(settings=GatewayConfig(proxy="direct"))


def test_each_finding_is_a_line_and_the_last_one_the_verdict(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    assert not consult(bot, "zh")
    first, remedy, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("[错误] 配置: 未通过: QQ_BOT_APP_ID and QQ_BOT_SECRET not set")
    assert remedy.startswith("    处理办法: ")
    assert last == "发现 1 个错误"


def test_as_json_it_is_one_line(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    assert not consult(bot, "en", as_json=True)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["ok"] is False


def test_a_bot_that_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    with Elsewhere() as elsewhere:
        bot = Bot(elsewhere.credentials, settings=elsewhere.settings)
        assert consult(bot, "en")
    assert capsys.readouterr().out.splitlines()[-1] == "all is well"
