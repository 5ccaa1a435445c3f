"""nonebot-adapter-qq, as its users run it, against a local platform; in an environment that has nothing of ours.

    python nonebot_client.py REST_URL APP_ID SECRET DRIVER

All addresses are settings of the adapter. The bot replies to every message.
"""

import sys

import nonebot
from nonebot.adapters.qq import Adapter, Bot, MessageEvent

rest, app_id, secret, driver = sys.argv[1:]
bot = {"id": app_id, "secret": secret, "intent": {"c2c_group_at_messages": True}}
nonebot.init(
    driver=driver, log_level="DEBUG", qq_api_base=rest, qq_auth_base=f"{rest}/app/getAppAccessToken", qq_bots=[bot]
)
nonebot.get_driver().register_adapter(Adapter)
messages = nonebot.on_message()


@messages.handle()
async def reply(bot: Bot, event: MessageEvent) -> None:
    await bot.send(event, f"heard {event.get_plaintext()}")


nonebot.run()
