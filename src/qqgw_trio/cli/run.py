"""`qqgw run`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from qqgw_proto.errors import GatewayError
from qqgw_trio.cli.log_options import LogOptions, log_options
from qqgw_trio.cli.setting_options import Chosen, assigned, chosen, setting_options

__all__ = ["run"]


@click.command()
@click.argument("target", metavar="MODULE:BOT")
@setting_options()
@click.option("--fail-fast", is_flag=True, help="End with 3 where the platform cannot be reached.")
@log_options
def run(
    *,
    target: str,
    config: Path | None,
    assignments: tuple[str, ...],
    fail_fast: bool,
    log: LogOptions,
    **options: Chosen,
) -> None:
    """Run the bot that MODULE:BOT names, until Ctrl-C; a second Ctrl-C does not wait for handlers."""
    from qqgw_trio.running.loading import load_bot  # noqa: PLC0415
    from qqgw_trio.running.running import EXIT_REFUSED, Runner  # noqa: PLC0415
    from qqgw_trio.settings.config_sources import gathered  # noqa: PLC0415 - `qqgw --help` imports no bot

    command_line = [*assigned(assignments), *chosen(options)]
    try:
        bot = load_bot(target)
        bot.settings = gathered(bot.settings, file=config, command_line=command_line)
        with log.logging(bot.settings):
            code = Runner(bot, log.teller("info"), say_failure=log.teller("error"), fail_fast=fail_fast).run()
    except GatewayError as error:
        log.complain(str(error))
        sys.exit(EXIT_REFUSED)
    sys.exit(code)
