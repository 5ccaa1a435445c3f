"""The codes of the REST API in Chinese: what each says and what to do, by the English of `qqgw_trio.rest.api_codes`."""

from __future__ import annotations

from typing import Final

__all__ = ["CODE_MEANINGS", "CODE_REMEDIES"]

CODE_MEANINGS: Final = {
    "too many requests for a token": "获取令牌过于频繁",
    "internal error, or a body that is not JSON": "内部错误, 或正文不是 JSON",
    "unknown app id": "AppID 不存在",
    "wrong app id or secret": "AppID 或 AppSecret 错误",
    "gateway asked for too often": "获取网关地址过于频繁",
    "no token": "没有令牌",
    "the token could not be checked": "令牌校验失败",
    "wrong token": "令牌错误",
    "the token expired or does not exist": "令牌过期或不存在",
    "the fixed token is disabled": "固定 token 已停用",
    "wrong app id": "AppID 错误",
    "this address is not on the IP allow-list": "本机 IP 不在白名单中",
    "the permission could not be checked": "权限校验失败",
    "the bot lacks the permission for this call": "机器人没有该调用的权限",
    "this call is banned for the bot": "该调用已对机器人封禁",
    "whether the bot is an administrator could not be checked": "管理员身份校验失败",
    "the bot is not an administrator": "机器人不是管理员",
    "the bot is banned": "机器人已封禁",
    "unknown channel": "子频道不存在",
    "unknown guild": "频道不存在",
    "the channel's write limit is reached (5 messages a second)": "子频道发消息达到上限 (每秒 5 条)",
    "the message limit is reached": "消息数达到上限",
    "the limit of proactive messages is reached": "主动消息数达到上限",
    "the limit of this guild is reached": "该频道达到上限",
    "throttled by security": "被安全策略限制",
    "the bot is not online": "机器人不在线",
    "waiting for the audit": "等待审核",
    "unknown msg_id": "msg_id 不存在",
    "the msg_id expired": "msg_id 已过期",
    "this event cannot be replied to": "该事件不能回复",
    "the direct conversation is closed": "私信会话已关闭",
    "the direct conversation does not exist": "私信会话不存在",
    "the media cannot be used": "富媒体文件不可用",
    "this msg_seq was used for this message already": "该消息已用过此 msg_seq",
    "the interaction was not answered": "互动未得到回应",
    # Behind an HTTP status, with the server's own words or without.
    "{}, {}: {}": "{}, {}: {}",
    "{}, {}": "{}, {}",
}
"""What a code says."""

CODE_REMEDIES: Final = {
    "none needed: asked again later": "无需处理: 稍后会再次请求",
    "none needed: asked again": "无需处理: 会再次请求",
    "check the app id and the secret on the platform's console": "请在控制台核对 AppID 和 AppSecret",
    "keep the gateway URL instead of asking again": "请保留网关地址, 不要反复获取",
    "none needed: the token is renewed once; if that does not help, check app id and secret": (
        "无需处理: 令牌会更新一次; 若仍无效, 请核对 AppID 和 AppSecret"
    ),
    "fixed tokens are no longer accepted: configure app id and secret": (
        "固定 token 已不再接受: 请配置 AppID 和 AppSecret"
    ),
    "add this machine's public address to the IP allow-list on the platform's console": (
        "请在控制台把本机公网 IP 加入 IP 白名单"
    ),
    "apply for the permission on the platform's console, or do without the call": (
        "请在控制台申请该权限, 或不使用此调用"
    ),
    "see the platform's console for the reason": "请在控制台查看原因",
    "check the id; the bot may have been removed from the place": "请检查 ID; 机器人可能已被移出该处",
    "wait; a reply to a message or event of the user (msg_id, event_id) has its own, larger limit": (
        "请等待; 对用户消息或事件的回复 (msg_id, event_id) 另有更大的额度"
    ),
    "send less, and nothing that looks like spam": "请减少发送, 不要发送类似垃圾信息的内容",
    "connect the bot to the gateway before it sends": "请先让机器人连接网关再发送",
    "none needed: MESSAGE_AUDIT_PASS or MESSAGE_AUDIT_REJECT follows": (
        "无需处理: 随后会收到 MESSAGE_AUDIT_PASS 或 MESSAGE_AUDIT_REJECT"
    ),
    "reply within the passive window, and give the id of the message or event as it was received": (
        "请在被动回复期限内回复, 并原样使用收到的消息或事件的 ID"
    ),
    "the user must open the conversation first": "须由用户先打开会话",
    "upload the file again and send the new file_info": "请重新上传文件并使用新的 file_info",
    "give every further reply to one message the next msg_seq": "对同一消息的后续回复请使用递增的 msg_seq",
    "answer each interaction once, promptly, with the id of its event": "每个互动请及时用其事件 ID 回应一次",
}
"""What to do about it."""
