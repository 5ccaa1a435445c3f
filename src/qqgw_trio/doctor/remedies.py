"""What to do about an error, in Chinese; in English each error says it itself.

An error that brings advice of its own keeps it, where that has its Chinese; else the kind of error decides.
"""

from __future__ import annotations

from typing import Final

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayError,
    InsufficientPermissions,
    InvalidIntents,
    ProtocolViolation,
    RateLimited,
    ReshardRequired,
)
from qqgw_trio.connection.proxies import ProxyRefused
from qqgw_trio.doctor.chinese import advice_in_chinese
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.storage.store import SessionStoreError

__all__ = ["remedy_of"]

_BY_KIND: Final = {
    CodeKind.TOKEN: "访问令牌被拒绝: 请检查 AppID 和 AppSecret",
    CodeKind.CREDENTIALS: "请在开放平台的控制台核对 AppID 和 AppSecret",
    CodeKind.ADDRESS: "请在开放平台的控制台把本机的公网 IP 加入 IP 白名单",
    CodeKind.AUTHENTICATION: "固定 token 已不再接受: 请配置 AppID 和 AppSecret",
    CodeKind.PERMISSION: "请在开放平台的控制台申请该权限, 或不使用此调用",
    CodeKind.RATE: "请求过于频繁: 请稍后再试",
    CodeKind.TROUBLE: "平台自身的故障: 请稍后再试; 若一直如此, 请检查 API 地址",
}

# The first that fits; the nearer relatives stand before the farther ones.
_BY_CLASS: Final[tuple[tuple[type[GatewayError], str], ...]] = (
    (ProxyRefused, "请检查代理的地址、用户名和密码, 以及代理是否允许访问该主机"),
    (InvalidIntents, "只请求控制台已授予该机器人的 intents, 并确认本机公网 IP 在 IP 白名单中"),
    (InsufficientPermissions, "请在开放平台的控制台申请该权限, 或不使用它"),
    (AuthenticationFailed, "请核对 AppID 和 AppSecret, 并确认本机公网 IP 在 IP 白名单中"),
    (RateLimited, "请求过于频繁: 请稍后再试"),
    (ReshardRequired, "请增加分片数 (--shards auto 使用平台推荐的数量)"),
    (ProtocolViolation, "请确认该地址确实是 QQ 机器人的网关"),
    (DeadlineExceeded, "对方没有按时应答: 请检查网络、代理和网关地址, 稍后再试"),
    (ConnectionFailed, "请检查网络、代理和地址"),
    (SessionStoreError, "请检查会话文件的路径、权限和磁盘空间"),
    (ConfigurationError, "请改正该设置"),
)


def remedy_of(error: GatewayError) -> str:
    """Advice in Chinese; where there is none, the English one."""
    own = advice_in_chinese(error.remedy)
    if error.remedy not in (error.default_remedy, own):
        return own
    if isinstance(error, ApiError) and error.kind in _BY_KIND:
        return _BY_KIND[error.kind]
    return next((advice for kind, advice in _BY_CLASS if isinstance(error, kind)), own)
