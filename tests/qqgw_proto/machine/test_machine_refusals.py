"""When a session is given up and when a shard is, line by line of design 5: budgets, refusals, tokens, op 9."""

from __future__ import annotations

import attrs
import pytest

from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire import frames
from support.attempts import DEFAULT, HELLO, cause_of, connect, dial, reconnecting
from support.peer import Peer
from support.stages import FRESH, bring, event, resumed

# --- the budget of RESUMEs ------------------------------------------------------------------------------------------


def test_three_resumes_without_progress_then_one_gap_and_an_identify() -> None:
    # "A stale session's RESUME is accepted, then the socket closes at once, for ever" (3.6).
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    resumes = 0
    while peer.client.state.name != "PERMITTING":
        if resumes < 3:
            connect(peer)
        else:
            peer.wait_due()
        if peer.client.state.name == "RESUMING":
            resumes += 1
            peer.lose()
    assert resumes == 3
    gaps = [effect for _, effect in peer.history if isinstance(effect, do.Gap)]
    assert gaps == [do.Gap("session", 3, None)]
    assert peer.client.session is None


def test_only_resumes_that_were_sent_are_counted() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    for _ in range(20):
        dial(peer)
        peer.fail_dial()
    assert peer.wait_due() == "RequestAccess"


@pytest.mark.parametrize("progress", [event(3), resumed(3)], ids=["an event above received", "RESUMED"])
def test_progress_clears_the_budget(progress: bytes) -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    for _ in range(2):
        connect(peer)
        peer.lose()
    connect(peer)
    peer.say(progress)
    peer.lose()
    for _ in range(3):
        assert peer.client.session is not None
        connect(peer)
        assert peer.client.state.name == "RESUMING"
        peer.lose()
    assert peer.wait_due().endswith("; Gap session 4-; RequestPermit")


def test_repeated_events_and_events_without_s_are_no_progress() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    for _ in range(3):
        connect(peer)
        peer.say(event(2), event(None))
        peer.lose()
    assert "Gap session 3-" in peer.wait_due()


def test_a_server_that_only_pretends_progress_does_not_hold_ready_off_for_ever() -> None:
    # One new event for each RESUME and never a RESUMED (I6).
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    count = 0
    while peer.client.session is not None:
        connect(peer)
        if peer.client.state.name == "RESUMING":
            count += 1
            peer.say(event(2 + count))
            peer.lose()
        if count == 30:
            peer.wait_due()
    assert count == 30
    assert peer.client.state.name == "PERMITTING"


def test_a_restored_session_that_the_gateway_no_longer_knows_is_dropped_with_its_gap() -> None:
    peer = Peer(DEFAULT)
    peer.start(Snapshot("S0", 7, orphans=3))
    for call in (peer.grant, peer.open, peer.accept):
        call()
    assert peer.say(HELLO) == "Write RESUME S0 from 7"
    peer.say(frames.invalid_session(resumable=False))
    assert "SaveSession None; Gap session 8-; Retrying" in peer.lose()


def test_a_session_older_than_the_setting_is_dropped_with_its_gap() -> None:
    # "Sessions kept alive by resumes for about 3 days stop delivering" (3.2, EXT).
    peer = bring(Peer(reconnecting(max_session_age=3600.0)), "READY")
    peer.lose()
    peer.wait(100.0)
    peer.deny()
    assert peer.wait(3500.0) == "SaveSession only orphans 1; Gap session 3-; RequestPermit"


def test_a_session_younger_than_the_setting_is_resumed() -> None:
    peer = bring(Peer(reconnecting(max_session_age=1500.0)), "READY")
    peer.lose()
    assert peer.wait_due() == "RequestAccess"


# --- refusals -------------------------------------------------------------------------------------------------------


def test_five_refusals_in_a_row_and_no_more() -> None:
    peer = bring(Peer(DEFAULT), "IDENTIFYING")
    waits = 0
    while True:
        peer.say(frames.invalid_session(resumable=False))
        peer.close(4903, "create session error")
        if peer.client.state.name == "FAILED":
            break
        waits += 1
        connect(peer)
    assert waits == 4
    assert str(cause_of(peer)).startswith("the gateway closed the connection: internal error of the gateway (create")
    assert "suspicious intent bits: 9" in str(cause_of(peer))
    assert "IP allow-list" in cause_of(peer).remedy


def test_without_a_bound_refusals_only_thin_out() -> None:
    peer = bring(Peer(reconnecting(max_attempts=None)), "IDENTIFYING")
    for _ in range(50):
        peer.close(4003)
        connect(peer)
    assert peer.client.state.name == "IDENTIFYING"


