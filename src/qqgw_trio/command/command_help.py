"""The help command: a list of the commands, and an explanation of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from qqgw_trio.command.command_arguments import Signature
from qqgw_trio.command.command_texts import CommandTexts, harmless

__all__ = ["Helpful", "explanation", "no_such", "overview", "usage_of"]


class Helpful(Protocol):
    """A command, as the help texts see it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, then its aliases."""
        ...

    @property
    def help(self) -> str:
        """What it does, may be empty and may have several lines."""
        ...

    @property
    def signature(self) -> Signature:
        """What it takes."""
        ...


def usage_of(command: Helpful, prefix: str) -> str:
    """How a command is written: `/roll <sides> [times]`."""
    return f"{prefix}{command.names[0]} {command.signature.usage}".rstrip()


def overview(commands: Iterable[Helpful], prefix: str, texts: CommandTexts) -> str:
    """The list of commands, a line for each."""
    return "\n".join([texts.heading, *(_line(command, prefix) for command in commands)])


def explanation(command: Helpful, prefix: str, texts: CommandTexts) -> str:
    """All that is known of a command."""
    lines = [texts.usage.format(usage=usage_of(command, prefix))]
    if command.names[1:]:
        lines.append(texts.also.format(names=" ".join(f"{prefix}{name}" for name in command.names[1:])))
    return "\n".join([*lines, *([command.help] if command.help else [])])


def no_such(name: str, prefix: str, texts: CommandTexts) -> str:
    """What is said where there is no command of that name."""
    return texts.no_such.format(name=harmless(f"{prefix}{name}"))


def _line(command: Helpful, prefix: str) -> str:
    usage, first = usage_of(command, prefix), command.help.partition("\n")[0]
    return f"{usage} - {first}" if first else usage
