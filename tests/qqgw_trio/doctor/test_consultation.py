"""From the first look to the last word, on stdout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.consultation import consult
from support.elsewhere import Elsewhere


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch) -> Bot:
    for name in ("QQ_BOT_APP_ID", "QQ_BOT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return Bot(settings=GatewayConfig(proxy="direct"))


ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,}|[a-z]{2,} [A-Za-z]{3,}")


def test_in_chinese_all_is_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names stand alone between Chinese; what the platform calls things and says in its own words stays."""
    (tmp_path / "sessions.json").write_text("{oops")
    with Elsewhere() as elsewhere:
        settings = elsewhere.settings.replace(session_file=tmp_path / "sessions.json")
        consult(Bot(elsewhere.credentials, Intents.all(), settings=settings), "zh")
        consult(Bot(Credentials("1", "wrong"), settings=settings.replace(private=False)), "zh")
        consult(Bot(elsewhere.credentials, settings=settings.replace(gateway_url="ws://127.0.0.1:1/")), "zh")
        consult(Bot(elsewhere.credentials, settings=settings.replace(proxy="127.0.0.1:1")), "zh")
    lines = capsys.readouterr().out.replace("simulated bot", "").replace("invalid appid", "").splitlines()
    assert len(lines) > 50
    assert [line for line in lines if ENGLISH.search(line)] == []


def test_each_finding_is_a_line_and_the_last_one_the_verdict(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    assert not consult(bot, "zh")
    first, remedy, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("[错误] 配置: 未通过: 环境变量 QQ_BOT_APP_ID 和 QQ_BOT_SECRET 未设置")
    assert remedy.startswith("    处理办法: 请设置 QQ_BOT_APP_ID 和 QQ_BOT_SECRET; ")
    assert last == "发现 1 个错误"


def test_as_json_it_is_one_line(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    assert not consult(bot, "en", as_json=True)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["ok"] is False


def test_a_bot_that_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Elsewhere() as elsewhere:
        settings = elsewhere.settings.replace(session_file=tmp_path / "sessions.json")
        assert consult(Bot(elsewhere.credentials, settings=settings), "en")
    assert capsys.readouterr().out.splitlines()[-1] == "all is well"


def test_a_bot_that_is_warned_is_not_told_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    with Elsewhere() as elsewhere:
        assert consult(Bot(elsewhere.credentials, settings=elsewhere.settings), "en")
    assert capsys.readouterr().out.splitlines()[-1] == "nothing is wrong, 1 warning"  # there is no session file
