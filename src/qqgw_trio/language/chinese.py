"""Chinese for what the library says of a shard and of errors; the English sentence is the key.

`in_chinese(str(error))` and `in_chinese(gateway.explain(now))` give the Chinese of the parts that the library wrote
itself: what happened, the remedy, where a shard stands. Numbers, names and what a peer or the operating system said
stay as they are, and so does a sentence that stands in no table. The pairs are in `chinese_causes` and `chinese_codes`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from qqgw_trio.language.chinese_causes import CAUSES, REMEDIES
from qqgw_trio.language.chinese_codes import CODE_MEANINGS, CODE_REMEDIES
from qqgw_trio.language.sentences import Patterns, patterns_of, translated

__all__ = ["in_chinese"]

_STANDS: Final = {
    "not started: waits for start()": "尚未启动: 等待 start()",
    "waits for the identify gate, because a new session needs a permit": "在等待 IDENTIFY 许可, 因为新会话需要许可",
    "waits for the gateway URL and a valid token, because each connection needs the current ones": (
        "在等待网关地址和有效的令牌, 因为每个连接都要用当前的"
    ),
    "waits for TCP and TLS to the gateway, because a connection was begun": "在等待到网关的 TCP 和 TLS, 因为已开始连接",
    "waits for the answer to the WebSocket handshake, because the transport is open": (
        "在等待 WebSocket 握手的应答, 因为传输已建立"
    ),
    "waits for HELLO, because the gateway speaks first": "在等待 HELLO, 因为网关先发言",
    "waits for READY, because IDENTIFY was sent": "在等待 READY, 因为已发送 IDENTIFY",
    "takes the replay and waits for RESUMED, because RESUME was sent": (
        "正在接收补发的事件并等待 RESUMED, 因为已发送 RESUME"
    ),
    "receives events; the next heartbeat or save is due": "正在接收事件; 等待下一次心跳或保存",
    "waits for the close code behind op 9, because the IDENTIFY was refused": (
        "在等待 op 9 之后的关闭码, 因为 IDENTIFY 被拒绝"
    ),
    "waits for the close code behind op 9, because the session is in doubt": (
        "在等待 op 9 之后的关闭码, 因为会话可能已失效"
    ),
    "waits for the gateway's close frame, because it was told to stop": "在等待网关的关闭帧, 因为已要求停止",
    "waits before the next attempt, because the last one ended": "在等待下一次尝试, 因为上一次已结束",
    "stopped as wanted: waits for nothing": "已按要求停止: 不再等待",
    "failed: waits for nothing, the error was announced": "已失败: 不再等待, 错误已报告",
}
"""What `ClientGateway.explain` says of each state."""

_STANDING: Final = re.compile(r"shard (\d+/\d+) (.+?)(?:; at the latest in ([\d.]+) s)?(; reading is paused)?")
_CODED: Final = re.compile(r"(.+?) \[(\d+)\](?:: (.+))?", re.DOTALL)
"""How a `GatewayError` writes itself where it has a code: what happened, the code, what to do."""


def in_chinese(text: str) -> str:
    """The Chinese of what an error or a shard says of itself; what has none stays as it is."""
    standing = _STANDING.fullmatch(text)
    if standing is not None and standing[2] in _STANDS:
        until = "" if standing[3] is None else f"; 最迟在 {standing[3]} 秒后"
        return f"分片 {standing[1]} {_STANDS[standing[2]]}{until}{'; 已暂停读取' if standing[4] else ''}"
    coded = _CODED.fullmatch(text)
    if coded is not None:
        remedy = "" if coded[3] is None else f": {_remedy(coded[3])}"
        return f"{_cause(coded[1])} [{coded[2]}]{remedy}"
    parts = text.split(": ")
    for place in range(1, len(parts)):  # both halves may have colons of their own: the longest known remedy counts
        remedy = ": ".join(parts[place:])
        if _remedy(remedy) != remedy:
            return f"{_cause(': '.join(parts[:place]))}: {_remedy(remedy)}"
    return _cause(text)


def _cause(text: str) -> str:
    return translated(text, _causes(), _cause) or text


def _remedy(text: str) -> str:
    return translated(text, _remedies(), _cause) or text


@cache
def _causes() -> Patterns:
    return patterns_of({**CAUSES, **CODE_MEANINGS})


@cache
def _remedies() -> Patterns:
    return patterns_of({**REMEDIES, **CODE_REMEDIES})
