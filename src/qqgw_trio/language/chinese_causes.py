"""Why connections and attempts end, and what to do about it: the English sentences of the library with their Chinese.

`{}` stands for what differs each time. The first sentence that fits is taken: one that holds another comes before it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CAUSES", "REMEDIES"]

CAUSES: Final = {
    # What is put behind another sentence.
    "{}; suspicious intent bits: {}": "{}; 可疑的 intent 位: {}",
    "{}; the bot runs with {}, the platform recommends {}": "{}; 机器人以 {} 个分片运行, 平台推荐 {} 个",
    "{}, after op 9 to the IDENTIFY": "{}, 此前以 op 9 拒绝了 IDENTIFY",
    "{}, wait {} s": "{}, 请等待 {} 秒",
    # The machine.
    "a planned reconnect": "计划内的重连",
    "the gateway asked to reconnect": "网关要求重连",
    "the machine was suspended or stalled for longer than a heartbeat interval": "机器休眠或停顿超过一个心跳间隔",
    "too many heartbeats were not acknowledged": "过多的心跳未得到应答",
    "a heartbeat was not acknowledged in time": "心跳未按时得到应答",
    "bytes could not be sent in time": "数据未能按时发出",
    "the shard was stopped": "分片已被停止",
    "no URL and token in time": "未按时得到网关地址和令牌",
    "no TCP and TLS connection in time": "未按时建立 TCP 和 TLS 连接",
    "no answer to the WebSocket handshake in time": "WebSocket 握手未按时得到应答",
    "no HELLO in time": "未按时收到 HELLO",
    "no READY after IDENTIFY in time": "发送 IDENTIFY 后未按时收到 READY",
    "no RESUMED after RESUME in time": "发送 RESUME 后未按时收到 RESUMED",
    "no close frame of the gateway in time": "网关未按时回复关闭帧",
    "no answer in time": "未按时得到应答",
    "the gateway answered the IDENTIFY with op 9": "网关以 op 9 拒绝了 IDENTIFY",
    "the gateway refused the IDENTIFY": "网关拒绝了 IDENTIFY",
    "the gateway says that the session is invalid": "网关称会话无效",
    "the gateway ended the TCP connection": "网关断开了 TCP 连接",
    "unknown op {}": "未知的 op {}",
    "rate limited": "请求过于频繁",
    # Close codes, with the gateway's own reason or without.
    "the gateway closed the connection: {} ({})": "网关关闭了连接: {} ({})",
    "the gateway closed the connection: {}": "网关关闭了连接: {}",
    "normal closure": "正常关闭",
    "going away": "对端离开",
    "protocol error, says the gateway": "网关称协议错误",
    "unsupported data, says the gateway": "网关称数据类型不支持",
    "no code given": "没有给出关闭码",
    "invalid data, says the gateway": "网关称数据无效",
    "message too big, says the gateway": "网关称消息过大",
    "unknown error": "未知错误",
    "invalid opcode": "无效的 opcode",
    "invalid payload": "无效的 payload",
    "not authenticated": "尚未鉴权",
    "authentication failed: the access token is not accepted": "鉴权失败: 访问令牌不被接受",
    "already authenticated": "已经鉴权",
    "the session id is invalid": "session_id 无效",
    "the sequence number is wrong": "序号 (seq) 错误",
    "frames were sent too fast": "发送帧过快",
    "the connection expired": "连接过期",
    "invalid shard": "分片无效",
    "too many guilds for one connection": "一个连接要处理的频道过多",
    "invalid protocol version": "协议版本无效",
    "invalid intents": "intents 无效",
    "an intent is not permitted": "有 intent 未获权限",
    "internal error of the gateway": "网关内部错误",
    "the bot is delisted": "机器人已下架",
    "the bot is banned": "机器人已封禁",
    "a code the protocol does not name": "协议中没有的关闭码",
    # The WebSocket.
    "the gateway answered the WebSocket handshake with HTTP {}": "网关对 WebSocket 握手的应答是 HTTP {}",
    "the WebSocket handshake failed: {}": "WebSocket 握手失败: {}",
    "the handshake is too long": "握手数据过长",
    "a frame is longer than {} bytes": "帧超过 {} 字节",
    "a message is longer than {} bytes": "消息超过 {} 字节",
    "a message has more than {} fragments": "消息的分片帧超过 {} 个",
    "a text message is not UTF-8": "文本消息不是 UTF-8",
    "text that is not UTF-8": "文本不是 UTF-8",
    "a frame breaks RFC 6455": "帧不符合 RFC 6455",
    # The network.
    "cannot reach {} through the proxy {}: {}": "无法连接 {} (经代理 {}): {}",
    "cannot reach {}: {}": "无法连接 {}: {}",
    "the proxy {} gave no HTTP answer to CONNECT": "代理 {} 没有对 CONNECT 作出 HTTP 应答",
    "the proxy {} answered CONNECT {} with {}": "代理 {} 对 CONNECT {} 的应答是 {}",
    "the proxy {} sent bytes of its own into the tunnel": "代理 {} 向隧道内写入了自己的数据",
    "the proxy {}": "代理 {}",
    "no HTTP answer": "没有 HTTP 应答",
    "its certificate is not trusted: {}": "其证书不受信任: {}",
    "certificate check failed: {}": "证书校验失败: {}",
    "there is no TLS at this port": "该端口没有 TLS",
    "TLS failed: {}": "TLS 失败: {}",
    "no connection in time": "未按时建立连接",
    "no answer within {} s": "{} 秒内没有应答",
    "the connection broke: {}": "连接中断: {}",
    # Token and URL.
    "the platform gives the refused token again": "平台再次给出了被拒绝的令牌",
    "the platform named a gateway that cannot be dialed: {}": "平台给出的网关地址无法使用: {}",
    "the token endpoint answered with something that is not a JSON object": "令牌接口的应答不是 JSON 对象",
    "the token endpoint gave no token, or one that is not printable ASCII text": (
        "令牌接口没有给出令牌, 或其不是可打印的 ASCII 文本"
    ),
    "the token endpoint gave a token whose expires_in is not a number above 0": (
        "令牌接口给出的令牌, 其 expires_in 不是大于 0 的数"
    ),
    "the token endpoint asked to wait": "令牌接口要求等待",
    "the token endpoint": "令牌接口",
    "{} is rate limited for another {} s, so it was not made": "{} 还在限频中 (剩余 {} 秒), 因此没有发出",
    "{} was answered with HTTP {}": "{} 的应答是 HTTP {}",
    "{} answered with HTTP {}": "{} 的应答是 HTTP {}",
    "the body is larger than {} bytes": "正文超过 {} 字节",
}
"""What happened."""

REMEDIES: Final = {
    # Those of the classes of errors.
    "none needed": "无需处理",
    "none needed where the code permits RESUME": "若关闭码允许 RESUME 则无需处理",
    "none needed: the shard has stopped": "无需处理: 分片已停止",
    "none needed: the shard identifies afresh": "无需处理: 分片会重新 IDENTIFY",
    "none needed: the shard resumes on a new connection": "无需处理: 分片会在新连接上恢复会话",
    "none needed: the shard waits, then resumes": "无需处理: 分片会等待, 然后恢复会话",
    "none needed: the frame was ignored, or the connection is replaced": "无需处理: 该帧已忽略, 或连接会被替换",
    "none needed: the shard tries again": "无需处理: 分片会再次尝试",
    "none needed: the shard resumes": "无需处理: 分片会恢复会话",
    "check the network, the proxy and the gateway URL": "请检查网络、代理和网关地址",
    "check the network, the proxy and the URL": "请检查网络、代理和地址",
    "check the app id and the secret, and that this machine's address is on the IP allow-list": (
        "请核对 AppID 和 AppSecret, 并确认本机公网 IP 在 IP 白名单中"
    ),
    "ask only for intents granted to this bot on the platform's console, "
    "and check that this machine's address is on the IP allow-list": (
        "请只请求控制台已授予该机器人的 intents, 并确认本机公网 IP 在 IP 白名单中"
    ),
    "apply for the permission on the platform's console, or do without it": "请在控制台申请该权限, 或不使用它",
    "start the bot with more shards (GET /gateway/bot recommends a count)": (
        "请以更多分片启动机器人 (GET /gateway/bot 给出推荐的数量)"
    ),
    "check this machine's clock, or trust the gateway's CA: give an ssl context that knows it": (
        "请检查本机时钟, 或信任网关的 CA: 提供信任它的 ssl.SSLContext"
    ),
    "check this machine's clock, or trust the server's CA: give an ssl context that knows it": (
        "请检查本机时钟, 或信任服务器的 CA: 提供信任它的 ssl.SSLContext"
    ),
    "check the port of the gateway URL, or write ws:// instead of wss://": (
        "请检查网关地址的端口, 或把 wss:// 改为 ws://"
    ),
    "check the port, or write http:// instead of https://": "请检查端口, 或把 https:// 改为 http://",
    "check the proxy's URL with its user and password, and whether it lets this host through": (
        "请检查代理的地址、用户名和密码, 以及代理是否允许访问该主机"
    ),
    "check that the token URL leads to the QQ bot API": "请确认令牌地址指向 QQ 机器人 API",
    "see the server's words; the platform's support asks for the trace id": (
        "请看服务器的说明; 平台客服需要其中的 trace"
    ),
    "call again after that time": "请在该时间之后再次调用",
    # Those of close codes.
    "nothing to do: the shard comes back by itself": "无需处理: 分片会自行恢复",
    "this is a bug in qqgw or in the embedder: please report it with a journal": (
        "这是 qqgw 或嵌入方的缺陷: 请附上日志记录 (journal) 报告"
    ),
    "ask only for intents granted to this bot on the platform's console": "请只请求控制台已授予该机器人的 intents",
    "check the app id and the secret": "请核对 AppID 和 AppSecret",
    "check shard_id and shard_count: the id must be below the count": (
        "请检查 shard_id 和 shard_count: 编号必须小于总数"
    ),
    "update qqgw, or check the gateway URL": "请更新 qqgw, 或检查网关地址",
    "only the sandbox is open to it: use sandbox=True": "它只能使用沙箱: 请设置 sandbox=True",
    "contact the platform": "请联系平台",
    # Those of single errors.
    "check the app id and the secret, that this machine's address is on the IP allow-list, "
    "and that a gateway URL of your own is the gateway's, not that of the REST API": (
        "请核对 AppID 和 AppSecret, 确认本机公网 IP 在 IP 白名单中, 且自设的网关地址是网关而不是 REST API 的地址"
    ),
    'start every process of the bot with shards={}, or this one with shards="auto"': (
        '请以 shards={} 启动机器人的所有进程, 或以 shards="auto" 启动本进程'
    ),
    "start every process of the bot with more shards than the platform recommends, "
    "such as shards={}, which splits each shard in two": (
        "请以多于平台推荐的分片数启动机器人的所有进程, 例如 shards={}, 每个分片会一分为二"
    ),
    "none needed: it is tried again, and another token comes in the last minute of this one": (
        "无需处理: 会再次尝试, 在其有效期的最后一分钟会得到新的令牌"
    ),
    "asked again later": "稍后会再次请求",
    "check the gateway URL": "请检查网关地址",
    "check the token URL": "请检查令牌地址",
    "check the token URL and its path: the token endpoint itself asks for no token": (
        "请检查令牌地址及其路径: 令牌接口本身不需要令牌"
    ),
    "check that the API URL leads to the QQ bot API": "请确认 API 地址指向 QQ 机器人 API",
    "the platform took the call but did not carry it out at once: do not take it for done": (
        "平台接受了调用但没有立即执行: 不要当作已完成"
    ),
    "redirects are not followed with a token: set the API URL to the final address": (
        "带令牌的请求不跟随重定向: 请把 API 地址设为最终地址"
    ),
    "the server's trouble: try again later": "服务器自身的故障: 请稍后再试",
    "check the ids, and that the API URL is the right one": "请检查各个 ID, 以及 API 地址是否正确",
}
"""What to do."""
