"""What can be seen on this machine alone; together with the others in `test_checks`."""

from __future__ import annotations

from pathlib import Path

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import GroupAtMessageCreate, Intents
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.doctor.local_checks import configuration, environment, intents
from qqgw_trio.doctor.patient import Patient

WHO = Credentials("1020", "secret")


async def test_a_configuration_is_told_with_the_app_id_and_without_the_secret(tmp_path: Path) -> None:
    settings = GatewayConfig(session_file=tmp_path / "sessions.json", sandbox=True)
    finding = await configuration(Patient(Bot(WHO, settings=settings)))
    assert finding.verdict is Verdict.RIGHT
    assert finding.found.en == "app id 1020, secret is set, sandbox"


async def test_production_without_a_session_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="production needs a session file"):
        await configuration(Patient(Bot(WHO, settings=GatewayConfig.production())))


async def test_the_environment_is_told_with_versions() -> None:
    finding = await environment(Patient(Bot(WHO, settings=GatewayConfig(proxy="direct", shards="auto"))))
    assert finding.verdict is Verdict.RIGHT
    assert "Python 3." in finding.found.en
    assert finding.found.zh.endswith("不使用代理")


async def test_intents_are_looked_at_beside_the_handlers() -> None:
    bot = Bot(WHO, Intents.default())

    @bot.on(GroupAtMessageCreate)
    async def handle(_ctx: Context[GroupAtMessageCreate], _event: GroupAtMessageCreate) -> None:
        raise AssertionError

    finding = await intents(Patient(bot))
    assert finding.verdict is Verdict.DOUBTFUL
    assert "GROUP_AT_MESSAGE_CREATE has a handler, but no chosen intent delivers it" in finding.found.en
