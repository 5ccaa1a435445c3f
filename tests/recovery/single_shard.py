"""What tests of recovery read off a shard that `support.peer.Peer` plays everybody for."""

from __future__ import annotations

from typing import Final

from support.peer import Peer

__all__ = ["RESUMED", "ops"]

RESUMED: Final = b'{"op":0,"t":"RESUMED","d":""}'
"""Without a number of its own."""


def ops(peer: Peer) -> list[int]:
    """The IDENTIFYs (2) and RESUMEs (6) that a shard has sent, in their order."""
    return [sent["op"] for sent in peer.frames if sent["op"] in (2, 6)]
