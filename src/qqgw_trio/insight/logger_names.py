"""The loggers that qqgw has, and a check for mistyped names: their level would have no effect.

Names of other programs' loggers are taken as they are, since those may be made at any time.
"""

from __future__ import annotations

import logging
from typing import Final

from qqgw_proto.errors import ConfigurationError

__all__ = ["GROUPS", "LOGGERS", "check_logger"]

_SHELL: Final = "qqgw_trio"
_PACKAGES: Final = frozenset((_SHELL, "qqgw_proto"))
_LIKE_A_PACKAGE: Final = 0.8
"""How near a name must be to that of the package, of 1, to be taken for it."""

LOGGERS: Final = frozenset(
    f"{_SHELL}.{part}"
    for part in (
        "bot",
        "connection.counting",
        "connection.file_limit",
        "connection.fleet",
        "connection.gate",
        "connection.shard",
        "connection.tls",
        "delivery.pausing",
        "frames",
        "handler.failures",
        "handler.handling",
        "handler.hooks",
        "handler.listening",
        "handler.subscribing",
        "insight.watchdog",
        "run",
        "running.service",
        "storage.journal_file",
        "storage.session_file",
        "storage.store",
        "telemetry.metrics",
    )
)
"""All loggers; `docs/operations.md` says what each of them tells."""

GROUPS: Final = frozenset(logger.rpartition(".")[0] for logger in LOGGERS)
"""Whoever names one of these means all of its loggers."""


def check_logger(name: str) -> None:
    """Checks the name of a logger that gets a level.

    Raises:
        ConfigurationError: It is meant for a logger of qqgw, and there is none; the nearest is named.
    """
    if name not in LOGGERS | GROUPS | _PACKAGES and _is_meant_for_us(name):
        raise ConfigurationError(f"there is no logger {name!r}", remedy=_remedy(name))


def _is_meant_for_us(name: str) -> bool:
    import difflib  # noqa: PLC0415 - seldom needed

    package = name.partition(".")[0].lower()
    if package in _PACKAGES | {"qqgw"}:
        return True
    is_near = bool(difflib.get_close_matches(package, _PACKAGES, 1, _LIKE_A_PACKAGE))
    return is_near and name not in logging.Logger.manager.loggerDict


def _remedy(name: str) -> str:
    import difflib  # noqa: PLC0415

    parts = {logger.rpartition(".")[2]: logger for logger in sorted(GROUPS | LOGGERS)}
    _, dot, part = name.lower().rpartition(".")
    near = difflib.get_close_matches(part, parts, 1)
    if near or not dot:
        return f"is {parts[near[0]] if near else _SHELL} meant?"
    return f"the loggers are {_SHELL}, {', '.join(sorted(LOGGERS))}"
