"""The words of the pages about events, in both languages."""

# Chinese punctuation is meant; a line break inside of a Chinese paragraph would be shown as a space.
# ruff: noqa: E501, RUF001

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from qqgw_proto.events import Access

__all__ = ["CHINESE", "ENGLISH", "MEANINGS_IN_CHINESE", "Words"]


@attrs.frozen
class Words:
    """What one language says.

    Attributes:
        sibling: The link to the page in the other language.
        head: Down to the first table.
        columns: Of the table of types.
        intent: Its name and its bit.
        no_intent: Nothing need be asked for.
        no_reply: There is no reply.
        chosen: A reply is possible, but the bot must choose the channel.
        access: Who may ask for an intent.
        aliases: Between the table of types and that of second names.
        alias_columns: Of that table.
        tail: Below it.
    """

    sibling: str
    head: str
    columns: tuple[str, ...]
    intent: str
    no_intent: str
    no_reply: str
    chosen: str
    access: Mapping[Access, str]
    aliases: str
    alias_columns: tuple[str, ...]
    tail: str


_SHAPES: Final = """```python
from qqgw_proto.events import EVENT_CLASSES, GroupAtMessageCreate, Message

assert EVENT_CLASSES["GROUP_AT_MESSAGE_CREATE"] is GroupAtMessageCreate
assert issubclass(GroupAtMessageCreate, Message)
```
"""

ENGLISH: Final = Words(
    "[中文](events.zh.md)",
    f"""# Events

Every type of event that the gateway sends. Each has a class of its own in `qqgw_proto.events`, named like the type. [Intents](intents.md) says what to ask for, [handlers](handlers.md) how to receive an event, [replies](replies.md) what
a reply is.

{_SHAPES}
## What all events have

Whatever an event does not have is None, empty or false.

| property | what it is |
| --- | --- |
| `type_name` | the type, such as `GROUP_AT_MESSAGE_CREATE` |
| `text` | what a person wrote: without leading mentions, escapes and white space around it |
| `author_id` | who caused it: an openid in groups and C2C, a user id in guilds |
| `is_from_bot` | whether the wire says that a bot wrote it |
| `conversation` | kind (`group`, `c2c`, `channel`, `dm`, `guild`) and id of the place; its events keep their order |
| `guild` | the guild's id; of a direct message the guild that the person came from |
| `message_id` | the message that it brings or is about |
| `event_id` | the frame's `id` |
| `seq` | the frame's `s` |
| `raw` | the payload as received, raw JSON; what no field names is still there |

Fields bear the names of the wire. `raw_x` is what the wire says where `x` is what a person wants: `raw_timestamp` is
text or a number, `timestamp` a `datetime`. Every field may be absent. Ids are text. Half of a character, as is left of
text that was cut (a lone surrogate, `\\ud83d`), is U+FFFD in all of them; `raw` has it as it came.

A type that this version does not know is an `UnknownEvent`: catch-all handlers and handlers of its name get it, with
`raw`. A payload of the wrong shape goes to catch-all handlers as an `UnknownEvent` too, and a line of the log names
type and path.

## Every type

The intent delivers the type, and "access" says who may ask for that intent. "Reply" is the key under which a reply
names the event; `ctx.reply` fills it in.
""",
    ("type", "class", "what has happened", "intent", "access", "reply"),
    "{name} (bit {bit})",
    "none needed",
    "no",
    "`{key}`, see below",
    {access: access.value for access in Access},
    """Members come and go in a guild as a whole, so `ctx.reply` cannot know the channel. Name one:
`ctx.api.send_channel(channel_id, content="welcome", event_id=ctx.event_id)`.

## Second names

Types that also go by another name; a handler gets them under either.
""",
    ("also on the wire", "type", "class"),
    """## Several types at once

`Message` stands for the six types of messages, `GroupMessage` and `GuildMessage` for some of them: `isinstance`,
`ctx.wait_for` and `ctx.ask` take these classes. `@bot.on` takes one class for each type.

A private bot that asks for bits 9 and 30 gets each message that mentions it twice, with one `message_id`. Commands and
the methods of an `EventHandler` that stand for both types are called once.
""",
)

