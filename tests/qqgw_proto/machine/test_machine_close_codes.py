"""Every close code through a real close frame, from READY, RESUMING and IDENTIFYING (`protocol.md` 4.1; design 5)."""

from __future__ import annotations

from typing import Final

import attrs
import pytest

from qqgw_proto.errors import GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.close_codes import CloseAction, CloseCode
from support.peer import Peer
from support.stages import CONFIG, bring
from support.telling import error_words
from support.wires import close_frame

KEPT: Final = "RESUME"
AT_ONCE: Final = "RESUME at once"
COOLED: Final = "RESUME after 500 s"
DROPPED: Final = "IDENTIFY"
ENDED: Final = "the end"

# Code, what follows, which error says so, why.
CODES: Final = [
    (1000, KEPT, "GatewayClosed", "a clean close is no stop signal"),
    (1001, KEPT, "GatewayClosed", "going away"),
    (1002, DROPPED, "GatewayClosed", "our bug, says the gateway: IDENTIFY with back-off"),
    (1003, DROPPED, "GatewayClosed", "our bug, says the gateway"),
    (1005, KEPT, "GatewayClosed", "a close frame without a code: as 1000"),
    (1007, DROPPED, "GatewayClosed", "our bug, says the gateway"),
    (1008, KEPT, "GatewayClosed", "not named by the protocol: RESUME under budget"),
    (1009, DROPPED, "GatewayClosed", "our bug, says the gateway"),
    (1011, KEPT, "GatewayClosed", "not named by the protocol: RESUME under budget"),
    (3999, KEPT, "GatewayClosed", "unknown: RESUME under budget"),
    (4000, KEPT, "GatewayClosed", "unknown error (BOTGO)"),
    (4001, ENDED, "GatewayClosed", "bad opcode"),
    (4002, ENDED, "GatewayClosed", "bad payload"),
    (4003, DROPPED, "GatewayClosed", "not authenticated (BOTGO): a refusal"),
    (4004, KEPT, "AuthenticationFailed", "token refused (BOTGO): renewed, then one RESUME or IDENTIFY"),
    (4005, DROPPED, "GatewayClosed", "already authenticated (BOTGO): a refusal"),
    (4006, DROPPED, "InvalidSession", "bad session id"),
    (4007, DROPPED, "InvalidSession", "bad seq"),
    (4008, COOLED, "RateLimited", "sent too fast: cool down"),
    (4009, AT_ONCE, "GatewayClosed", "connection expired"),
    (4010, ENDED, "GatewayClosed", "bad shard"),
    (4011, ENDED, "ReshardRequired", "too many guilds"),
    (4012, ENDED, "GatewayClosed", "bad version"),
    (4013, ENDED, "InvalidIntents", "bad intents"),
    (4014, ENDED, "InvalidIntents", "intent not permitted"),
    (4900, DROPPED, "GatewayClosed", "internal error"),
    (4901, DROPPED, "GatewayClosed", "internal error"),
    (4902, DROPPED, "GatewayClosed", "reset by resume (EXT)"),
    (4903, DROPPED, "GatewayClosed", "create session error (EXT)"),
    (4904, DROPPED, "GatewayClosed", "internal error"),
    (4905, DROPPED, "GatewayClosed", "internal error"),
    (4906, DROPPED, "GatewayClosed", "internal error"),
    (4907, DROPPED, "GatewayClosed", "internal error"),
    (4908, DROPPED, "GatewayClosed", "internal error"),
    (4909, DROPPED, "GatewayClosed", "internal error"),
    (4910, DROPPED, "GatewayClosed", "internal error"),
    (4911, DROPPED, "GatewayClosed", "internal error"),
    (4912, DROPPED, "GatewayClosed", "internal error"),
    (4913, DROPPED, "GatewayClosed", "internal error"),
    (4914, ENDED, "GatewayClosed", "delisted: sandbox only"),
    (4915, ENDED, "GatewayClosed", "banned"),
    (4916, KEPT, "GatewayClosed", "unknown: RESUME under budget"),
]

PACES: Final = {KEPT: "by back-off", AT_ONCE: "promptly", COOLED: "in 500 s", DROPPED: "by back-off"}
IDS: Final = [str(code) for code, *_ in CODES]


def told(code: int, follows: str, error: str, loss: str) -> str:
    """What the shard says when the code comes."""
    answer = 1000 if code == 1005 else code
    parted = f"Write close {answer}; CloseTransport {answer}; Disconnected {error} {code}; "
    if follows in (DROPPED, ENDED):
        parted += loss
    end = f"Failed {error} {code}" if follows == ENDED else f"Retrying {PACES.get(follows)} {error} {code}"
    return parted + end


