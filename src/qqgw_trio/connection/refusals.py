"""Refused or unreachable: whether trying again by itself can help.

A refusal (wrong secret, allow-list, certificate not trusted, a URL that is no WebSocket) is for a person to mend; what
is unreachable (DNS, TCP, time-outs, 429, 5xx) comes back by itself.
"""

from __future__ import annotations

from typing import Final

from qqgw_proto.errors import ConnectionFailed, GatewayError, InvalidIntents, ProtocolViolation
from qqgw_trio.connection.transport import GatewayCertificateRefused, GatewayWithoutTls
from qqgw_trio.rest import api_errors
from qqgw_trio.rest.http import is_denial

__all__ = ["is_refusal"]

_ALWAYS: Final = (GatewayCertificateRefused, GatewayWithoutTls, InvalidIntents, ProtocolViolation)


def is_refusal(error: GatewayError) -> bool:
    """Whether only a person can mend this, be it an answer of the REST API or of the gateway."""
    if isinstance(error, _ALWAYS) or api_errors.is_refusal(error):
        return True
    # The code of a failed connection is the HTTP status of a refused upgrade or tunnel.
    status = error.code if isinstance(error, ConnectionFailed) else None
    return status is not None and is_denial(status)
