"""What mends a failure that the doctor has found, where the error's own advice does not fit a person who looks at it.

An error of the library speaks of a bot that runs: "none needed: the shard tries again". The doctor has stopped at it,
so whatever is wrong gets something to do. Each advice is a pair, English and Chinese.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    GatewayError,
    ProtocolViolation,
    RateLimited,
)
from qqgw_trio.connection.transport import GatewayCertificateRefused
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.http import CertificateRefused

__all__ = ["Advice", "advice_for"]

Advice: TypeAlias = tuple[str, str]

_WAITING: Final = ("none needed", "nothing to do", "asked again")
"""How advice begins that is meant for nobody."""

_SETTING: Final = ("mend this setting", "请改正该设置")
_NAME: Final = (
    (
        "the URL must name the host of the certificate: correct the host in the URL, "
        "or have the server's owner use a certificate for that name"
    ),
    "地址中的主机名必须与证书一致: 请改正地址中的主机名, 或让服务器的管理员换用该名称的证书",
)
_TRUST: Final = (
    "if this is the right server, trust its CA: set tls.ca_file to a file with that certificate in PEM form",
    "若确实是该服务器, 请信任它的 CA: 把 tls.ca_file 设为含有该证书的 PEM 文件",
)
_LIFE: Final = (
    "check this machine's clock; if it is right, the server's owner must renew the certificate",
    "请检查本机时钟; 若时钟正确, 需由服务器的管理员更新证书",
)
_CERTIFICATE: Final = (
    "check this machine's clock, or trust the server's CA (tls.ca_file)",
    "请检查本机时钟, 或信任该服务器的 CA 证书 (设置 tls.ca_file)",
)

# OpenSSL's words; some of its versions write "self signed".
_BY_WORDS: Final = (
    ("is not valid for", _NAME),
    ("hostname mismatch", _NAME),
    ("ip address mismatch", _NAME),
    ("self-signed", _TRUST),
    ("self signed", _TRUST),
    ("unable to get local issuer", _TRUST),
    ("has expired", _LIFE),
    ("is not yet valid", _LIFE),
)

_LATER: Final = ("too many requests: try again later", "请求过于频繁: 请稍后再试")
_CREDENTIALS: Final = ("check the app id and the secret", "请核对 AppID 和 AppSecret")
_BY_KIND: Final[dict[CodeKind, Advice]] = {
    CodeKind.RATE: _LATER,
    CodeKind.TOKEN: _CREDENTIALS,
}
_BY_CLASS: Final[tuple[tuple[type[GatewayError], Advice], ...]] = (
    (RateLimited, _LATER),
    (AuthenticationFailed, _CREDENTIALS),
    (
        ProtocolViolation,
        ("check that the URL is that of the QQ bot gateway", "请确认该地址确实是 QQ 机器人的网关"),
    ),
    (
        DeadlineExceeded,
        (
            "check the network, the proxy and the gateway URL, then try again",
            "对方没有按时应答: 请检查网络、代理和网关地址, 稍后再试",
        ),
    ),
)
_TROUBLE: Final = (
    "try again later; if it stays so, check the URL, then ask the platform's support",
    "请稍后再试; 若一直如此, 请检查地址, 再联系平台",
)


def advice_for(error: GatewayError) -> Advice | None:
    """The advice that replaces the error's own; None = the error's own is good."""
    if isinstance(error, CertificateRefused | GatewayCertificateRefused):
        words = error.message.lower()
        return next((advice for part, advice in _BY_WORDS if part in words), _CERTIFICATE)
    if isinstance(error, ConfigurationError) and not error.remedy:
        return _SETTING
    if not error.remedy.startswith(_WAITING):
        return None
    if isinstance(error, ApiError) and error.kind in _BY_KIND:
        return _BY_KIND[error.kind]
    return next((advice for kind, advice in _BY_CLASS if isinstance(error, kind)), _TROUBLE)