@pytest.mark.parametrize("state", ["READY", "RESUMING"])
@pytest.mark.parametrize(("code", "follows", "error", "why"), CODES, ids=IDS)
def test_in_a_session(state: str, code: int, follows: str, error: str, why: str) -> None:
    peer = bring(Peer(CONFIG), state)
    assert peer.close(code) == told(code, follows, error, "SaveSession only orphans 1; Gap session 3-; "), why
    assert peer.client.state.name == ("FAILED" if follows == ENDED else "WAITING")
    assert (peer.client.session is None) is (follows in (DROPPED, ENDED))
    if follows != ENDED:
        peer.wait_due()
        assert peer.client.state.name == ("PERMITTING" if follows == DROPPED else "PREPARING")


@pytest.mark.parametrize(("code", "follows", "error", "why"), CODES, ids=IDS)
def test_before_a_session(code: int, follows: str, error: str, why: str) -> None:
    peer = bring(Peer(CONFIG), "IDENTIFYING")
    assert peer.close(code) == told(code, follows, error, ""), why
    assert peer.client.state.name == ("FAILED" if follows == ENDED else "WAITING")


@pytest.mark.parametrize(("code", "follows", "error", "why"), CODES, ids=IDS)
def test_told_by_a_host_that_owns_the_websocket(code: int, follows: str, error: str, why: str) -> None:
    peer = bring(Peer(CONFIG, messages=True), "READY")
    loss = "SaveSession only orphans 1; Gap session 3-; "
    assert peer.close(code) == told(code, follows, error, loss).partition("; ")[2], why


@pytest.mark.parametrize("code", [0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65535])
def test_a_code_that_may_not_be_sent_is_a_broken_frame_and_the_session_stays(code: int) -> None:
    # "Classify as protocol error, not by that code" (conformance 1).
    peer = bring(Peer(CONFIG), "READY")
    assert peer.feed(close_frame(code)) == (
        "Write close 1002; CloseTransport 1002; Disconnected ProtocolViolation 1002; "
        "Retrying by back-off ProtocolViolation 1002"
    )
    assert peer.client.session is not None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4010, "check shard_id and shard_count"),
        (4011, "start the bot with more shards"),
        (4013, "suspicious intent bits: 9"),
        (4014, "ask only for intents granted to this bot"),
        (4914, "sandbox"),
        (4915, "contact the platform"),
        (4001, "report it"),
    ],
)
def test_an_end_names_code_meaning_and_remedy(code: int, words: str) -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.close(code, "says the gateway")
    failed = peer.effects[-1]
    assert isinstance(failed, do.Failed)
    assert failed.error.code == code
    assert words in str(failed.error)
    assert "says the gateway" in failed.error.message


def test_a_row_of_the_user_wins() -> None:
    rows = {4009: CloseCode(4009, "made fatal", CloseAction.FATAL, "as the user wants", "the user")}
    peer = bring(Peer(CONFIG, close_codes=rows), "READY")
    peer.close(4009)
    failed = peer.effects[-1]
    assert isinstance(failed, do.Failed)
    assert "made fatal" in failed.error.message
    assert failed.error.remedy == "as the user wants"


def test_a_renewed_token_is_refused_twice_only_where_no_session_came_between() -> None:
    # "A second 4004 in a row with a token renewed after the first" (design 5).
    peer = bring(Peer(CONFIG), "READY")
    for _ in range(3):
        assert "Retrying" in peer.close(4004)
        assert peer.wait_due() == "RequestAccess renew"
        for call in (peer.grant, peer.open, peer.accept):
            call()
        peer.say(b'{"op":10,"d":{"heartbeat_interval":600000}}', b'{"op":0,"s":3,"t":"RESUMED","d":""}')
        assert peer.client.state.name == "READY"


def test_a_refusal_after_another_needs_no_session_between() -> None:
    config = attrs.evolve(CONFIG, reconnect=attrs.evolve(CONFIG.reconnect, max_attempts=3))
    peer = bring(Peer(config), "GREETING")
    for _ in range(2):
        assert "Retrying" in peer.close(4005)
        for call in (peer.wait_due, peer.permit, peer.grant, peer.open, peer.accept):
            call()
    assert error_words(_failed(peer, peer.close(4005))) == "GatewayClosed 4005"


def _failed(peer: Peer, told: str) -> GatewayError:
    failed = peer.effects[-1]
    assert isinstance(failed, do.Failed), told
    return failed.error
