"""A bot whose handler blocks the event loop, or does not end when it is cancelled; which, the event's text says."""

from __future__ import annotations

import signal
import time

import click
import trio

from qqgw_proto.events import GroupAtMessageCreate
from qqgw_trio import Bot, Context

bot = Bot()


@bot.on(GroupAtMessageCreate)
async def persist(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
    click.echo(event.text)
    if event.text == "block":
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        time.sleep(600)  # noqa: ASYNC251 - the mistake that is tried here
    try:
        await trio.sleep_forever()
    finally:
        click.echo("cancelled")
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()
