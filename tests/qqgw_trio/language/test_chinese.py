"""Every sentence that a shard or a cause says of itself has its Chinese; what others said stays as it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import qqgw_proto.errors as tree
import qqgw_trio
from qqgw_proto.errors import ConnectionFailed, GatewayError, InvalidIntents, RateLimited, ReshardRequired
from qqgw_proto.machine.arrivals import ReconnectOrdered, WireFailed
from qqgw_proto.machine.causes import cause_of
from qqgw_proto.machine.close_codes import CLOSE_CODES
from qqgw_proto.machine.explaining import explain
from qqgw_proto.machine.inputs import Due, Input, Reconnect, Stop
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.language.chinese import in_chinese
from qqgw_trio.rest.api_codes import CODES
from qqgw_trio.rest.api_errors import api_error_of
from qqgw_trio.rest.http import Answer, RequestFailed
from support.endings import closed, life, rejected

ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,}|[a-z]{2,} [A-Za-z]{3,}")
"""Two words in a row, one of them in small letters; names like IDENTIFY stand alone between Chinese."""

SOURCES = Path(qqgw_trio.__file__).parent.parent
UPON_A_CONNECTION = (
    "qqgw_proto/client.py",
    "qqgw_trio/connection/access.py",
    "qqgw_trio/rest/api_errors.py",
    "qqgw_trio/rest/http.py",
    "qqgw_trio/connection/proxies.py",
    "qqgw_trio/rest/token.py",
    "qqgw_trio/rest/token_answer.py",
    "qqgw_trio/connection/transport.py",
)
"""Modules whose errors end an attempt to connect."""

NEVER_A_CAUSE = {"MisuseError", "ConfigurationError", "EventDecodeError"}


def names_of(kind: type[GatewayError]) -> set[str]:
    return {kind.__name__}.union(*map(names_of, kind.__subclasses__())) - NEVER_A_CAUSE


def is_chinese(text: str) -> bool:
    told = in_chinese(text)
    return told != text and not ENGLISH.search(told)


# --- where a shard stands


@pytest.mark.parametrize("state", ConnectionState, ids=lambda state: state.name)
def test_each_state_is_explained_in_chinese(state: ConnectionState) -> None:
    shard = life(state)
    assert is_chinese(explain(shard, None, 0.0))
    shard.paused_since = 1.0
    assert is_chinese(explain(shard, 12.0, 2.0))


def test_the_parts_of_an_explanation_stay_in_their_order() -> None:
    said = "shard 1/4 waits for HELLO, because the gateway speaks first; at the latest in 9.8 s; reading is paused"
    assert in_chinese(said) == "分片 1/4 在等待 HELLO, 因为网关先发言; 最迟在 9.8 秒后; 已暂停读取"
    assert in_chinese("shard 1/4 takes a nap") == "shard 1/4 takes a nap"


# --- why a connection ended

GIVEN: list[Input] = [
    Reconnect(),
    Stop(),
    ReconnectOrdered(1),
    WireFailed(1, 1007, "text that is not UTF-8"),
    WireFailed(1, 1002, "a frame breaks RFC 6455"),
    *map(Due, (Kind.SUSPENDED, Kind.WRITE_STALLED, Kind.ACK_OVERDUE, Kind.STATE_DUE, Kind.BEAT_DUE)),
    *(rejected(status) for status in (200, 401, 403, 404, 429, 503)),
    *(closed(code) for code in (*CLOSE_CODES, 4999)),
]


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_each_cause_of_the_machine_is_told_in_chinese(given: Input) -> None:
    for state in ConnectionState:
        error = cause_of(life(state), given)
        assert is_chinese(str(error)), error


@pytest.mark.parametrize(
    "kind",
    [kind for name in tree.__all__ if name not in NEVER_A_CAUSE and (kind := getattr(tree, name)) is not GatewayError],
    ids=lambda kind: kind.__name__,
)
def test_each_kind_of_error_has_its_advice_in_chinese(kind: type[GatewayError]) -> None:
    assert is_chinese(f"x [4000]: {kind.default_remedy}")


def literals(module: str) -> set[str]:
    """What the errors of a module say: messages and remedies, with 7 wherever something is put in."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((SOURCES / module).read_text("utf-8"))):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in names_of(GatewayError):
                found |= {text_of(value) for value in [*node.args, *(word.value for word in node.keywords)]}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"default_remedy", "remedy"}:
            found.add(text_of(node.value))
        elif isinstance(node, ast.FunctionDef) and node.name == "_remedy_for":
            found |= {text_of(part) for part in ast.walk(node) if isinstance(part, ast.Constant)}
    return {text for text in found if " " in text}


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(piece, node.values))
    return ""