CHINESE: Final = Words(
    "[English](events.md)",
    f"""# 事件

网关发送的每一种事件。每种类型在 `qqgw_proto.events` 里有自己的类，名字与类型对应。要订阅什么，见 [intents](intents.zh.md)；怎样接收事件，见[处理函数](handlers.zh.md)；什么是回复，见[回复](replies.zh.md)。

{_SHAPES}
## 所有事件共有的属性

事件没有的东西是 None、空或 false。

| 属性 | 含义 |
| --- | --- |
| `type_name` | 类型，如 `GROUP_AT_MESSAGE_CREATE` |
| `text` | 用户写的文字：去掉开头的 @、转义和首尾空白 |
| `author_id` | 谁引起的：群和单聊里是 openid，频道里是用户 id |
| `is_from_bot` | 平台是否注明由机器人所写 |
| `conversation` | 地点的种类（`group`、`c2c`、`channel`、`dm`、`guild`）和 id；同一地点的事件保持顺序 |
| `guild` | 频道服务器的 id；频道私信则是对方来自的频道服务器 |
| `message_id` | 它带来的或涉及的消息 |
| `event_id` | 帧的 `id` |
| `seq` | 帧的 `s` |
| `raw` | 收到的原始 JSON；没有对应字段的内容也在里面 |

字段名与平台一致。`raw_x` 是平台发来的原样，`x` 是便于使用的形式：`raw_timestamp` 是文本或数字，`timestamp` 是 `datetime`。任何字段都可能缺失。id 一律是文本。半个字符（文本被截断时留下的单个代理项，`\\ud83d`）在各字段里是 U+FFFD；`raw` 里保持原样。

这个版本不认识的类型是 `UnknownEvent`：接收全部事件的处理函数和按名字注册的处理函数会收到它，内容在 `raw` 里。形状不对的载荷也作为 `UnknownEvent` 交给接收全部事件的处理函数，日志里有一行写明类型和路径。

## 全部类型

intent 决定是否发送这种类型，“权限”说明谁可以要这个 intent。“回复”是回复用来指向这个事件的键，`ctx.reply` 会自动填好。
""",
    ("类型", "类", "发生了什么", "intent", "权限", "回复"),
    "{name}（第 {bit} 位）",
    "不需要",
    "否",
    "`{key}`，见下",
    {Access.DEFAULT: "所有机器人都有", Access.APPROVAL: "需要在平台的管理端申请", Access.PRIVATE: "仅私域机器人"},
    """成员进出属于整个频道服务器，`ctx.reply` 不知道该发到哪个子频道，请自己指定：`ctx.api.send_channel(channel_id, content="welcome", event_id=ctx.event_id)`。

## 另一个名字

有的类型在平台上还有另一个名字；按哪个名字注册都能收到。
""",
    ("另一个名字", "类型", "类"),
    """## 一次多种类型

`Message` 代表六种消息，`GroupMessage` 和 `GuildMessage` 代表其中一些：`isinstance`、`ctx.wait_for` 和 `ctx.ask` 接受这些类。`@bot.on` 则要逐个写出每种类型的类。

私域机器人同时要第 9 位和第 30 位时，每条 @ 它的消息会来两次，`message_id` 相同。命令，以及 `EventHandler` 中代表两种类型的方法，只调用一次。
""",
)

