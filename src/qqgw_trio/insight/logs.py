"""Sets the log up as `qqgw run` wants it: which logger from which level on, in which form, to stderr.

`parse_levels("qqgw_trio.connection=debug,info")` gives levels by logger; a level alone is for all that have none of
their own. Libraries that only import qqgw are not touched: nothing is set up outside of `logging_to`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, TextIO

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.insight.log_format import JsonFormatter, TextFormatter
from qqgw_trio.insight.logger_names import check_logger

__all__ = ["DEFAULT_LEVEL", "LEVELS", "log_everything", "logging_to", "parse_levels", "shows_colour"]

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""Levels by name."""

DEFAULT_LEVEL: Final = "warning"

_FORM: Final = "write LEVEL or LOGGER=LEVEL, with commas between, such as info,qqgw_trio.connection.shard=debug"


def parse_levels(text: str) -> dict[str, int]:
    """Levels by logger; "" stands for all others.

    Raises:
        ConfigurationError: It names no level, an unknown one, or a logger that qqgw does not have.
    """
    levels: dict[str, int] = {}
    for part in text.split(","):
        name, equals, level = part.strip().rpartition("=")
        number = LEVELS.get(level.strip().lower())
        if number is None or (equals and not name.strip()):
            names = ", ".join(LEVELS)
            raise ConfigurationError(f"{part.strip()!r} is no log level", remedy=f"{_FORM}; the levels are {names}")
        check_logger(name.strip())
        levels[name.strip()] = number
    return levels


@contextmanager
def logging_to(
    stream: TextIO,
    levels: Mapping[str, int],
    *,
    detail: bool = False,
    as_json: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Generator[None]:
    """Sends the log to a stream within this block; afterwards all is as it was.

    Args:
        stream: Where to. What its encoding lacks is shown as an escape.
        levels: As `parse_levels` gives them.
        detail: Whether thread, file and line are shown too.
        as_json: One JSON object a line.
        environ: Says whether colours are wanted (`NO_COLOR`, `TERM`).
    """
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        # A Windows console with a code page of its own cannot show every character; the log must not fail by that.
        reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler(stream)
    colour = shows_colour(stream, environ)
    handler.setFormatter(JsonFormatter(detail=detail) if as_json else TextFormatter(detail=detail, colour=colour))
    wanted = {"": LEVELS[DEFAULT_LEVEL], **levels}
    before = {name: logging.getLogger(name).level for name in wanted}
    logging.getLogger().addHandler(handler)
    _set_levels(wanted)
    try:
        yield
    finally:
        _set_levels(before)
        logging.getLogger().removeHandler(handler)


def _set_levels(levels: Mapping[str, int]) -> None:
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def shows_colour(stream: TextIO, environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a stream is a terminal that is known to show ANSI colours, and nobody has asked for none.

    Of Windows consoles that is known only of Windows Terminal, which says who it is.
    """
    if not stream.isatty() or environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return platform != "win32" or "WT_SESSION" in environ


def log_everything() -> None:
    """Sets all loggers of qqgw to DEBUG, that of the frames too; the program decides where the log goes."""
    for name in ("qqgw_trio", "qqgw_proto"):
        logging.getLogger(name).setLevel(logging.DEBUG)
