"""What a bot is refused with before it connects, or warned of: the library's English sentences with their Chinese.

`{}` stands for what differs each time. The first sentence that fits is taken: one that holds another comes before it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["COMMAND_LINE", "INTENT_WARNINGS", "SETTINGS"]

SETTINGS: Final = {
    "production needs a session file: without one a restart loses what happens meanwhile": (
        "production 配置需要会话文件: 没有它, 重启期间的事件会丢失"
    ),
    "set session_file (QQGW_SESSION_FILE, --session-file)": ("请设置 session_file (QQGW_SESSION_FILE, --session-file)"),
    "production refuses to log frames: they hold what people write": (
        "production 配置不允许把帧写进日志: 帧里有人们写的内容"
    ),
    "leave debug_logging off, and the logger {} above DEBUG": "请关闭 debug_logging, 并使日志器 {} 高于 DEBUG",
    "{} not set in the environment": "环境变量 {} 未设置",
    "set {}; both stand on the platform's console, under development settings": (
        "请设置 {}; 两者都在开放平台控制台的开发设置里"
    ),
    "{} must be printable ASCII text without blanks": "{} 必须是不含空格的可打印 ASCII 文本",
    "both stand on the platform's console, under development settings": "两者都在开放平台控制台的开发设置里",
    "{} shards need {} open files, but this process may have only {}": (
        "{} 个分片需要打开 {} 个文件, 但本进程最多只能打开 {} 个"
    ),
    "raise the limit (`ulimit -Hn {}`, LimitNOFILE={} of systemd, `--ulimit nofile={}` of docker), "
    "or spread the shards over processes (--shards 0-499/1000)": (
        "请提高上限 (`ulimit -Hn {}`, systemd 的 LimitNOFILE={}, docker 的 `--ulimit nofile={}`), "
        "或把分片分到多个进程 (--shards 0-499/1000)"
    ),
    "tls.{} {} cannot be used: {}": "无法使用 tls.{} {}: {}",
    "it holds no certificate and key in PEM form": "其中没有 PEM 格式的证书和私钥",
    "it holds no certificates in PEM form": "其中没有 PEM 格式的证书",
    "tls.key_file is set without tls.cert_file": "设置了 tls.key_file, 但没有 tls.cert_file",
    "name the certificate as well": "请同时指定证书",
    "tls.key_file is encrypted": "tls.key_file 是加密的",
    "decrypt it: {}": "请先解密: {}",
    "the proxy that {} names is no URL": "{} 指定的代理不是 URL",
    "the proxy that {} names speaks {}: only HTTP proxies can be used": "{} 指定的代理使用 {}: 只支持 HTTP 代理",
    "the proxy that {} names has no usable host and port": "{} 指定的代理没有可用的主机和端口",
    "the setting proxy": "设置项 proxy",
    "give a URL like {} or {}": "请写成 {} 或 {} 这样的 URL",
    "the gateway URL {} cannot be used: {}": "无法使用网关地址 {}: {}",
    "sessions cannot be kept in {}: {}": "无法把会话保存在 {}: {}",
    "{} is locked by process {}": "{} 已被进程 {} 锁定",
    "the round was not over within {} s": "整个过程未能在 {} 秒内完成",
    "the gateway's URL is not known": "不知道网关地址",
}
"""What a setting is refused with."""

INTENT_WARNINGS: Final = {
    "only private bots may ask for {}": "只有私域机器人可以请求 {}",
    "leave it out, or declare the bot private; {}": "请去掉它, 或声明机器人是私域的; {}",
    "leave it out, or declare the bot private": "请去掉它, 或声明机器人是私域的",
    "bit {} is no intent of the gateway": "第 {} 位不是网关的 intent",
    "{} is for private bots only": "{} 仅限私域机器人",
    "GUILD_MESSAGES (bit 9) is every message of a guild; {}": "GUILD_MESSAGES (第 9 位) 是频道的全部消息; {}",
    "PUBLIC_GUILD_MESSAGES (bit 30) delivers the messages that mention the bot, without approval": (
        "PUBLIC_GUILD_MESSAGES (第 30 位) 提供 @机器人 的消息, 无需申请"
    ),
    "GUILD_MESSAGES and PUBLIC_GUILD_MESSAGES together deliver each message for the bot twice": (
        "同时使用 GUILD_MESSAGES 和 PUBLIC_GUILD_MESSAGES 时, @机器人 的每条消息都会收到两次"
    ),
    "{} has a handler, but this version knows no such event: did you mean {}?": (
        "{} 有处理函数, 但本版本没有这个事件: 是否想写 {}?"
    ),
    "{} has a handler, but this version knows no such event": "{} 有处理函数, 但本版本没有这个事件",
    "{} has a handler, but no chosen intent delivers it: add {}": "{} 有处理函数, 但所选的 intents 不提供它: 请添加 {}",
    "{} is asked for, but no handler takes any of its events": "请求了 {}, 但没有处理函数接收它的事件",
    "{} are asked for, but no handler takes any of their events": "请求了 {}, 但没有处理函数接收它们的事件",
}
"""What is said about a choice of intents."""

COMMAND_LINE: Final = {
    # Where it stands.
    "the environment variable {}: {}": "环境变量 {}: {}",
    "--set {}: {}": "--set {}: {}",
    "--{}: {}": "--{}: {}",
    "{}.toml: {}: {}": "{}.toml: {}: {}",
    "the configuration file {} cannot be read: {}": "无法读取配置文件 {}: {}",
    "the configuration file {} is no TOML: {}": "配置文件 {} 不是 TOML: {}",
    # What is wrong there.
    "there is no such setting": "没有这个设置",
    "is {} meant?": "是否想写 {}?",
    "set {} in the environment": "请设置环境变量 {}",
    "it is a section, not a setting": "这是一节, 不是设置项",
    "set its parts, such as {}": "请设置其中的项, 例如 {}",
    "{} is given twice: one value by {}, another by {}": "{} 设置了两次, 值不同: {} 和 {}",
    "{} is given twice: {} by {}, {} by {}": "{} 设置了两次: {} ({}) 和 {} ({})",
    "give it once, in the section: {}": "请只在这一节里设置一次: {}",
    "give it once": "请只设置一次",
    "shards: {} names none": "shards: {} 不是分片的写法",
    "shards: ids must be from {} to {}": "shards: 编号必须从 {} 到 {}",
    "shards: the count must be from {} to {}": "shards: 总数必须从 {} 到 {}",
    "ids must be from {} to {}": "编号必须从 {} 到 {}",
    "the count must be from {} to {}": "总数必须从 {} 到 {}",
    'write "auto", a count like {}, or ids and count like {}': '请写 "auto"、{} 这样的总数, 或 {} 这样的编号和总数',
    "{} must be at most {}, not {}": "{} 最多是 {}, 而不是 {}",
    "raise max_delay or lower initial_delay": "请增大 max_delay 或减小 initial_delay",
    "the API URL {} must begin with {}": "API 地址 {} 必须以 {} 开头",
    "the token URL {} must begin with {}": "令牌地址 {} 必须以 {} 开头",
    "it must begin with {}": "它必须以 {} 开头",
    "{} must be {}, not {}": "{} 必须是 {}, 而不是 {}",
    "must be {}, not {}": "必须是 {}, 而不是 {}",
    # What would be right.
    "None or {}": "None 或 {}",
    "a number of seconds from {}": "不小于 {} 的秒数",
    "a whole number from {} to {}": "从 {} 到 {} 的整数",
    "a whole number from {}": "不小于 {} 的整数",
    "a number above {}": "大于 {} 的数",
    "a number from {}": "不小于 {} 的数",
    "a whole number": "整数",
    "a number": "数",
    "a text": "文本",
    "a path": "路径",
    "the path of a file": "文件的路径",
    "a host name or an address": "主机名或地址",
    "text without white space": "不含空白的文本",
    # The bot that is named.
    "{} names no bot": "{} 没有指定机器人",
    "{} names none": "{} 不是分片的写法",
    "write MODULE:BOT, such as {}": "请写成 MODULE:BOT, 例如 {}",
    "there is no module {}": "没有模块 {}",
    "check its name and the folder": "请检查它的名字和所在目录",
    "{} has no object {}": "{} 中没有对象 {}",
    "its bots are: {}": "其中的机器人有: {}",
    "cannot import {}: {}": "无法导入 {}: {}",
    "mend that": "请改正",
    "no intent is named {}": "没有名为 {} 的 intent",
    "use one of {}": "请使用其中之一: {}",
}
"""What a command line and its settings are refused with."""
