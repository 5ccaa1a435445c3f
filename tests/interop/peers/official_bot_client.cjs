/**
 * qq-official-bot, as its users run it, against a local platform: see lead_home.cjs. The bot replies to every message.
 *
 *     node --require lead_home.cjs official_bot_client.cjs REST_URL APP_ID SECRET
 */
"use strict";

const { Bot, ReceiverMode } = require("qq-official-bot");

const [appid, secret] = process.argv.slice(3);
const intents = ["GROUP_AND_C2C_EVENT"];
const bot = new Bot({ appid, secret, intents, logLevel: "debug", mode: ReceiverMode.WEBSOCKET });

bot.on("message.group", (event) => event.reply(`heard ${event.raw_message}`));
bot.start();
