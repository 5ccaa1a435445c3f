"""The journal: what a shard lived through replays to the same effects (I10), and no token is in it (I11)."""

from __future__ import annotations

import random

import pytest

from qqgw_proto import ClientConfig, ClientGateway, CloseAction, CloseCode, MessageWire, Snapshot, Ticket
from qqgw_proto.errors import AuthenticationFailed, ConfigurationError, ConnectionFailed, RateLimited
from qqgw_proto.journal import TOKEN, Recorder, read_journal, replay
from qqgw_proto.wire import frames

SECRET = "tok-SECRET-en"
URL = "ws://127.0.0.1:8080/ws"


class ShellsOwnError(ConnectionFailed):
    """A class that the core does not know."""


def recorded(session: Snapshot | None = None) -> tuple[ClientGateway, list[bytes]]:
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    own_rows = {4999: CloseCode(4999, "a row of the user's own", CloseAction.IDENTIFY, "", "test")}
    gateway = ClientGateway(
        ClientConfig(513), random.Random(1), wire=MessageWire(), observer=recorder, close_codes=own_rows
    )
    recorder.begin(gateway)
    gateway.start(0.0, session)
    return gateway, lines


def a_life() -> list[bytes]:
    """A restart with a snapshot; a failed dial; a rate limit; a RESUME with a replay; op 9; a fresh session; a stop."""
    gateway, lines = recorded(Snapshot("abc", 5, ((7, 8),), orphans=1))
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
    life, entries = read_journal(a_life())
    assert life.config == ClientConfig(513)
    assert [row.action for row in life.close_codes.values()] == [CloseAction.IDENTIFY]
    assert len(entries) == 32
    assert entries[0].effects == [
        ["Gap", {"cause": "crash", "first": None, "last": None}],
        ["RequestAccess", {"request": 1, "renew": False}],
    ]
    last = entries[-1].effects
    assert isinstance(last, list)
    assert last[-1] == ["Stopped", {}]


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
    assert divergence.entry == at - 1
    assert divergence.recorded != divergence.made


def test_a_line_cut_off_by_a_killed_process_is_left_out() -> None:
    lines = a_life()
    assert replay([*lines[:-1], lines[-1][:20]]) is None


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "no journal"),
        ([b"not JSON\n"], "no journal"),
        ([b"{}\n"], "no journal"),
        ([b'{"qqgw":99}\n'], "another version"),
        ([b'{"qqgw":1,"seed":1,"config":{"intents":1},"close_codes":{}}\n', b"[1]\n"], "no journal"),
        (
            [b'{"qqgw":1,"seed":1,"config":{"intents":1},"close_codes":{}}\n', b'[0.0,[0,"Nonsense",{}],[]]\n'],
            "not known",
        ),
    ],
)
def test_what_is_no_journal_is_refused_in_words(lines: list[bytes], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        replay(lines)


def test_a_ping_is_recorded_by_its_bytes() -> None:
    from qqgw_proto.machine.arrivals import Pinged  # noqa: PLC0415
    from qqgw_proto.machine.effects import SendPong  # noqa: PLC0415

    lines: list[bytes] = []
    Recorder(lines.append)(Pinged(1, b"\x00\xff"), 1.0, [SendPong(1, b"\x00\xff")])
    assert lines == [
        b'[1.0,[19,"Pinged",{"connection":1,"payload":"00ff"}],[["SendPong",{"connection":1,"payload":"00ff"}]]]\n'
    ]


def test_a_recorded_ping_is_read_back() -> None:
    head = b'{"qqgw":1,"seed":1,"config":{"intents":1},"close_codes":{}}\n'
    stale = b'[1.0,[19,"Pinged",{"connection":1,"payload":"00ff"}],[]]\n'
    assert replay([head, stale]) is None
