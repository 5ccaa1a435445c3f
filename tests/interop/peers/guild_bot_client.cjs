/**
 * qq-guild-bot, as its users run it, against a local platform: see lead_home.cjs. The bot replies to every message.
 *
 *     node --require lead_home.cjs guild_bot_client.cjs REST_URL APP_ID SECRET
 */
"use strict";

const { createOpenAPI, createWebsocket } = require("qq-guild-bot");

const [appID, token] = process.argv.slice(3);
const config = { appID, token, intents: ["PUBLIC_GUILD_MESSAGES"], sandbox: false };
const client = createOpenAPI(config);

createWebsocket(config).on("PUBLIC_GUILD_MESSAGES", ({ msg }) =>
  client.messageApi.postMessage(msg.channel_id, { content: `heard ${msg.content}`, msg_id: msg.id }),
);
