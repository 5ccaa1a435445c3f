"""`qqgw run`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from qqgw_proto.errors import GatewayError
from qqgw_trio.cli.log_options import LogOptions, log_options
from qqgw_trio.cli.one_line import complain

__all__ = ["run"]

_FILE: Final = click.Path(path_type=Path, dir_okay=False)

# Options that set something: name, what click has to know of it. `--set` reaches all the others.
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


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    for option, details in reversed([*_SETTINGS.items()]):
        command = click.option(option, **details)(command)
    return command


@click.command()
@click.argument("target", metavar="MODULE:BOT")
@click.option("--config", type=_FILE, help="A TOML file with settings; else the one that QQGW_CONFIG names.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Any setting; repeatable.")
@_with_settings
@click.option("--fail-fast", is_flag=True, help="End with 3 where the platform cannot be reached.")
@log_options
def run(
    *,
    target: str,
    config: Path | None,
    assignments: tuple[str, ...],
    fail_fast: bool,
    log: LogOptions,
    **options: str | int | Path | bool | None,
) -> None:
    """Run the bot that MODULE:BOT names, until Ctrl-C; a second Ctrl-C does not wait for handlers."""
    from qqgw_trio.config_sources import gathered  # noqa: PLC0415 - `qqgw --help` imports no bot
    from qqgw_trio.loading import load_bot  # noqa: PLC0415
    from qqgw_trio.running import EXIT_REFUSED, Runner  # noqa: PLC0415

    command_line = [*_assigned(assignments), *_chosen(options)]
    try:
        bot = load_bot(target)
        bot.settings = gathered(bot.settings, file=config, command_line=command_line)
        with log.logging(bot.settings):
            code = Runner(bot, complain, fail_fast=fail_fast).run()
    except GatewayError as error:
        complain(str(error))
        sys.exit(EXIT_REFUSED)
    sys.exit(code)


def _assigned(assignments: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"Invalid value for '--set': {text!r} is not NAME=VALUE.")
        yield f"--set {name.strip()}", name.strip(), value.strip()


def _chosen(options: Mapping[str, str | int | Path | bool | None]) -> Iterator[tuple[str, str, str]]:
    for name, value in options.items():
        if value is not None and value is not False:
            yield f"--{name.replace('_', '-')}", name, str(value)
