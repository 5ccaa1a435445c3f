"""What the platform says: token, REST and allow-list, gateway URL, starts that are left."""

from __future__ import annotations

from typing import Final

from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.api_codes import CodeKind
from qqgw_trio.api_errors import ApiError
from qqgw_trio.doctor.chinese import chinese_of
from qqgw_trio.doctor.findings import Finding, Said, doubtful, of_error, right, skipped, wrong
from qqgw_trio.doctor.patient import Patient

__all__ = ["allow_list", "gateway_url", "starts", "token"]

FEW: Final = 50
"""Session starts that are few: as many restarts, or shards."""

_SPENT: Final = Said(
    "wait until the starts are counted anew; keep sessions in a file (--session-file), so that restarts RESUME",
    "请等到次数重新计算; 并用 --session-file 保存会话, 使重启后能够 RESUME",
)


async def token(patient: Patient) -> Finding:
    """App id and secret are good for an access token."""
    tokens = await patient.tokens()
    await tokens.get()
    seconds = tokens.expires_in or 0.0
    return right(f"an access token, good for {seconds:.0f} s", f"已取得访问令牌, {seconds:.0f} 秒内有效")


async def allow_list(patient: Patient) -> Finding:
    """REST takes calls from this machine's address, and knows the bot."""
    api = await patient.api()
    try:
        bot = await api.me()
    except ApiError as error:
        if error.kind is not CodeKind.ADDRESS:
            raise
        said, remedy = error.message, of_error(error).remedy
        said_zh = chinese_of(said)
        return wrong(f"this machine's address is not allowed: {said}", f"本机地址不在 IP 白名单中: {said_zh}", remedy)
    return right(f"REST knows the bot as {bot.username} ({bot.id})", f"REST 可用, 机器人是 {bot.username} ({bot.id})")


async def gateway_url(patient: Patient) -> Finding:
    """Where the gateway is, and with how many shards it wants this bot."""
    fixed = patient.bot.settings.gateway_url
    if fixed:
        GatewayUrl.parse(fixed)
        return right(f"a fixed one: {fixed}", f"使用固定的网关地址: {fixed}")
    gateway = patient.gateway = await (await patient.api()).gateway_bot()
    GatewayUrl.parse(gateway.url)
    en, zh = f"{gateway.url}, {gateway.shards} shards recommended", f"{gateway.url}, 推荐 {gateway.shards} 个分片"
    plan = patient.bot.settings.shards
    count = gateway.shards if plan.is_automatic else plan.configs()[0].shard_count
    if count < gateway.shards:
        remedy = Said("start the bot with --shards auto, or with that many", "请使用 --shards auto, 或设置为推荐的数量")
        return doubtful(f"{en}, but {count} set", f"{zh}, 但设置的是 {count} 个", remedy)
    return right(en, zh)


async def starts(patient: Patient) -> Finding:
    """Sessions that may still be started today."""
    if patient.bot.settings.gateway_url:
        # Asked all the same: a fixed URL does not change what the gateway will refuse.
        patient.gateway = await (await patient.api()).gateway_bot()
    if patient.gateway is None:
        return skipped("the platform was not asked", "没有询问平台")
    limit = patient.gateway.session_start_limit
    hours = limit.reset_after / 3600
    en = f"{limit.remaining} of {limit.total} left for {hours:.1f} h, {limit.max_concurrency} within 5 s"
    zh = f"{hours:.1f} 小时内还可启动 {limit.remaining} 次, 共 {limit.total} 次; 每 5 秒 {limit.max_concurrency} 次"
    if limit.remaining == 0:
        return wrong(en, zh, _SPENT)
    return doubtful(en, zh, _SPENT) if limit.remaining < FEW else right(en, zh)
