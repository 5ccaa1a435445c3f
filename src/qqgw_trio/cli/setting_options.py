"""Options that set something of a bot, for every command that has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

__all__ = ["Chosen", "assigned", "chosen", "setting_options"]

Chosen: TypeAlias = str | int | Path | bool | None
"""What click makes of an option's value."""

_FILE: Final = click.Path(path_type=Path, dir_okay=False)

# Name, and what click has to know of it. `--set` reaches all the others.
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "--api-url": {"help": "Base URL of REST."},
    "--token-url": {"help": "URL of getAppAccessToken."},
    "--gateway-url": {"help": "A fixed gateway URL, instead of the one from GET /gateway/bot."},
    "--sandbox": {"is_flag": True, "help": "Use the platform's sandbox."},
    "--shards": {"metavar": "SHARDS", "help": 'Which shards: "auto", a count, or some of them: 0-3/16.'},
    "--session-file": {"type": _FILE, "help": "Keep sessions over restarts."},
    "--journal": {"type": _FILE, "help": "Record every step of the shards."},
    "--metrics-port": {"type": int, "help": "Tell metrics and health over HTTP, on loopback; 0 = any free port."},
}


def setting_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds `--config`, `--set` and the options of these names (all of them if none is named) to a command.

    The command gets them as `config`, `assignments`, and by their own names.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(names or [*_SETTINGS]):
            command = click.option(option, **_SETTINGS[option])(command)
        command = click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help=_ANY)(command)
        return click.option("--config", type=_FILE, help=_CONFIG)(command)

    return decorate


_ANY: Final = "Any setting; repeatable."
_CONFIG: Final = "A TOML file with settings; else the one that QQGW_CONFIG names."


def assigned(assignments: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Place, name and value of each `--set NAME=VALUE`.

    Raises:
        UsageError: One is not of that form.
    """
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"Invalid value for '--set': {text!r} is not NAME=VALUE.")
        yield f"--set {name.strip()}", name.strip(), value.strip()


def chosen(options: Mapping[str, Chosen]) -> Iterator[tuple[str, str, str]]:
    """Place, name and value of each option that was given."""
    for name, value in options.items():
        if value is not None and value is not False:
            yield f"--{name.replace('_', '-')}", name, str(value)
