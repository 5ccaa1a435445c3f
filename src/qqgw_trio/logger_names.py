"""The loggers that qqgw has, and a check for mistyped names: their level would have no effect.

Names of other programs' loggers are taken as they are, since those may be made at any time.
"""

from __future__ import annotations

import logging
from typing import Final

from qqgw_proto.errors import ConfigurationError

__all__ = ["LOGGERS", "check_logger"]

_SHELL: Final = "qqgw_trio"
_PACKAGES: Final = frozenset((_SHELL, "qqgw_proto"))
_LIKE_A_PACKAGE: Final = 0.8
"""How near a name must be to that of the package, of 1, to be taken for it."""

LOGGERS: Final = frozenset(
    f"{_SHELL}.{part}"
    for part in (
        "bot",
        "counting",
        "failures",
        "file_limit",
        "fleet",
        "frames",
        "gate",
        "handling",
        "hooks",
        "journal_file",
        "listening",
        "metrics",
        "pausing",
        "run",
        "service",
        "session_file",
        "shard",
        "store",
        "subscribing",
        "tls",
        "watchdog",
    )
)
"""All loggers; `docs/operations.md` says what each of them tells."""


def check_logger(name: str) -> None:
    """Checks the name of a logger that gets a level.

    Raises:
        ConfigurationError: It is meant for a logger of qqgw, and there is none; the nearest is named.
    """
    if name not in LOGGERS | _PACKAGES and _is_meant_for_us(name):
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

    parts = {logger.rpartition(".")[2]: logger for logger in sorted(LOGGERS)}
    _, dot, part = name.lower().partition(".")
    near = difflib.get_close_matches(part, parts, 1)
    if near or not dot:
        return f"is {parts[near[0]] if near else _SHELL} meant?"
    return f"the loggers are {_SHELL}, {', '.join(sorted(LOGGERS))}"
