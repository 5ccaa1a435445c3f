"""`qqgw run`."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import click

from qqgw_proto.errors import GatewayError
from qqgw_trio.cli.one_line import complain

__all__ = ["run"]


@click.command()
@click.argument("target", metavar="MODULE:BOT")
@click.option("--api-url", help="Base URL of REST.")
@click.option("--token-url", help="URL of getAppAccessToken.")
@click.option("--gateway-url", help="A fixed gateway URL, instead of the one from GET /gateway/bot.")
@click.option("--sandbox", is_flag=True, help="Use the platform's sandbox.")
@click.option("--session-file", type=click.Path(path_type=Path, dir_okay=False), help="Keep sessions over restarts.")
@click.option("--journal", type=click.Path(path_type=Path, dir_okay=False), help="Record every step of the shards.")
@click.option("--fail-fast", is_flag=True, help="End with 3 where the platform cannot be reached.")
def run(
    *,
    target: str,
    api_url: str | None,
    token_url: str | None,
    gateway_url: str | None,
    sandbox: bool,
    session_file: Path | None,
    journal: Path | None,
    fail_fast: bool,
) -> None:
    """Run the bot that MODULE:BOT names, until Ctrl-C."""
    from qqgw_trio.loading import load_bot  # noqa: PLC0415 - `qqgw --help` imports no bot
    from qqgw_trio.running import EXIT_REFUSED, Runner  # noqa: PLC0415

    try:
        bot = load_bot(target)
        own = bot.settings
        bot.settings = attrs.evolve(
            own,
            api_url=api_url or own.api_url,
            token_url=token_url or own.token_url,
            gateway_url=gateway_url or own.gateway_url,
            session_file=session_file or own.session_file,
            journal=journal or own.journal,
        )
        bot.sandbox = bot.sandbox or sandbox
        code = Runner(bot, complain, fail_fast=fail_fast).run()
    except GatewayError as error:
        complain(str(error))
        sys.exit(EXIT_REFUSED)
    sys.exit(code)
