"""What can be seen on this machine alone; together with the others in `test_checks`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import GroupAtMessageCreate, Intents
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.doctor.findings import Verdict, of_error
from qqgw_trio.doctor.local_checks import configuration, environment, intents
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.storage.store import FileSessionStore, SessionStoreError

WHO = Credentials("1020", "secret")


async def test_a_configuration_is_told_with_the_app_id_and_without_the_secret(tmp_path: Path) -> None:
    settings = GatewayConfig(session_file=tmp_path / "sessions.json", sandbox=True)
    finding = await configuration(Patient(Bot(WHO, settings=settings)))
    assert finding.verdict is Verdict.RIGHT
    assert finding.found.en == "app id 1020, secret is set, the platform's sandbox, settings: default"
    assert finding.found.zh == "AppID 1020, 已设置 AppSecret, 平台的沙箱环境, 配置: default"


async def test_the_platform_is_one_thing_and_the_profile_another(tmp_path: Path) -> None:
    live = GatewayConfig.production(session_file=tmp_path / "sessions.json")
    found = (await configuration(Patient(Bot(WHO, settings=live)))).found
    assert found.en == "app id 1020, secret is set, the live platform, settings: production"
    assert found.zh == "AppID 1020, 已设置 AppSecret, 平台的正式环境, 配置: production"
    elsewhere = live.replace(profile="default", api_url="http://127.0.0.1:8000")
    found = (await configuration(Patient(Bot(WHO, settings=elsewhere)))).found
    assert found.en == "app id 1020, secret is set, the platform at http://127.0.0.1:8000, settings: default"


async def test_production_without_a_session_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="production needs a session file"):
        await configuration(Patient(Bot(WHO, settings=GatewayConfig.production())))


def with_sessions_in(path: Path) -> Patient:
    return Patient(Bot(WHO, settings=GatewayConfig(session_file=path)))


async def test_a_missing_folder_of_the_session_file_is_made_as_by_a_start(tmp_path: Path) -> None:
    finding = await configuration(with_sessions_in(tmp_path / "new" / "sessions.json"))
    assert finding.verdict is Verdict.RIGHT
    assert (tmp_path / "new").is_dir()


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@pytest.mark.parametrize("name", ["file/sessions.json", "folder"])
async def test_a_session_file_with_which_a_bot_does_not_start_is_wrong(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(SessionStoreError, match="sessions cannot be kept in ") as caught:
        await configuration(with_sessions_in(tmp_path / name))
    assert of_error(caught.value).remedy.zh == "请检查会话文件的路径、权限和磁盘空间"


async def test_a_folder_that_takes_no_new_file_is_wrong_though_its_lock_is_there(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    async with FileSessionStore(path):
        pass
    path.with_name("sessions.json.tmp").mkdir()
    with pytest.raises(SessionStoreError, match="sessions cannot be kept in "):
        await configuration(with_sessions_in(path))


async def test_a_damaged_session_file_is_told_and_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    path.write_text("{oops")
    finding = await configuration(with_sessions_in(path))
    assert finding.verdict is Verdict.DOUBTFUL
    assert finding.found.en.startswith(f"{path} is no session file (JSON is malformed")
    assert names_in(tmp_path) == ["sessions.json"]


async def test_a_session_file_in_use_is_told_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    async with FileSessionStore(path):
        finding = await configuration(with_sessions_in(path))
    assert finding.verdict is Verdict.DOUBTFUL
    assert f"sessions.json.lock is locked by process {os.getpid()}" in finding.found.en


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
