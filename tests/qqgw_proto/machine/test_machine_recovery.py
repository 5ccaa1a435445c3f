"""How a shard comes back, line by line of design 5: back-off, floors, routine."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from qqgw_proto.errors import ConnectionFailed, GatewayError, RateLimited
from qqgw_proto.wire import frames
from support.attempts import DEFAULT, connect, dial, reconnecting, stay, wait_of
from support.peer import Peer
from support.stages import bring

# --- back-off -------------------------------------------------------------------------------------------------------


def waits_of_an_outage(seed: int, count: int = 9) -> list[float]:
    peer = bring(Peer(reconnecting(min_dial_interval=0.0), seed=seed), "DIALING")
    waits: list[float] = []
    for _ in range(count):
        peer.fail_dial()
        waits.append(wait_of(peer))
        dial(peer)
    return waits


def test_back_off_is_full_jitter_that_doubles_from_1_to_30_seconds() -> None:
    bounds = [1, 2, 4, 8, 16, 30, 30, 30, 30]
    outages = [waits_of_an_outage(seed * 7919) for seed in range(60)]
    for number, bound in enumerate(bounds):
        waits = [outage[number] for outage in outages]
        assert all(0 <= wait < bound for wait in waits)
        assert min(waits) < bound / 4
        assert max(waits) > bound * 3 / 4


def test_back_off_obeys_its_settings() -> None:
    settings = reconnecting(initial_delay=3.0, backoff_factor=10.0, max_delay=50.0, min_dial_interval=0.0)
    peer = bring(Peer(settings), "DIALING")
    waits: list[float] = []
    for _ in range(3):
        peer.fail_dial()
        waits.append(wait_of(peer))
        dial(peer)
    assert waits[0] < 3.0
    assert 3.0 < waits[1] < 30.0
    assert 10.0 < waits[2] < 50.0


def test_outages_are_retried_for_ever_and_spend_no_refusal() -> None:
    # DNS, TCP, TLS, EOF, timeouts, 429, 5xx, 4008, 4900-4913 without an op 9.
    peer = bring(Peer(reconnecting(max_attempts=1)), "DIALING")
    for number in range(300):
        match number % 6:
            case 0:
                peer.fail_dial()
            case 1:
                peer.open()
                peer.reject(503)
            case 2:
                peer.open()
                peer.lose()
            case 3:
                peer.wait_due()
            case 4:
                peer.open()
                peer.accept()
                peer.close(4900)
            case _:
                peer.open()
                peer.accept()
                peer.close(4008)
        assert peer.client.state.name == "WAITING"
        dial(peer)


@pytest.mark.parametrize(("seconds", "starts_anew"), [(29.0, False), (30.0, True)])
def test_back_off_starts_anew_once_ready_was_healthy_for_30_seconds(seconds: float, starts_anew: bool) -> None:
    settings = reconnecting(initial_delay=1.0, backoff_factor=1000.0, max_delay=1000.0, min_dial_interval=0.0)
    peer = bring(Peer(settings), "DIALING")
    peer.fail_dial()
    connect(peer)
    peer.now = float(math.ceil(peer.now))  # from where a float counts seconds without rounding
    peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}')
    stay(peer, seconds)
    peer.lose()
    assert (wait_of(peer) < 1.0) is starts_anew


STEEP = {"initial_delay": 1.0, "backoff_factor": 1000.0, "max_delay": 1000.0, "min_dial_interval": 0.0}


def test_back_off_starts_anew_once_the_gateway_says_that_the_outage_has_cost_the_session() -> None:
    """Else the shard is back two capped delays after the outage: one for the RESUME, one more for the IDENTIFY."""
    peer = bring(Peer(reconnecting(**STEEP)), "READY")
    peer.lose()
    for _ in range(20):
        dial(peer)
        peer.fail_dial()
    connect(peer)
    assert peer.client.state.name == "RESUMING"
    peer.close(4006)
    assert wait_of(peer) < 1.0


def test_back_off_grows_where_every_session_ends_as_soon_as_it_began() -> None:
    """No storm: what the gateway says of each session forgives only what failed since that session began."""
    peer = bring(Peer(reconnecting(**STEEP)), "READY")
    for number in range(1, 6):
        peer.close(4006)
        assert number == 1 or wait_of(peer) > 1.0
        connect(peer)
        peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S2"}}')


def test_a_session_that_was_healthy_once_forgives_all_that_failed_before_it() -> None:
    peer = bring(Peer(reconnecting(**STEEP)), "DIALING")
    peer.fail_dial()
    connect(peer)
    peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}')
    stay(peer, 31.0)
    peer.lose()
    dial(peer)
    peer.fail_dial()
    connect(peer)
    peer.close(4006)
    assert wait_of(peer) < 1.0


# --- floors ---------------------------------------------------------------------------------------------------------


def test_no_two_dials_are_closer_than_a_second() -> None:
    peer = bring(Peer(reconnecting(initial_delay=0.001, max_delay=0.001)), "DIALING")
    dials = [peer.now]
    for _ in range(5):
        peer.fail_dial()
        dial(peer)
        dials.append(peer.now)
    assert [later - earlier for earlier, later in pairwise(dials)] == [1.0] * 5


def test_a_prompt_reconnect_keeps_the_floor_between_dials_too() -> None:
    peer = bring(Peer(reconnecting(prompt_jitter=0.0)), "READY")
    peer.reconnect()
    assert wait_of(peer) == 1.0


@pytest.mark.parametrize(
    ("headers", "status", "least", "most"),
    [
        (("Retry-After: 120",), 503, 120.0, 120.0),
        (("Retry-After: 86400",), 503, 3600.0, 3600.0),
        (("Retry-After: " + "9" * 400,), 503, 3600.0, 3600.0),
        (("Retry-After: 7",), 429, 7.0, 7.0),
        ((), 429, 60.0, 60.0),
        (("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT",), 429, 60.0, 60.0),
        ((), 503, 0.0, 1.0),
    ],
)
def test_what_an_upgrade_asks_to_wait_is_obeyed_up_to_an_hour(
    headers: tuple[str, ...], status: int, least: float, most: float
) -> None:
    peer = bring(Peer(DEFAULT), "UPGRADING")
    peer.reject(status, headers)
    assert least <= wait_of(peer) <= most


@pytest.mark.parametrize(
    ("cause", "retry_after", "least"),
    [
        (RateLimited(5.0), None, 5.0),
        (RateLimited(0.0), None, 60.0),
        (RateLimited(86400.0), None, 3600.0),
        (ConnectionFailed("503"), 90.0, 90.0),
        (ConnectionFailed("503"), 86400.0, 3600.0),
        (ConnectionFailed("503"), -5.0, 0.0),
    ],
)
def test_what_the_rest_api_asks_to_wait_is_obeyed_up_to_an_hour(
    cause: GatewayError, retry_after: float | None, least: float
) -> None:
    peer = bring(Peer(DEFAULT), "PREPARING")
    peer.deny(cause, retry_after)
    assert least <= wait_of(peer) <= max(least, 1.0)


def test_what_a_host_was_asked_to_wait_by_its_upgrade_is_obeyed() -> None:
    # Who owns a WebSocket learns of the refused upgrade itself, and reports it as a dial that failed.
    peer = bring(Peer(DEFAULT, messages=True), "DIALING")
    peer.fail_dial(RateLimited(45.0))
    assert wait_of(peer) == 45.0


def test_after_4008_at_least_10_seconds_pass() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4008)
    assert wait_of(peer) == 10.0
    assert peer.wait_due() == "RequestAccess"


def test_the_longer_of_floor_and_jitter_counts() -> None:
    peer = bring(Peer(reconnecting(initial_delay=1000.0, max_delay=1000.0)), "READY")
    peer.close(4008)
    assert wait_of(peer) > 10.0


# --- routine --------------------------------------------------------------------------------------------------------


def order(peer: Peer, by: str) -> None:
    if by == "op 7":
        peer.say(frames.reconnect())
    else:
        peer.close(4009)


@pytest.mark.parametrize("by", ["op 7", "4009"])
def test_a_routine_end_every_30_minutes_is_followed_at_once_by_a_resume(by: str) -> None:
    peer = bring(Peer(reconnecting(initial_delay=1000.0, max_delay=1000.0)), "READY")
    for _ in range(4):
        stay(peer, 1800.0)
        order(peer, by)
        assert 0.0 <= wait_of(peer) < 1.0
        connect(peer)
        assert peer.client.state.name == "RESUMING"
        peer.say(b'{"op":0,"t":"RESUMED","d":""}')


@pytest.mark.parametrize("by", ["op 7", "4009"])
def test_a_second_routine_end_in_a_row_backs_off(by: str) -> None:
    # "4009 on a client without heartbeats loops" (hermes-agent #24357): no storm.
    peer = bring(Peer(reconnecting(initial_delay=1000.0, max_delay=1000.0)), "READY")
    order(peer, by)
    assert wait_of(peer) < 1.0 + 1e-6
    connect(peer)
    peer.say(b'{"op":0,"t":"RESUMED","d":""}')
    order(peer, by)
    assert wait_of(peer) > 1.0
