"""Refused or unreachable: whether trying again by itself can help.

A refusal (wrong secret, allow-list, certificate not trusted, a URL that is no WebSocket) is for a person to mend; what
is unreachable (DNS, TCP, time-outs, 429, 5xx) comes back by itself.
"""

from __future__ import annotations

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    GatewayError,
    InsufficientPermissions,
    InvalidIntents,
    ProtocolViolation,
)
from qqgw_trio.api_errors import ApiError
from qqgw_trio.http import CertificateRefused
from qqgw_trio.transport import GatewayCertificateRefused

__all__ = ["is_refusal"]

_ALWAYS = (
    AuthenticationFailed,
    CertificateRefused,
    ConfigurationError,
    GatewayCertificateRefused,
    InsufficientPermissions,
    InvalidIntents,
    ProtocolViolation,
)
_PASSING = (408, 425, 429)
_SERVER_TROUBLE = 500


def is_refusal(error: GatewayError) -> bool:
    """Whether only a person can mend this."""
    if isinstance(error, _ALWAYS):
        return True
    if isinstance(error, ApiError):
        status: int | None = error.status
    else:
        status = error.code if isinstance(error, ConnectionFailed) else None
    return status is not None and status < _SERVER_TROUBLE and status not in _PASSING