def test_ready_ends_a_row_of_refusals() -> None:
    peer = bring(Peer(reconnecting(max_attempts=2)), "IDENTIFYING")
    for number in range(4):
        peer.close(4005)
        connect(peer)
        peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S%d"}}' % number)
        assert peer.client.state.name == "READY"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_upgrade_renews_the_token_once_and_then_is_a_refusal(status: int) -> None:
    peer = bring(Peer(reconnecting(max_attempts=3)), "UPGRADING")
    told: list[str] = []
    for _ in range(4):
        peer.reject(status)
        if peer.client.state.name == "FAILED":
            break
        peer.wait_due()
        told.append(peer.permit())
        peer.grant()
        peer.open()
    assert told == ["RequestAccess renew", "RequestAccess", "RequestAccess"]
    assert (peer.client.state.name, cause_of(peer).code) == ("FAILED", status)


def test_a_wanted_renewal_is_asked_for_until_it_is_granted() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4004)
    assert peer.wait_due() == "RequestAccess renew"
    peer.deny()
    assert peer.wait_due() == "RequestAccess renew"
    peer.grant()
    peer.fail_dial()
    assert peer.wait_due() == "RequestAccess"


def test_a_bad_secret_is_fatal_at_once() -> None:
    peer = bring(Peer(DEFAULT), "PREPARING")
    assert peer.deny(fatal=True).endswith("Failed AuthenticationFailed")


# --- op 9 -----------------------------------------------------------------------------------------------------------


def test_op_9_on_identify_and_4014_behind_it_names_the_intents() -> None:
    peer = bring(Peer(DEFAULT), "IDENTIFYING")
    peer.say(frames.invalid_session(resumable=False))
    assert peer.wait(1.0) == ""
    assert peer.close(4014).endswith("Failed InvalidIntents 4014")


def test_op_9_on_identify_and_4903_behind_it_is_one_refusal() -> None:
    peer = bring(Peer(reconnecting(max_attempts=2)), "IDENTIFYING")
    for _ in range(2):
        peer.say(frames.invalid_session(resumable=False))
        peer.close(4903)
        if peer.client.state.name == "WAITING":
            connect(peer)
    assert peer.client.state.name == "FAILED"


def test_4903_without_an_op_9_is_no_refusal() -> None:
    peer = bring(Peer(reconnecting(max_attempts=1)), "IDENTIFYING")
    peer.close(4903)
    assert peer.client.state.name == "WAITING"


@pytest.mark.parametrize("ending", ["EOF", "the end of the grace", "4903"])
def test_op_9_on_a_resume_drops_the_session_with_one_gap(ending: str) -> None:
    peer = bring(Peer(DEFAULT), "RESUMING")
    peer.say(frames.invalid_session(resumable=False))
    told = peer.close(4903) if ending == "4903" else peer.lose() if ending == "EOF" else peer.wait_due()
    assert "SaveSession only orphans 1; Gap session 3-; Retrying" in told
    assert peer.wait_due() == "RequestPermit"


def test_after_op_9_heartbeats_go_on_and_new_events_are_still_delivered() -> None:
    quick = attrs.evolve(DEFAULT, heartbeat=attrs.evolve(DEFAULT.heartbeat, interval=1.0))
    peer = bring(Peer(quick), "READY")
    peer.say(frames.invalid_session(resumable=True))
    assert peer.wait_due() == "Write HEARTBEAT 2"
    assert peer.say(event(3), frames.reconnect(), frames.invalid_session(resumable=False)) == "Deliver 3"
    assert "Gap" not in peer.close(4009)
    connect(peer)
    assert peer.frames[-1]["d"]["seq"] == 3


def test_a_ready_session_that_cannot_be_resumed_is_announced_as_lost() -> None:
    # READY without a usable session id: never resumed; what comes after it is lost with it, and with the process.
    peer = bring(Peer(DEFAULT), "IDENTIFYING")
    assert peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":""}}') == "Ready None; SaveSession lost 1"
    peer.say(event(2))
    assert peer.client.session is None
    peer.lose()
    assert peer.wait_due() == "SaveSession only orphans 1; Gap session 3-; RequestPermit"


def test_fresh_stages_are_what_they_say() -> None:
    # The order of a first start, which all of this file builds on.
    peer = Peer(DEFAULT)
    assert [call(peer) for call in FRESH] == [
        *("RequestPermit", "RequestAccess", "Dial", "Write GET /websocket/", "Connected"),
        *("Write IDENTIFY; ReturnPermit used", "Ready S1; SaveSession S1 1; Deliver 2"),
    ]
