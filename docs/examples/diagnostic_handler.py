"""A handler in the specification's style that logs what the gateway says.

    QQ_BOT_APP_ID=… QQ_BOT_SECRET=… python docs/examples/diagnostic_handler.py

Messages are logged at DEBUG, so that a bot in production can leave them out.
"""

from __future__ import annotations

import logging

from qqgw_proto.events import AtMessageCreate, MessageCreate, Ready
from qqgw_trio import Bot, Context, EventHandler

ChannelMessage = MessageCreate | AtMessageCreate

logger = logging.getLogger("diagnostics")


class DiagnosticHandler(EventHandler):
    """Logs sessions and messages."""

    async def ready(self, ctx: Context[Ready], event: Ready) -> None:
        logger.info("ready as %s", event.user.username)
        logger.info("  session: %s", event.session_id)
        logger.info("  API version: %s", event.version)
        if event.shard is not None:
            logger.info("  shard: %d of %d", *event.shard)

    async def message_create(self, ctx: Context[ChannelMessage], event: ChannelMessage) -> None:
        logger.debug("message %s", event.id)
        logger.debug("  channel: %s", event.channel_id)
        logger.debug("  author: %s", event.author.username)


bot = Bot(handler=DiagnosticHandler())

if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    bot.run()
