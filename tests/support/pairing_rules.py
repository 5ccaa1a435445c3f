"""What the checks know of the protocol and the design, as data."""

from __future__ import annotations

from qqgw_proto import ConnectionState

__all__ = ["FATAL_CODES", "GONE", "HOLDS_NO_PERMIT", "LONGEST", "REFUSALS", "WAITING"]

WAITING = frozenset(ConnectionState) - {ConnectionState.IDLE, ConnectionState.STOPPED, ConnectionState.FAILED}
HOLDS_NO_PERMIT = WAITING - {
    ConnectionState.PERMITTING,
    ConnectionState.PREPARING,
    ConnectionState.DIALING,
    ConnectionState.UPGRADING,
    ConnectionState.GREETING,
    # A stop between the 101 and HELLO: it goes back with the connection.
    ConnectionState.CLOSING,
}
FATAL_CODES = frozenset({4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915})
REFUSALS = frozenset({4003, 4005})
# After these, and after a fatal one, the session is gone (protocol.md 3.6, 4.1; RFC 6455's say that we broke a rule).
GONE = FATAL_CODES | REFUSALS | {1002, 1003, 1007, 1009, 4006, 4007} | set(range(4900, 4914))
# How long each state may last at most (design 3, "Time"); what re-arms itself is not here.
LONGEST = {
    ConnectionState.PREPARING: 30.0,
    ConnectionState.DIALING: 10.0,
    ConnectionState.UPGRADING: 10.0,
    ConnectionState.GREETING: 10.0,
    ConnectionState.IDENTIFYING: 20.0,
    ConnectionState.RESUMING: 600.0,
    ConnectionState.DOUBTING_IDENTIFY: 2.0,
    ConnectionState.DOUBTING_SESSION: 2.0,
    ConnectionState.CLOSING: 5.0,
}
