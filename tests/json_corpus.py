"""Every file of a directory as a frame to a shard (M14), such as the `test_parsing` of a JSON test suite:

    python tests/json_corpus.py DIRECTORY

Each is a text frame, a binary frame and a host's whole message, in each state that reads. No file of such a suite is a
frame of the gateway: state, session and snapshot stay, one violation is told. Only a text frame that is not UTF-8 ends
the connection, with 1007 (RFC 6455 8.1); then the session stays, unless the gateway had called it invalid before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "src")]

from qqgw_proto import ByteWire, ClientConfig, MessageWire  # noqa: E402 - they are found from here on
from qqgw_proto.machine import effects as do  # noqa: E402
from qqgw_proto.wire.doors import Door  # noqa: E402
from support.peer import Peer  # noqa: E402
from support.stages import bring  # noqa: E402
from support.wires import BINARY, TEXT, frame  # noqa: E402

CONFIG: Final = ClientConfig(intents=513)
STATES: Final = ("GREETING", "IDENTIFYING", "RESUMING", "READY", "DOUBTING_IDENTIFY", "DOUBTING_SESSION")

Way = tuple[Door, Callable[[Peer, bytes], object]]
WAYS: Final[Mapping[str, Way]] = {
    "text": (ByteWire(), lambda peer, data: peer.feed(frame(TEXT, data))),
    "binary": (ByteWire(), lambda peer, data: peer.feed(frame(BINARY, data))),
    "message": (
        MessageWire(),
        lambda peer, data: peer.did(partial(peer.client.receive_message, peer.connection, data, peer.now)),
    ),
}


def main(arguments: list[str]) -> int:
    """Prints what was wrong, and how much there was; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description="Files as frames to a shard.")
    parser.add_argument("directory", type=Path)
    files = sorted(path for path in parser.parse_args(arguments).directory.iterdir() if path.is_file())
    wrong = [f"{path.name}: {why}" for path in files for why in wrongs(path.read_bytes())]
    frames = len(files) * len(STATES) * len(WAYS)
    sys.stdout.write(
        "".join(f"{why}\n" for why in wrong) + f"{len(files)} files, {frames} frames, {len(wrong)} wrong\n"
    )
    return int(len(wrong) > 1)


def wrongs(data: bytes) -> Iterator[str]:
    """Where these bytes did what no such bytes may."""
    for state in STATES:
        for name, (door, feed) in WAYS.items():
            peer = bring(Peer(CONFIG, door=door), state)
            before = (peer.client.state, peer.client.session, peer.client.snapshot)
            feed(peer, data)
            after = (peer.client.state, peer.client.session, peer.client.snapshot)
            told = [type(effect) for effect in peer.effects]
            if name == "text" and not is_utf_8(data):
                closes = [effect.code for effect in peer.effects if isinstance(effect, do.CloseTransport)]
                kept = after[1] == before[1] or state == "DOUBTING_SESSION"
                if closes != [1007] or not kept:
                    yield f"{name} in {state}: not closed with 1007"
            elif told != [do.Violated] or after != before:
                yield f"{name} in {state}: {', '.join(kind.__name__ for kind in told)}"


def is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
