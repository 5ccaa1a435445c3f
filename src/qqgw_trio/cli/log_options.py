"""Options of the log, for every command that runs a bot."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import attrs
import click

from qqgw_trio.cli.one_line import LOG_JSON, RUN_LOGGER, complain, complain_as_json
from qqgw_trio.settings.gateway_config import GatewayConfig

__all__ = ["LogOptions", "log_options"]

# What becomes of the shards the command says in its own words.
_LITTLE: Final = "warning,qqgw_trio.connection.shard=critical"
_EVERYTHING: Final = "warning,qqgw_trio=debug,qqgw_proto=debug"


@attrs.frozen
class LogOptions:
    """What was chosen.

    Attributes:
        level: As `qqgw_trio.insight.logs.parse_levels` reads it; None = not given.
        detail: Whether thread, file and line are shown.
        as_json: Whether each line is a JSON object.
    """

    level: str | None
    detail: bool
    as_json: bool

    @contextmanager
    def logging(self, settings: GatewayConfig) -> Generator[None]:
        """Sends the log to stderr within this block.

        Raises:
            ConfigurationError: There is no such level, or no such logger.
        """
        from qqgw_trio.insight.logs import LEVELS, logging_to, parse_levels  # noqa: PLC0415 - `qqgw --help` logs nothing

        levels = parse_levels(self.level or (_EVERYTHING if settings.debug_logging else _LITTLE))
        if settings.metrics_port is not None:
            # Where they are, whoever asks for them must know.
            levels.setdefault("qqgw_trio.telemetry.metrics", LEVELS["info"])
        if self.as_json:
            levels.setdefault(RUN_LOGGER, LEVELS["info"])  # What stands on stderr in any case where it is no JSON.
        with logging_to(sys.stderr, levels, detail=self.detail, as_json=self.as_json):
            yield

    def teller(self, level: str) -> Callable[[str], None]:
        """What prints the command's own lines: plain, or as JSON like those of the log."""
        import logging  # noqa: PLC0415

        from qqgw_trio.insight.logs import LEVELS  # noqa: PLC0415

        return functools.partial(logging.getLogger(RUN_LOGGER).log, LEVELS[level], "%s") if self.as_json else complain

    def complain(self, line: str) -> None:
        """Prints why the log cannot be set up: as JSON where a JSON log was asked for, else plain."""
        if self.as_json:
            complain_as_json(line, detail=self.detail)
        else:
            complain(line)


def log_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--log-level`, `--log-detail`, `--log-json`; the command gets them as `log`."""
    form = "LEVEL or LOGGER=LEVEL,…; such as info or qqgw_trio.connection.shard=debug,qqgw_trio.bot=info."

    @click.option("--log-level", metavar="LEVELS", help=form)
    @click.option("--log-detail", is_flag=True, help="Log thread, file and line too.")
    @click.option(LOG_JSON, is_flag=True, help="Log one JSON object a line.")
    @functools.wraps(command)
    def with_log(log_level: str | None, *, log_detail: bool, log_json: bool, **others: object) -> None:
        command(log=LogOptions(log_level, log_detail, log_json), **others)

    return with_log
