"""Values of which a repr must not show everything."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from qqgw_proto.machine.effects import SendIdentify, SendResume, Write
from qqgw_proto.machine.inputs import AccessGranted
from qqgw_proto.machine.server_effects import JudgeIdentify, JudgeResume, ServerWrite
from qqgw_proto.machine.server_inputs import IdentifyReceived, ResumeReceived, UpgradeRequested
from qqgw_proto.wire.events import Requested
from qqgw_proto.wire.veiled import Veiled

TOKEN = "QQBot s3cret"
BYTES = b'{"token":"s3cret"}'

SHOWN = [
    (AccessGranted(3, "wss://a", TOKEN), "AccessGranted(request=3, url='wss://a', fresh=True)"),
    (
        SendIdentify(1, TOKEN, 513, (0, 1), {"a": "b"}),
        "SendIdentify(connection=1, intents=513, shard=(0, 1), properties={'a': 'b'})",
    ),
    (SendResume(1, TOKEN, "session", 7), "SendResume(connection=1, session_id='session', seq=7)"),
    (JudgeIdentify(TOKEN, 513, (0, 1)), "JudgeIdentify(intents=513, shard=(0, 1))"),
    (JudgeResume(TOKEN, "session", 7), "JudgeResume(session_id='session', seq=7)"),
    (IdentifyReceived(TOKEN, 513, (0, 1)), "IdentifyReceived(intents=513, shard=(0, 1))"),
    (ResumeReceived(TOKEN, "session", 7), "ResumeReceived(session_id='session', seq=7)"),
    (UpgradeRequested("/", {"authorization": TOKEN}), "UpgradeRequested(target='/')"),
    (Requested("/", {"authorization": TOKEN}), "Requested(target='/')"),
    (Write(1, BYTES), "Write(connection=1, data=<18 bytes>)"),
    (ServerWrite(BYTES), "ServerWrite(data=<18 bytes>)"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN, ids=lambda value: type(value).__name__)
def test_the_repr_leaves_out_what_is_veiled_and_tells_the_length_of_bytes(value: Veiled, text: str) -> None:
    assert repr(value) == text


@pytest.mark.parametrize("value", [value for value, _ in SHOWN], ids=lambda value: type(value).__name__)
def test_rich_shows_no_more_than_the_repr(value: Veiled) -> None:
    told = io.StringIO()
    Console(file=told, width=200).print(value)
    assert "s3cret" not in told.getvalue()
    assert type(value).__name__ in told.getvalue()


def test_what_is_veiled_still_tells_two_values_apart() -> None:
    assert AccessGranted(3, "wss://a", TOKEN) != AccessGranted(3, "wss://a", "another")
    assert AccessGranted(3, "wss://a", TOKEN) == AccessGranted(3, "wss://a", TOKEN)
