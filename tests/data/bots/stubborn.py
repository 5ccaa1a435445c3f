"""A bot that says on stdout what it begins and what it has done; what begins with the text in HOLD is never done."""

from __future__ import annotations

import os

import click
import trio

from qqgw_proto.events import C2CMessageCreate, DirectMessageCreate, Event, GroupAtMessageCreate
from qqgw_trio import Bot, Context

bot = Bot()


@bot.on(C2CMessageCreate, DirectMessageCreate, GroupAtMessageCreate)
async def work(ctx: Context[Event], event: Event) -> None:
    click.echo(f"began {event.text}")
    if event.text == os.environ.get("HOLD"):
        await trio.sleep_forever()
    click.echo(f"done {event.text}")
