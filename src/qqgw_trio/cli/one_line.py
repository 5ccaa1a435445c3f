"""Command-line errors in one line on stderr, where click prints three; as JSON where the log is JSON."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any, Final

import click

__all__ = ["EXIT_MISUSED", "LOG_JSON", "RUN_LOGGER", "OneLineGroup", "complain", "complain_as_json"]

EXIT_MISUSED: Final = 2

LOG_JSON: Final = "--log-json"

RUN_LOGGER: Final = "qqgw_trio.run"
"""Of what a command says in words of its own."""

_AS_JSON: Final = "qqgw_trio.as_json"


def complain(line: str) -> None:
    """Prints one line on stderr, whatever characters it holds."""
    click.echo(" ".join(line.split()), err=True)


def complain_as_json(line: str, *, detail: bool = False) -> None:
    """Prints the error as a line of a JSON log, although no log is set up."""
    import logging  # noqa: PLC0415 - `qqgw --help` logs nothing

    from qqgw_trio.insight.logs import LEVELS, logging_to  # noqa: PLC0415

    with logging_to(sys.stderr, {RUN_LOGGER: LEVELS["error"]}, detail=detail, as_json=True):
        logging.getLogger(RUN_LOGGER).error("%s", line)


class _Misused(click.ClickException):
    """A command line that cannot work, in one line where click has three."""

    exit_code = EXIT_MISUSED

    def __init__(self, message: str, *, as_json: bool) -> None:
        super().__init__(message)
        self._as_json = as_json

    def show(self, file: IO[Any] | None = None) -> None:
        (complain_as_json if self._as_json else complain)(self.message)


@contextmanager
def _in_one_line(*, as_json: bool) -> Generator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        command = "qqgw" if error.ctx is None else error.ctx.command_path
        raise _Misused(f"{_words(error)} See {command} --help", as_json=as_json) from error


def _words(error: click.UsageError) -> str:
    """The error's text; of the words that click thinks were meant only the nearest is named."""
    if not isinstance(error, (click.NoSuchOption, click.NoSuchCommand)):
        return error.format_message()
    return f"{error.message} Did you mean {error.possibilities[0]!r}?" if error.possibilities else error.message


class OneLineGroup(click.Group):
    """Shows every misuse of itself and of its commands in one line."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click does it, with its complaint in one line."""
        as_json = LOG_JSON in args  # asked of the words as they stand: what is wrong with them may be anything
        with _in_one_line(as_json=as_json):
            ctx = super().make_context(info_name, args, parent, **extra)
        ctx.meta[_AS_JSON] = as_json
        return ctx

    def invoke(self, ctx: click.Context) -> Any:
        """As click does it, with its complaint in one line."""
        with _in_one_line(as_json=ctx.meta[_AS_JSON]):
            return super().invoke(ctx)
