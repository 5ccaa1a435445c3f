"""The journal: what a shard lived through replays to the same effects (I10), and no token is in it (I11)."""

from __future__ import annotations

import random

import msgspec
import pytest

from qqgw_proto import ClientConfig, ClientGateway, CloseAction, CloseCode, MessageWire, ShardConfig, Snapshot, Ticket
from qqgw_proto.errors import AuthenticationFailed, ConfigurationError, ConnectionFailed, MisuseError, RateLimited
from qqgw_proto.journal import Divergence, Recorder, read_journal, steps
from qqgw_proto.journal import replay as replay_recordings
from qqgw_proto.journal_lines import TOKEN
from qqgw_proto.machine.inputs import Stop
from qqgw_proto.wire import frames

SECRET = "tok-SECRET-en"
URL = "ws://127.0.0.1:8080/ws"
ENDING = ["AbandonTransport", "Disconnected", "Stopped"]
HEAD = b'{"qqgw":2,"zero":null,"life":{"config":{"intents":1}}}\n'


class ShellsOwnError(ConnectionFailed):
    """A class that the core does not know."""


def replay(lines: list[bytes]) -> Divergence | None:
    return replay_recordings(read_journal(lines))


def recorded(session: Snapshot | None = None, *, head_after: int | None = None) -> tuple[ClientGateway, list[bytes]]:
    """A gateway that has started, and its journal; with a second head once it has so many lines, if wanted."""
    lines: list[bytes] = []

    def write(line: bytes) -> None:
        lines.append(line)
        if len(lines) == head_after:
            recorder.begin(gateway)

    recorder = Recorder(write)
    own_rows = {4999: CloseCode(4999, "a row of the user's own", CloseAction.IDENTIFY, "", "test")}
    gateway = ClientGateway(
        ClientConfig(513), random.Random(1), wire=MessageWire(), observer=recorder, close_codes=own_rows
    )
    recorder.begin(gateway, zero=1_800_000_000.0)
    gateway.start(0.0, session)
    return gateway, lines


def a_life(*, head_after: int | None = None) -> list[bytes]:
    """A restart with a snapshot; a failed dial; a rate limit; a RESUME with a replay; op 9; a fresh session; a stop."""
    gateway, lines = recorded(Snapshot("abc", 5, ((7, 8),), orphans=1), head_after=head_after)
    gateway.access_granted(1, URL, SECRET, 0.2)
    gateway.dial_failed(2, ShellsOwnError("no route", retry_after=3.0), 1.0)
    gateway.tick(4.5)
    gateway.access_denied(3, RateLimited(60, "slow down"), 5.0)
    gateway.tick(66.0)
    gateway.access_granted(4, URL, SECRET, 66.5)
    gateway.opened(5, 67.0)
    gateway.receive_message(5, frames.hello(41_000), 68.0)
    gateway.receive_message(5, frames.dispatch("X", 6, {"private": "words"}, "X:1"), 68.0)
    gateway.receive_message(5, frames.dispatch("RESUMED", 9, ""), 69.0)
    gateway.settled([Ticket((1, 6))], 69.5)
    gateway.tick(70.5)
    gateway.tick(111.0)
    gateway.receive_message(5, frames.invalid_session(resumable=False), 112.0)
    gateway.closed(5, 4999, "own", 112.5)
    gateway.tick(200.0)
    gateway.permit_delayed(6, 210.0, 201.0)
    gateway.permit_granted(6, 210.0)
    gateway.access_granted(7, URL, SECRET, 211.0)
    gateway.opened(8, 212.0)
    gateway.receive_message(8, frames.hello(45_000), 213.0)
    gateway.receive_message(8, frames.dispatch("READY", 1, {"session_id": "def"}), 214.0)
    gateway.reading_paused(215.0)
    gateway.reading_resumed(216.0)
    gateway.receive_message(8, b"[]", 217.0)
    gateway.receive_message(8, b'{"op":77}', 217.0)
    gateway.stop(218.0)
    gateway.closed(8, 4000, "", 219.0)
    return lines


def test_a_recorded_life_replays_to_the_same_effects() -> None:
    assert replay(a_life()) is None


def test_the_journal_of_a_life_has_every_input_and_ends_stopped() -> None:
    [recording] = read_journal(a_life())
    assert recording.life.config == ClientConfig(513)
    assert [row.action for row in recording.life.close_codes.values()] == [CloseAction.IDENTIFY]
    assert (recording.shard_id, recording.zero) == (0, 1_800_000_000.0)
    assert len(recording.entries) == 32
    assert recording.entries[0].effects == [
        ("Gap", {"cause": "crash", "first": None, "last": None}),
        ("RequestAccess", {"request": 1, "renew": False}),
    ]
    assert [name for name, _ in recording.entries[-1].effects] == ENDING
    assert [done.life.state.name for done in steps(recording)][:4] == ["PREPARING", "DIALING", "WAITING", "PREPARING"]


