"""What the operating system and its TLS library say of a failure, in Chinese; part of other sentences."""

from __future__ import annotations

from typing import Final

__all__ = ["SYSTEM"]

SYSTEM: Final = {
    "Connection refused": "连接被拒绝",
    "Connection reset by peer": "连接被对方重置",
    "Connection timed out": "连接超时",
    "Network is unreachable": "网络不可达",
    "No route to host": "没有到该主机的路由",
    "Name or service not known": "没有这个域名",
    "No address associated with hostname": "该域名没有地址",
    "Temporary failure in name resolution": "域名解析暂时失败",
    "nodename nor servname provided, or not known": "没有这个域名",
    "No such file or directory": "没有这个文件或目录",
    "Permission denied": "没有权限",
    "Operation not permitted": "不允许此操作",
    "Read-only file system": "文件系统是只读的",
    "No space left on device": "磁盘空间不足",
    "Is a directory": "这是一个目录",
    "Not a directory": "这不是目录",
    "File exists": "文件已存在",
    "self-signed certificate in certificate chain": "证书链中有自签名证书",
    "self-signed certificate": "自签名证书",
    "unable to get local issuer certificate": "找不到签发者的证书",
    "certificate has expired": "证书已过期",
    "certificate is not yet valid": "证书尚未生效",
    "certificate is not valid for": "证书不适用于",
    "Hostname mismatch": "主机名不符",
    "IP address mismatch": "IP 地址不符",
    "all attempts to connect to": "所有连接尝试均失败:",
}
"""Longer sentences come before those that they hold."""
