"""What can be seen on this machine alone: settings, app id and secret, Python, limits, proxies, intents."""

from __future__ import annotations

import platform
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import trio

from qqgw_proto.events.permissions import describe_intents, intent_warnings, validate_intents_permissions
from qqgw_trio.bot import Bot
from qqgw_trio.connection.file_limit import ensure_files
from qqgw_trio.doctor.chinese import chinese_of, intents_in_chinese
from qqgw_trio.doctor.findings import Finding, Said, doubtful, right
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.rest.endpoints import checked_http_url
from qqgw_trio.storage.file_lock import FileInUse
from qqgw_trio.storage.session_file import damage
from qqgw_trio.storage.store import FileSessionStore
from qqgw_trio.versions import version_of

__all__ = ["configuration", "environment", "intents"]

_WAYS: Final = "QQGW_SESSION_FILE, --session-file"
_INTENTS: Final = Said(
    "ask only for intents that the console shows as granted: a single other one refuses the whole IDENTIFY",
    "只请求控制台显示已授予的 intents: 只要有一个未授予, 整个 IDENTIFY 都会被拒绝",
)


async def configuration(patient: Patient) -> Finding:
    """Whether the settings can work, and app id and secret are given."""
    await trio.lowlevel.checkpoint()
    bot, settings = patient.bot, patient.bot.settings
    settings.check()
    checked_http_url(bot.api_url, "the API URL")
    checked_http_url(bot.token_url, "the token URL")
    patient.hosts()
    app_id = patient.credentials.app_id
    place = _platform_of(bot)
    en = f"app id {app_id}, secret is set, {place.en}, settings: {settings.profile}"
    zh = f"AppID {app_id}, 已设置 AppSecret, {place.zh}, 配置: {settings.profile}"
    if settings.session_file is None:
        return doubtful(
            f"{en}; no session file: a restart loses what happens meanwhile",
            f"{zh}; 未设置会话文件: 重启期间的事件会丢失",
            Said(f"set session_file ({_WAYS})", f"请设置 session_file ({_WAYS})"),
        )
    return await _doubts_about(settings.session_file) or right(en, zh)


def _platform_of(bot: Bot) -> Said:
    if bot.settings.api_url is not None:
        return Said(f"the platform at {bot.api_url}", f"平台地址 {bot.api_url}")
    return (
        Said("the platform's sandbox", "平台的沙箱环境") if bot.sandbox else Said("the live platform", "平台的正式环境")
    )


async def _doubts_about(path: Path) -> Finding | None:
    """Opens the session file as `run` does, its folder made; a damaged one is only read, for `run` sets it aside.

    Raises:
        SessionStoreError: A bot with this file does not start.
    """
    why = ""
    with suppress(OSError):  # which the store tells
        why = damage(path)
    if why:
        return doubtful(
            f"{path} is no session file ({why}): a start sets it aside, and what happened meanwhile is lost",
            f"{path} 不是会话文件 (无法解析其内容): 启动时会被改名保留, 期间的事件会丢失",
            Said("name another file, or restore this one", "请改用另一个文件, 或恢复该文件"),
        )
    try:
        async with FileSessionStore(path, threads=False):  # a look holds up nobody
            return None
    except FileInUse as error:  # by the bot itself perhaps, which somebody looks at while it runs
        return doubtful(
            f"the session file is in use: {error.message}; a second bot with it does not start",
            f"会话文件正在使用中: {chinese_of(error.message)}; 使用同一文件的第二个机器人无法启动",
            Said(
                f"fine if that is this bot; if not, {error.remedy}",
                "若正是本机器人则无妨; 否则请为每个机器人各用一个文件",
            ),
        )


async def environment(patient: Patient) -> Finding:
    """Python, versions, open files, certificates, proxies."""
    await trio.lowlevel.checkpoint()
    plan = patient.bot.settings.shards
    ensure_files(len((plan.fixed(1) if plan.is_automatic else plan).configs()))
    straight = patient.straight_hosts()
    proxied = ", ".join(str(host) for host in patient.hosts() if host not in straight)
    here = f"Python {platform.python_version()}, {sys.platform}, qqgw {version_of('qqgw')}, trio {version_of('trio')}"
    en, zh = f"{here}; no proxy", f"{here}; 不使用代理"
    if proxied:
        en, zh = f"{here}; a proxy for {proxied}", f"{here}; 经代理访问 {proxied}"
    if patient.network.context.verify_mode is ssl.CERT_NONE:
        remedy = Said(
            "set tls.verify back to true: anybody on the way can take the token",
            "请把 tls.verify 改回 true: 否则途中任何人都能窃取令牌",
        )
        return doubtful(f"{en}; certificates are not checked", f"{zh}; 不校验证书", remedy)
    return right(en, zh)


async def intents(patient: Patient) -> Finding:
    """What the bot asks for, and what of it is likely to be refused or of no use."""
    await trio.lowlevel.checkpoint()
    bot, asked = patient.bot, patient.intents
    entries, private = bot.handlers.entries, bot.settings.private
    if private is False:
        validate_intents_permissions(asked)
    handled = [types for entry in entries for types in entry.asks] if entries else None
    every = any(entry.types is None for entry in entries)
    warnings = intent_warnings(asked, private=private is True, handled=handled, catch_all=every)
    en, zh = describe_intents(asked), intents_in_chinese(asked)
    if warnings:
        more, more_zh = "; ".join(warnings), "; ".join(map(chinese_of, warnings))
        return doubtful(f"{en}; {more}", f"{zh}; 请检查: {more_zh}", _INTENTS)
    return right(en, zh)
