"""A misused command line is told in one line on stderr, where click has three."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any, Final

import click

__all__ = ["EXIT_MISUSED", "OneLineGroup", "complain"]

EXIT_MISUSED: Final = 2


def complain(line: str) -> None:
    """One line on stderr, whatever characters it holds."""
    click.echo(" ".join(line.split()), err=True)


class _Misused(click.ClickException):
    """A command line that cannot work, in one line where click has three."""

    exit_code = EXIT_MISUSED

    def show(self, file: IO[Any] | None = None) -> None:
        complain(self.message)


@contextmanager
def _in_one_line() -> Generator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        command = "qqgw" if error.ctx is None else error.ctx.command_path
        raise _Misused(f"{_words(error)} See {command} --help") from error


def _words(error: click.UsageError) -> str:
    """Click names whatever resembles a misspelt word, be it ever so little; here the nearest alone."""
    if not isinstance(error, (click.NoSuchOption, click.NoSuchCommand)):
        return error.format_message()
    return f"{error.message} Did you mean {error.possibilities[0]!r}?" if error.possibilities else error.message


class OneLineGroup(click.Group):
    """Shows every misuse of itself and of its commands in one line."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click does it, with its complaint in one line."""
        with _in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does it, with its complaint in one line."""
        with _in_one_line():
            return super().invoke(ctx)
