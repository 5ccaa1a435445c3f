"""What the doctor passes on is Chinese where Chinese is asked for; names and numbers stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from qqgw_proto.config import HeartbeatConfig
from qqgw_proto.errors import ConfigurationError, ConnectionFailed, GatewayError
from qqgw_proto.events import Intents, intent_warnings
from qqgw_proto.events.permissions import validate_intents_permissions
from qqgw_trio import Credentials, GatewayConfig
from qqgw_trio.connection.proxies import Proxies
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.doctor.chinese import advice_in_chinese, chinese_of, intents_in_chinese
from qqgw_trio.doctor.telling import error_line
from qqgw_trio.rest.endpoints import checked_http_url
from qqgw_trio.running.loading import load_bot
from qqgw_trio.settings.config_sources import gathered, read_environment
from qqgw_trio.storage.file_lock import FileInUse
from qqgw_trio.storage.store import SessionStoreError

ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,}|[a-z]{2,} [A-Za-z]{3,}")
"""Two words in a row, one of them in small letters."""


def setting(**settings: object) -> Callable[[], object]:
    return lambda: GatewayConfig(**cast("Any", settings))


def set_on_the_command_line(name: str, value: str) -> Callable[[], object]:
    return lambda: gathered(GatewayConfig(), environ={}, command_line=[(f"--set {name}", name, value)])


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (GatewayConfig.production().check, "production 配置需要会话文件: 没有它, 重启期间的事件会丢失: 请设置 session"),
        (
            GatewayConfig(profile="production", session_file="a", debug_logging=True).check,
            "production 配置不允许把帧写进日志: 帧里有人们写的内容: 请关闭 debug_logging, 并使日志器",
        ),
        (
            lambda: Credentials.from_env({}),
            "环境变量 QQ_BOT_APP_ID 和 QQ_BOT_SECRET 未设置: 请设置 QQ_BOT_APP_ID 和 QQ_BOT",
        ),
        (
            lambda: Credentials("a b", "c"),
            "app_id 必须是不含空格的可打印 ASCII 文本: 两者都在开放平台控制台的开发设置里",
        ),
        (lambda: Proxies.of("socks5://a"), "设置项 proxy 指定的代理使用 socks5: 只支持 HTTP 代理: 请写成 http://proxy"),
        (
            lambda: ShardPlan.of("many"),
            'shards: \'many\' 不是分片的写法: 请写 "auto"、16 这样的总数, 或 "0-3/16" 这样的',
        ),
        (lambda: ShardPlan.of("5/4"), "shards: 编号必须从 0 到 3: "),
        (
            lambda: checked_http_url("ftp://a", "the API URL"),
            "API 地址 'ftp://a' 必须以 http:// 或 https:// 开头: 请写成",
        ),
        (setting(gateway_url="http://a"), "无法使用网关地址 'http://a': 它必须以 ws:// 或 wss:// 开头: 请检查网关地址"),
        (setting(session_file=5), "session_file 必须是 None 或 文件的路径, 而不是 5"),
        (setting(drain_seconds="5"), "drain_seconds 必须是 不小于 0 的秒数, 而不是 '5'"),
        (setting(on_failure="stop"), "on_failure 必须是 'end' 或 'go on', 而不是 'stop'"),
        (TlsConfig(key_file="a").context, "设置了 tls.key_file, 但没有 tls.cert_file: 请同时指定证书"),
        (TlsConfig(ca_file="/no/ca.pem").context, "无法使用 tls.ca_file /no/ca.pem: 没有这个文件或目录"),
        (set_on_the_command_line("drain_seconds", "soon"), "--set drain_seconds: 必须是 数, 而不是 'soon'"),
        (set_on_the_command_line("shards", "many"), "--set shards: 'many' 不是分片的写法: 请写 "),
        (set_on_the_command_line("shards", "5/4"), "--set shards: 编号必须从 0 到 3: 请写 "),
        (set_on_the_command_line("tls", "x"), "--set tls: 这是一节, 不是设置项: 请设置其中的项, 例如 tls.ca_file"),
        (set_on_the_command_line("app_id", "1"), "--set app_id: 没有这个设置: 请设置环境变量 QQ_BOT_APP_ID"),
        (
            setting(heartbeat_timeout=33, heartbeat=HeartbeatConfig(timeout=44)),
            (
                "heartbeat.timeout 设置了两次: 33 (heartbeat_timeout) 和 44 (heartbeat): "
                "请只在这一节里设置一次: HeartbeatConfig(timeout=33)"
            ),
        ),
        (
            set_on_the_command_line("reconnect.max_dely", "5"),
            "--set reconnect.max_dely: 没有这个设置: 是否想写 reconnect.max_delay?",
        ),
        (
            lambda: read_environment({"QQGW_RECONNECT__MAX_DELAY": "-1"}),
            "环境变量 QQGW_RECONNECT__MAX_DELAY: ReconnectConfig.max_delay 必须是 大于 0 的数, 而不是 -1.0",
        ),
        (lambda: load_bot("nowhere:bot"), "没有模块 nowhere: 请检查它的名字和所在目录"),
        (lambda: load_bot("bot"), "'bot' 没有指定机器人: 请写成 MODULE:BOT, 例如 mybot:bot"),
        (lambda: Intents.from_names(["MANY"]), "没有名为 'MANY' 的 intent: 请使用其中之一: GUILDS, "),
        (
            lambda: validate_intents_permissions(Intents.GUILD_MESSAGES),
            "只有私域机器人可以请求 GUILD_MESSAGES: 请去掉它, 或声明机器人是私域的; PUBLIC_GUILD_MESSAGES (第 30 位)",
        ),
    ],
)
def test_what_a_bot_is_refused_with(cause: Callable[[], object], told: str) -> None:
    with pytest.raises(GatewayError) as caught:
        cause()
    line = error_line(caught.value, "zh")
    assert line.startswith(told)
    assert not ENGLISH.search(line.replace("'go on'", "").replace("--set ", ""))
    assert error_line(caught.value, "en") == str(caught.value)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FileInUse("/a.lock is locked by process 7"), "/a.lock 已被进程 7 锁定"),
        (
            SessionStoreError("sessions cannot be kept in /a: [Errno 13] Permission denied: '/a.tmp'"),
            "无法把会话保存在 /a: [Errno 13] 没有权限: '/a.tmp'",
        ),
        (ConnectionFailed("cannot reach a:1: Connection refused"), "无法连接 a:1: 连接被拒绝"),
        (ConfigurationError("something else"), "something else"),
    ],
)
def test_what_happened_to_files_and_connections(error: GatewayError, told: str) -> None:
    assert chinese_of(error.message) == told


def test_an_error_without_advice_is_its_message() -> None:
    assert error_line(ConfigurationError("there is no such setting"), "zh") == "没有这个设置"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("check the gateway URL", "请检查网关地址"),
        ("is drain_seconds meant?", "是否想写 drain_seconds?"),
        ("do it right", "do it right"),
        ("", ""),
    ],
)
def test_advice_has_its_chinese_wherever_that_stands(english: str, chinese: str) -> None:
    assert advice_in_chinese(english) == chinese


def test_each_warning_about_intents_is_told_in_chinese() -> None:
    all_of_them = Intents.all() | Intents(1 << 2)
    public = intent_warnings(all_of_them, handled=["GUILD_CREATE", "GUILD_CREATED", "ZZZ"])
    private = intent_warnings(Intents.GUILD_MESSAGES | Intents.PUBLIC_GUILD_MESSAGES, private=True, handled=[])
    starved = intent_warnings(Intents.GUILDS, handled=[{"C2C_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE"}])
    idle = intent_warnings(Intents.GUILDS, handled=[])
    told = [*public, *private, *starved, *idle]
    assert len(told) >= 9
    for warning in told:
        assert not ENGLISH.search(chinese_of(warning)), warning
    names = "C2C_MESSAGE_CREATE 或 GROUP_AT_MESSAGE_CREATE"
    assert chinese_of(starved[0]) == f"{names} 有处理函数, 但所选的 intents 不提供它: 请添加 GROUP_AND_C2C_EVENT"


def test_intents_are_described_by_bit_and_access() -> None:
    assert intents_in_chinese(Intents.GUILDS | Intents.GUILD_MESSAGES | Intents(1 << 2)) == (
        "GUILDS (第 0 位, 所有机器人都有), 第 2 位 (不是 intent), GUILD_MESSAGES (第 9 位, 仅限私域机器人)"
    )


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        gathered(GatewayConfig(), file=tmp_path / "none.toml", environ={})
    assert error_line(caught.value, "zh") == f"无法读取配置文件 {tmp_path / 'none.toml'}: 没有这个文件或目录"