@pytest.mark.parametrize("after", [1, 7, 10, 14, 22, 29])
def test_a_head_in_the_midst_of_a_life_is_where_a_reader_can_begin(after: int) -> None:
    lines = a_life(head_after=after)
    assert len(read_journal(lines)) == 2
    assert replay(lines[after:]) is None
    assert SECRET.encode() not in b"".join(lines)


def test_shards_share_a_journal_and_a_restart_begins_anew() -> None:
    lines: list[bytes] = []
    gateways: list[ClientGateway] = []
    for shard_id in (0, 1, 0):
        recorder = Recorder(lines.append)
        config = ClientConfig(1, ShardConfig(shard_id, 2))
        gateways.append(ClientGateway(config, random.Random(shard_id), observer=recorder))
        recorder.begin(gateways[-1])
        for gateway in gateways[-2:]:
            gateway.stop(1.0)
    recordings = read_journal(lines)
    assert [(recording.shard_id, len(recording.entries)) for recording in recordings] == [(0, 2), (1, 2), (0, 1)]
    assert replay_recordings(recordings) is None


def test_a_journal_without_a_head_cannot_be_written() -> None:
    with pytest.raises(MisuseError, match="begins with a head"):
        Recorder(print)(Stop(), 1.0, [])


def test_no_token_and_no_payload_is_recorded() -> None:
    text = b"".join(a_life())
    assert SECRET.encode() not in text
    assert b"private" not in text
    assert f"QQBot {TOKEN}".encode() in text


def test_an_error_of_the_shell_is_recorded_by_the_nearest_class_of_the_core() -> None:
    text = b"".join(a_life())
    assert b"ShellsOwnError" not in text
    assert b'["ConnectionFailed","no route"' in text


def test_a_ping_and_a_broken_handshake_are_recorded_too() -> None:
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    gateway = ClientGateway(ClientConfig(1), random.Random(2), observer=recorder)
    recorder.begin(gateway)
    gateway.start(0.0)
    gateway.permit_granted(1, 0.0)
    gateway.access_granted(2, URL, SECRET, 0.0)
    gateway.opened(3, 0.0)
    gateway.receive_data(3, b"HTTP/1.1 401 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", 1.0)
    gateway.tick(60.0)
    gateway.permit_granted(4, 60.0)
    gateway.access_denied(5, AuthenticationFailed("the secret is wrong"), 61.0, fatal=True)
    assert replay(lines) is None


def test_a_changed_effect_is_named() -> None:
    lines = a_life()
    at = next(number for number, line in enumerate(lines) if b"SendResume" in line)
    lines[at] = lines[at].replace(b'"seq":5', b'"seq":4')
    divergence = replay(lines)
    assert divergence is not None
    assert (divergence.shard_id, divergence.number, divergence.effect) == (0, at - 1, 0)
    assert divergence.entry.effects != divergence.made


def test_an_effect_too_many_and_one_too_few_are_named() -> None:
    lines = a_life()
    at = next(number for number, line in enumerate(lines) if b'"Stopped"' in line)
    more = lines[at].replace(b'["Stopped",{}]', b'["Stopped",{}],["Stopped",{}]')
    less = lines[at].replace(b',["Stopped",{}]', b"")
    found = [replay([*lines[:at], line, *lines[at + 1 :]]) for line in (more, less, lines[at])]
    count = len(msgspec.json.decode(lines[at])[3])
    assert [one and one.effect for one in found] == [count, count - 1, None]


def test_a_line_cut_off_by_a_killed_process_is_left_out() -> None:
    lines = a_life()
    assert replay([*lines[:-1], lines[-1][:20]]) is None


def test_nothing_is_read_behind_a_line_that_is_cut_off() -> None:
    lines = a_life()
    [recording] = read_journal([*lines[:2], lines[2].rstrip(b"\n"), *lines[3:]])
    assert len(recording.entries) == 1


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "it has no head"),
        ([b"not JSON\n"], "line 1"),
        ([b"{}\n"], "line 1"),
        ([b'{"qqgw":99}\n'], "another version"),
        ([b'{"qqgw":2,"zero":null,"life":{}}\n'], "line 1"),
        ([HEAD, b"[1]\n"], "line 2"),
        ([HEAD, b'[0,0.0,["Stop",{}],0]\n'], "line 2"),
        ([HEAD, b"[0,0.0,7,[]]\n"], "line 2"),
        ([b'{"qqgw":2,"zero":null,"life":{"config":{"token_prefix":"\xff","intents":1}}}\n'], "line 1"),
        ([HEAD, b'[0,0.0,["Opened",{"socket":7}],[]]\n'], "tells no Opened that can be read"),
        ([HEAD, b'[0,0.0,["Nonsense",{}],[]]\n'], "an input that is not known: Nonsense"),
    ],
)
def test_what_is_no_journal_is_refused_in_words(lines: list[bytes], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        replay(lines)


def test_steps_before_the_first_head_are_left_out() -> None:
    lines = a_life(head_after=7)
    [recording] = read_journal(lines[3:])
    assert len(recording.entries) == 32 - 6
    assert replay_recordings([recording]) is None
