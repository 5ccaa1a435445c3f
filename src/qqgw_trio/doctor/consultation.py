"""The whole of `qqgw doctor`: runs the checks and prints what they find on stdout."""

from __future__ import annotations

import sys
from contextlib import aclosing

import click
import trio

from qqgw_proto.events import Intents
from qqgw_trio.bot import Bot
from qqgw_trio.doctor.checks import Result, examine
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.doctor.telling import as_json as told_as_json
from qqgw_trio.doctor.telling import is_well, lines_of, verdict_line
from qqgw_trio.insight.diagnostics import Lang

__all__ = ["consult"]


def consult(bot: Bot, lang: Lang, *, intents: Intents | None = None, as_json: bool = False) -> bool:
    """Examines a bot and tells each finding as soon as it is known; with `as_json` all of them at the end.

    Args:
        bot: Not running.
        lang: In which language.
        intents: In place of the bot's.
        as_json: Whether one JSON object is printed.

    Returns:
        Whether nothing is wrong.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        # A console whose code page lacks a character shows an escape in its place.
        reconfigure(errors="backslashreplace")
    results = trio.run(_examine, Patient(bot, intents=intents), lang, as_json)
    click.echo(told_as_json(results, lang).decode() if as_json else verdict_line(results, lang))
    return is_well(results)


async def _examine(examined: Patient, lang: Lang, as_json: bool) -> list[Result]:
    results: list[Result] = []
    async with examined as patient, aclosing(examine(patient)) as found:
        async for result in found:
            results.append(result)
            if not as_json:
                click.echo("\n".join(lines_of(result, lang)))
    return results