MEANINGS_IN_CHINESE: Final[dict[str, str]] = {
    "READY": "会话开始了",
    "RESUMED": "会话恢复了，错过的事件已全部补发",
    "GUILD_CREATE": "机器人加入了频道服务器",
    "GUILD_UPDATE": "频道服务器的资料变了",
    "GUILD_DELETE": "频道服务器解散了，或机器人被移出",
    "CHANNEL_CREATE": "子频道建立了",
    "CHANNEL_UPDATE": "子频道的资料变了",
    "CHANNEL_DELETE": "子频道删除了",
    "GUILD_MEMBER_ADD": "有人加入频道服务器",
    "GUILD_MEMBER_UPDATE": "成员的资料变了",
    "GUILD_MEMBER_REMOVE": "有人离开频道服务器，或被移出",
    "MESSAGE_CREATE": "频道里的任何消息",
    "MESSAGE_DELETE": "频道里的任何消息被撤回",
    "MESSAGE_REACTION_ADD": "有人加了表情表态",
    "MESSAGE_REACTION_REMOVE": "有人取消了表情表态",
    "DIRECT_MESSAGE_CREATE": "频道成员给机器人的私信",
    "DIRECT_MESSAGE_DELETE": "频道私信被撤回",
    "OPEN_FORUM_THREAD_CREATE": "有人发了主题",
    "OPEN_FORUM_THREAD_UPDATE": "主题改了",
    "OPEN_FORUM_THREAD_DELETE": "主题删除了",
    "OPEN_FORUM_POST_CREATE": "有人在主题下发帖",
    "OPEN_FORUM_POST_DELETE": "帖子删除了",
    "OPEN_FORUM_REPLY_CREATE": "有人回复帖子",
    "OPEN_FORUM_REPLY_DELETE": "回复删除了",
    "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER": "有人进入音视频或直播子频道",
    "AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT": "有人离开音视频或直播子频道",
    "ENTER_AIO": "用户打开了与机器人的聊天",
    "GROUP_MEMBER_ADD": "有人加入群",
    "GROUP_MEMBER_REMOVE": "有人离开群",
    "C2C_MESSAGE_CREATE": "用户给机器人的单聊消息",
    "FRIEND_ADD": "用户添加了机器人",
    "FRIEND_DEL": "用户删除了机器人",
    "C2C_MSG_REJECT": "用户关闭了机器人的主动消息",
    "C2C_MSG_RECEIVE": "用户打开了机器人的主动消息",
    "GROUP_AT_MESSAGE_CREATE": "群里 @ 机器人的消息",
    "GROUP_MESSAGE_CREATE": "群里的任何消息，前提是群主允许机器人读取",
    "GROUP_ADD_ROBOT": "机器人被加入群",
    "GROUP_DEL_ROBOT": "机器人被移出群",
    "GROUP_MSG_REJECT": "群关闭了机器人的主动消息",
    "GROUP_MSG_RECEIVE": "群打开了机器人的主动消息",
    "GROUP_JOIN_REQUEST": "有人申请入群",
    "SUBSCRIBE_MESSAGE_STATUS": "订阅状态变了",
    "INTERACTION_CREATE": "有人按了按钮，或选了菜单",
    "MESSAGE_AUDIT_PASS": "机器人的消息通过审核，已发布",
    "MESSAGE_AUDIT_REJECT": "机器人的消息未通过审核",
    "FORUM_THREAD_CREATE": "有人发了主题",
    "FORUM_THREAD_UPDATE": "主题改了",
    "FORUM_THREAD_DELETE": "主题删除了",
    "FORUM_POST_CREATE": "有人在主题下发帖",
    "FORUM_POST_DELETE": "帖子删除了",
    "FORUM_REPLY_CREATE": "有人回复帖子",
    "FORUM_REPLY_DELETE": "回复删除了",
    "FORUM_PUBLISH_AUDIT_RESULT": "机器人在论坛发的内容审核完毕",
    "AUDIO_START": "开始播放音频",
    "AUDIO_FINISH": "音频播放结束",
    "AUDIO_ON_MIC": "机器人上麦",
    "AUDIO_OFF_MIC": "机器人下麦",
    "AT_MESSAGE_CREATE": "频道里 @ 机器人的消息",
    "PUBLIC_MESSAGE_DELETE": "@ 机器人的消息被撤回",
}
