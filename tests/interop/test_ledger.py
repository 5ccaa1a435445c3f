"""What is judged of another client: its logins and replies as the simulated platform saw them."""

from __future__ import annotations

import pytest
import trio

from interop.ledger import Event, Ledger, Login, Platform, Reply, story
from qqgw_trio.simulator import Simulator, SimulatorConfig
from support.raw_client import RawClient

FIRST = Login(1.0, "")
EVENTS = (Event("e1", "m1"), Event("e2", "m2"))
BEFORE = Ledger(identifies=(FIRST,), events=EVENTS[:1], replies=(Reply("m1"),))


def test_a_client_that_resumes_and_answers_what_it_missed() -> None:
    after = Ledger((FIRST,), (Login(2.0, "", 1),), EVENTS, (Reply("m1"), Reply("m2")))
    assert story(BEFORE, after, "e2") == (
        "READY, events, replies; back after 4009 by RESUME; what was said meanwhile was answered"
    )


def test_a_client_that_identifies_afresh_misses_what_was_said() -> None:
    after = Ledger((FIRST, Login(2.0, "")), (), EVENTS, (Reply("m1"),))
    assert story(BEFORE, after, "e2") == (
        "READY, events, replies; back after 4009 by IDENTIFY; what was said meanwhile was missed"
    )


def test_every_attempt_is_told_in_order_and_what_the_platform_noted() -> None:
    after = Ledger((FIRST, Login(3.0, "")), (Login(2.0, "seq", 0),), EVENTS, (), ("2 IDENTIFYs within 5 s",))
    assert "back after 4009 by RESUME, refused (seq) and IDENTIFY;" in story(BEFORE, after, "e2")
    assert story(BEFORE, after, "e2").endswith("; noted: 2 IDENTIFYs within 5 s")


@pytest.mark.parametrize(
    ("ledger", "is_in"),
    [
        (Ledger(), False),
        (Ledger((Login(1.0, "token"),)), False),
        (Ledger((Login(1.0, "token"), Login(2.0, ""))), True),
        (Ledger((), (Login(1.0, "", 0),)), True),
    ],
)
def test_only_a_login_that_was_granted_counts(ledger: Ledger, is_in: bool) -> None:
    assert ledger.is_in() is is_in


def test_a_login_from_before_is_no_return() -> None:
    assert not BEFORE.is_in(since=BEFORE)
    assert Ledger((FIRST,), (Login(2.0, "", 0),)).is_in(since=BEFORE)


@pytest.mark.parametrize(("resume", "resumed"), [(Login(2.0, "", 0), True), (Login(2.0, "seq", 0), False)])
def test_only_a_resume_that_was_granted_lets_a_client_hear_what_it_missed(resume: Login, resumed: bool) -> None:
    assert Ledger((FIRST,), (resume,)).resumed(since=BEFORE) is resumed


def test_a_reply_answers_the_message_that_it_names_and_no_other() -> None:
    assert BEFORE.answered("e1")
    assert not BEFORE.answered("e2")
    assert not Ledger(events=(Event("e1", None),), replies=(Reply(None),)).answered("e1")


async def test_a_real_platform_is_read_and_commanded() -> None:
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        port = int(simulator.gateway_url.split(":")[2].partition("/")[0])
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            client = await RawClient(stream).upgrade()
            await client.log_in(f"QQBot {simulator.platform.accounts.issue()[0].text}")
            platform = Platform(simulator.rest_url)
            said = await trio.to_thread.run_sync(platform.say, "group", "hello")
            assert await trio.to_thread.run_sync(platform.close, 4009) == 1
            assert (await client.frame())["id"] == said
            assert (await client.end()).code == 4009
        seen = await trio.to_thread.run_sync(platform.ledger)
    assert [login.words for login in seen.logins] == ["IDENTIFY"]
    assert [event.event_id for event in seen.events] == [said]
    assert not seen.answered(said)
