"""What the platform says: token, REST and allow-list, gateway URL, starts that are left."""

from __future__ import annotations

from math import ceil
from typing import Final

from qqgw_proto.sharding import WINDOW
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.doctor.chinese import chinese_of
from qqgw_trio.doctor.findings import NOTHING, Finding, Said, doubtful, of_error, right, skipped, wrong
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.api_errors import ApiError

__all__ = ["allow_list", "gateway_url", "starts", "token"]

FEW: Final = 50
"""Session starts that are few: as many restarts, or shards."""

LOOK: Final = 2
"""Session starts that the doctor's own round trip takes at most."""

LONG: Final = 60.0
"""Seconds that a start may take without a word."""

_SPENT: Final = Said(
    "wait until the starts are counted anew; keep sessions in a file (--session-file), so that restarts RESUME",
    "请等到次数重新计算; 并用 --session-file 保存会话, 使重启后能够 RESUME",
)
_SHORT: Final = Said(
    "wait until the starts are counted anew, or start fewer shards; keep sessions in a file (--session-file), "
    "so that restarts RESUME",
    "请等到次数重新计算, 或启动更少的分片; 并用 --session-file 保存会话, 使重启后能够 RESUME",
)


async def token(patient: Patient) -> Finding:
    """Whether app id and secret are good for an access token."""
    tokens = await patient.tokens()
    await tokens.get()
    seconds = tokens.expires_in or 0.0
    return right(f"an access token, good for {seconds:.0f} s", f"已取得访问令牌, {seconds:.0f} 秒内有效")


async def allow_list(patient: Patient) -> Finding:
    """Whether REST takes calls from this machine's address, and knows the bot."""
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
    """Whether the platform names a gateway, and how many shards it recommends."""
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
    """Whether enough sessions may still be started today for the shards of this bot."""
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
    shards = patient.plan.configs()
    own, whole = len(shards), shards[0].shard_count
    long = _long_start(own, limit.max_concurrency)
    en, zh = f"{en}{long.en}", f"{zh}{long.zh}"
    if limit.remaining < own:
        return wrong(f"{en}; this process starts {own} shards", f"{zh}; 本进程要启动 {own} 个分片", _SHORT)
    if limit.remaining < whole + LOOK:
        en, zh = (
            f"{en}; the bot has {whole} shards, this look takes a start or two",
            (f"{zh}; 机器人共有 {whole} 个分片, 本次检查会用掉一至两次"),
        )
        return doubtful(en, zh, _SHORT)
    return doubtful(en, zh, _SPENT) if limit.remaining < FEW else right(en, zh)


def _long_start(shards: int, at_once: int) -> Said:
    # "sessions creatable per 5 s" (GWB:37): the first ones go at once.
    seconds = (ceil(shards / at_once) - 1) * WINDOW
    if seconds <= LONG:
        return NOTHING
    minutes = f"{seconds / 60:.1f}"
    return Said(
        f"; to IDENTIFY {shards} shards takes {minutes} min", f"; {shards} 个分片全部 IDENTIFY 需要 {minutes} 分钟"
    )
