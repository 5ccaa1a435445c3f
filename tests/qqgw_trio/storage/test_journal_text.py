"""A journal as a person reads it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from qqgw_proto import ClientConfig, ClientGateway, MessageWire, Ticket
from qqgw_proto.errors import ConfigurationError, ConnectionFailed
from qqgw_proto.journal import Divergence, Entry, Recorder, read_journal
from qqgw_proto.journal_lines import Json, Told
from qqgw_proto.wire import frames
from qqgw_trio.storage.journal_text import describe, describe_divergence, load_journal

NO_FIELDS: dict[str, Json] = {}
STOP: Told = ("Stop", NO_FIELDS)
STOPPED: Told = ("Stopped", NO_FIELDS)
WHEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:(\d\d\.\d{3})  ")


def a_journal() -> list[bytes]:
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    gateway = ClientGateway(ClientConfig(513), random.Random(1), wire=MessageWire(), observer=recorder)
    recorder.begin(gateway, zero=1_800_000_000.0)
    gateway.start(0.0)
    gateway.permit_granted(1, 0.5)
    gateway.access_granted(2, "ws://127.0.0.1:8080/" + "long" * 20, "secret", 0.75)
    gateway.opened(3, 1.0)
    gateway.receive_message(3, frames.hello(41_000), 1.25)
    gateway.receive_message(3, frames.dispatch("READY", 1, {"session_id": "abc"}), 1.5)
    for seq in (2, 3, 5, None):
        gateway.receive_message(3, frames.dispatch("X", seq, {}), 2.0)
    gateway.settled([Ticket((1, 3)), Ticket((1, 2))], 2.5)
    gateway.lost(3, ConnectionFailed("the peer is gone"), 3.0)
    return lines


def test_every_step_is_one_line_with_time_shard_state_input_and_effects() -> None:
    lines = list(describe(read_journal(a_journal())))
    times = [
        found[1] for line in lines if (found := re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:(\d\d\.\d{3})  .*", line))
    ]
    assert times[:5] == ["00.000", "00.000", "00.500", "00.750", "01.000"]
    told = [line[25:] for line in lines]
    assert told[0] == "shard 0               journal begins, IDLE"
    assert told[1] == "shard 0   PERMITTING  Start -> RequestPermit"
    assert "token=*** -> Dial url=(GatewayUrl host=127.0.0.1 port=8080 " in told[3]
    assert "SendIdentify token=QQBot ***" in "\n".join(told)
    assert "secret" not in "\n".join(lines)
    assert any(line.endswith("Dispatches events=2 -> Deliver events=2 epoch=1") for line in told)
    assert any("events=?" in line for line in told)
    assert any("Settled tickets=2..3" in line for line in told)
    assert any("Lost cause='the peer is gone'" in line for line in told)


def test_long_values_are_cut() -> None:
    assert max(len(word) for line in describe(read_journal(a_journal())) for word in line.split()) < 80


def test_a_head_alone_is_a_line() -> None:
    assert len(list(describe(read_journal(a_journal()[:1])))) == 1


def test_a_divergence_names_the_step_and_both_effects() -> None:
    entry = Entry(1.0, STOP, [STOPPED])
    assert describe_divergence(Divergence(3, 11, entry, [("Failed", {"error": ["GatewayError", "why"]})], 0)) == [
        "shard 3, step 12: Stop",
        "  recorded: Stopped",
        "  today:    Failed error='why'",
    ]
    assert describe_divergence(Divergence(3, 11, entry, [], 0))[2] == "  today:    nothing more"


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        ("Deliver", "Deliver events=7"),
        ("Failed", "Failed events=7"),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_told_as_it_is(effect: str, text: str) -> None:
    entry = Entry(1.0, STOP, [(effect, {"events": 7})])
    assert describe_divergence(Divergence(0, 0, entry, [STOPPED], 0))[1] == f"  recorded: {text}"


def test_an_instant_beyond_all_calendars_is_a_number() -> None:
    head, *_ = a_journal()
    [line, _] = describe(read_journal([head.replace(b"1800000000.0", b"1e300"), b'[0,1.0,["Stop",{}],[]]\n']))
    assert line.split()[0] == "1.000e+300"


def test_a_file_is_loaded_and_a_missing_one_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "bot.journal"
    with pytest.raises(ConfigurationError, match=r"cannot read .*bot\.journal: No such file"):
        load_journal(path)
    path.write_bytes(b"".join(a_journal()))
    assert [recording.shard_id for recording in load_journal(path)] == [0]
