"""Sets the log up as `qqgw run` wants it: which logger from which level on, in which form, to stderr.

`parse_levels("qqgw_trio.shard=debug,info")` gives levels by logger; a level alone is for all that have none of their
own. Libraries that only import qqgw are not touched: nothing is set up unless `set_up` is called.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.log_format import JsonFormatter, TextFormatter

__all__ = ["DEFAULT_LEVELS", "LEVELS", "log_everything", "parse_levels", "set_up", "shows_colour"]

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""Levels by name."""

DEFAULT_LEVELS: Final = "warning"

_FORM: Final = "write LEVEL or LOGGER=LEVEL, with commas between, such as info,qqgw_trio.shard=debug"


def parse_levels(text: str) -> dict[str, int]:
    """Levels by logger; "" stands for all others.

    Raises:
        ConfigurationError: It names no level, or an unknown one.
    """
    levels: dict[str, int] = {}
    for part in text.split(","):
        name, equals, level = part.strip().rpartition("=")
        number = LEVELS.get(level.strip().lower())
        if number is None or (equals and not name.strip()):
            names = ", ".join(LEVELS)
            raise ConfigurationError(f"{part.strip()!r} is no log level", remedy=f"{_FORM}; the levels are {names}")
        levels[name.strip()] = number
    return levels


def set_up(
    levels: Mapping[str, int],
    *,
    detail: bool = False,
    as_json: bool = False,
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> logging.Handler:
    """Sends the log to a stream.

    Args:
        levels: As `parse_levels` gives them.
        detail: Whether thread, file and line are told too.
        as_json: One JSON object a line.
        stream: Where to; stderr where not given. What its encoding lacks is shown as an escape.
        environ: Says whether colours are wanted (`NO_COLOR`, `TERM`).

    Returns:
        The handler, for `logging.getLogger().removeHandler`.
    """
    to: TextIO = stream or sys.stderr
    reconfigure = getattr(to, "reconfigure", None)
    if reconfigure is not None:
        # A Windows console with a code page of its own cannot show every character; the log must not fail by that.
        reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler(to)
    colour = shows_colour(to, environ)
    handler.setFormatter(JsonFormatter(detail=detail) if as_json else TextFormatter(detail=detail, colour=colour))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(levels.get("", LEVELS[DEFAULT_LEVELS]))
    for name, level in levels.items():
        if name:
            logging.getLogger(name).setLevel(level)
    return handler


def shows_colour(stream: TextIO, environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a stream is a terminal that is known to show ANSI colours, and nobody has asked for none.

    Of Windows consoles that is known only of Windows Terminal, which says who it is.
    """
    if not stream.isatty() or environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return platform != "win32" or "WT_SESSION" in environ


def log_everything() -> None:
    """Lets all loggers of qqgw be heard from DEBUG on, every frame too; where to is the program's to say."""
    for name in ("qqgw_trio", "qqgw_proto"):
        logging.getLogger(name).setLevel(logging.DEBUG)