def piece(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return PUT_IN.get(ast.unparse(part.value), "7")
    return text_of(part)


PUT_IN = {"_ENDPOINT": "the token endpoint", "facts.sentence": "HTTP 403"}
"""What is put in, where the sentence needs it; anything else as a number."""


@pytest.mark.parametrize("module", UPON_A_CONNECTION)
def test_what_the_way_to_the_gateway_says_of_its_failures_is_told_in_chinese(module: str) -> None:
    said = literals(module)
    assert said
    for text in said:
        assert is_chinese(text) or is_chinese(f"x [4000]: {text}"), text


@pytest.mark.parametrize("code", CODES)
def test_each_code_of_the_rest_api_is_told_in_chinese(code: int) -> None:
    for body in (b'{"code":%d}' % code, b'{"code":%d,"message":"words-of-theirs"}' % code):
        error = api_error_of(Answer(401, {}, body), "GET /gateway/bot", ())
        assert is_chinese(str(error)), error


# --- how it reads


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            cause_of(life(), closed(4009)),
            "网关关闭了连接: 连接过期 [4009]: 无需处理: 分片会自行恢复",
        ),
        (
            InvalidIntents((9, 12), "the gateway answered the IDENTIFY with op 9", code=9),
            (
                "网关以 op 9 拒绝了 IDENTIFY; 可疑的 intent 位: 9, 12 [9]: "
                "请只请求控制台已授予该机器人的 intents, 并确认本机公网 IP 在 IP 白名单中"
            ),
        ),
        (
            RateLimited(60.0, "the gateway closed the connection: frames were sent too fast (slow down)", code=4008),
            "网关关闭了连接: 发送帧过快 (slow down), 请等待 60 秒 [4008]: 无需处理: 分片会等待, 然后恢复会话",
        ),
        (
            ReshardRequired(
                "the gateway closed the connection: too many guilds for one connection; "
                "the bot runs with 2, the platform recommends 8",
                code=4011,
                remedy='start every process of the bot with shards=8, or this one with shards="auto"',
            ),
            (
                "网关关闭了连接: 一个连接要处理的频道过多; 机器人以 2 个分片运行, 平台推荐 8 个 [4011]: "
                '请以 shards=8 启动机器人的所有进程, 或以 shards="auto" 启动本进程'
            ),
        ),
        (
            ReshardRequired(
                "the gateway closed the connection: too many guilds for one connection; "
                "the bot runs with 4, the platform recommends 4",
                code=4011,
                remedy="start every process of the bot with more shards than the platform recommends, "
                "such as shards=8, which splits each shard in two",
            ),
            (
                "网关关闭了连接: 一个连接要处理的频道过多; 机器人以 4 个分片运行, 平台推荐 4 个 [4011]: "
                "请以多于平台推荐的分片数启动机器人的所有进程, 例如 shards=8, 每个分片会一分为二"
            ),
        ),
        # What the system says is not the library's.
        (
            ConnectionFailed("cannot reach the proxy 10.0.0.1:3128: Name or service not known"),
            "无法连接 代理 10.0.0.1:3128: Name or service not known: 请检查网络、代理和网关地址",
        ),
        (
            RequestFailed("api.test", "Connection refused", sent=False, proxy="10.0.0.1:3128"),
            "无法连接 api.test (经代理 10.0.0.1:3128): Connection refused: 请检查网络、代理和地址",
        ),
        (GatewayError("something else: quite another thing"), "something else: quite another thing"),
        (GatewayError("something else", code=5), "something else [5]"),
    ],
    ids=str,
)
def test_what_differs_each_time_stays_as_it_is(error: GatewayError, told: str) -> None:
    assert in_chinese(str(error)) == told
