"""`qqgw doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qqgw_proto.errors import GatewayError
from qqgw_trio.cli.one_line import EXIT_MISUSED, complain
from qqgw_trio.cli.setting_options import Chosen, assigned, chosen, setting_options

if TYPE_CHECKING:
    from qqgw_proto.events import Intents
    from qqgw_trio.bot import Bot
    from qqgw_trio.insight.diagnostics import Lang

__all__ = ["doctor"]


@click.command()
@click.argument("target", metavar="[MODULE:BOT]", required=False)
@setting_options("--api-url", "--token-url", "--gateway-url", "--sandbox", "--shards", "--session-file")
@click.option("--intents", metavar="NAMES", help="Intents to try, with commas between; else those of the bot.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language; else that of the locale.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(
    *,
    target: str | None,
    config: Path | None,
    assignments: tuple[str, ...],
    intents: str | None,
    lang: Lang | None,
    as_json: bool,
    **options: Chosen,
) -> None:
    """Look at everything a bot needs, and say how to mend what is wrong; ends with 1 if anything is.

    It spends one session start.
    """
    from qqgw_trio.doctor.consultation import consult  # noqa: PLC0415
    from qqgw_trio.doctor.telling import error_line, language  # noqa: PLC0415
    from qqgw_trio.settings.config_sources import gathered  # noqa: PLC0415 - `qqgw --help` examines nobody

    command_line, spoken = [*assigned(assignments), *chosen(options)], lang or language()
    try:
        bot, asked = _bot(target), _intents(intents)
        bot.settings = gathered(bot.settings, file=config, command_line=command_line)
    except GatewayError as error:
        complain(error_line(error, spoken))
        sys.exit(EXIT_MISUSED)
    sys.exit(0 if consult(bot, spoken, intents=asked, as_json=as_json) else 1)


def _intents(names: str | None) -> Intents | None:
    from qqgw_proto.events import Intents  # noqa: PLC0415

    return None if names is None else Intents.from_names(name.strip() for name in names.split(","))


def _bot(target: str | None) -> Bot:
    from qqgw_trio.bot import Bot  # noqa: PLC0415
    from qqgw_trio.running.loading import load_bot  # noqa: PLC0415

    return Bot() if target is None else load_bot(target)
