"""What the first, the second and the third signal do, whatever a handler does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator

import attrs
import pytest
import trio

from qqgw_proto.errors import MisuseError
from qqgw_trio.running.signals import Heed, heeding, refuse_other_threads
from support.elsewhere import Elsewhere
from support.programs import BOTS, environment, program

BLOCKED = "SIGINT again, and the event loop is blocked: ended at once, handlers are not awaited"
UNSTOPPABLE = f"{BOTS / 'unstoppable.py'}:bot"


@attrs.define
class Loop:
    """An event loop that runs what it was given when it is told to; and what becomes of the process."""

    now: float = 0.0
    given: list[Callable[[], None]] = attrs.field(factory=list[Callable[[], None]])
    heard: int = 0
    ended: list[tuple[str, int]] = attrs.field(factory=list[tuple[str, int]])

    def heed(self) -> Heed:
        return Heed(self.hear, self.given.append, lambda line, code: self.ended.append((line, code)), lambda: self.now)

    def hear(self) -> None:
        self.heard += 1

    def run(self) -> None:
        while self.given:
            self.given.pop(0)()


async def test_only_the_main_thread_may_heed_signals() -> None:
    refuse_other_threads()
    with pytest.raises(MisuseError, match=r"only the main thread can: .* or use `trio\.run\(bot\.serve\)`"):
        await trio.to_thread.run_sync(refuse_other_threads)


def test_two_signals_are_left_to_the_loop_and_the_third_is_not() -> None:
    loop = Loop()
    heed = loop.heed()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.now += 60.0
        heed(number, None)
        loop.run()
    assert (loop.heard, loop.ended) == (2, [])
    heed(signal.SIGTERM, None)
    assert loop.ended == [("SIGTERM for the third time: ended at once, handlers are not awaited", 143)]


@pytest.mark.parametrize(("seconds", "ends"), [(2.9, False), (3.0, True)])
def test_the_second_ends_a_blocked_loop_that_has_had_time_to_hear_the_first(seconds: float, ends: bool) -> None:
    loop = Loop()
    heed = loop.heed()
    heed(signal.SIGINT, None)
    loop.now = seconds
    heed(signal.SIGINT, None)
    assert loop.ended == ([(BLOCKED, 130)] if ends else [])


def test_what_comes_before_the_first_is_heard_repeats_it() -> None:
    loop = Loop()
    heed = loop.heed()
    for _ in range(4):
        heed(signal.SIGINT, None)
    loop.run()
    assert (loop.heard, loop.ended) == (1, [])


async def test_what_was_there_before_is_there_again_afterwards() -> None:
    heard = trio.Event()
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with heeding(heard.set):
        signal.raise_signal(signal.SIGTERM)
        await heard.wait()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


# --- a process


@pytest.fixture
def elsewhere() -> Generator[Elsewhere]:
    with Elsewhere() as found:
        yield found


def arguments(elsewhere: Elsewhere) -> tuple[str, ...]:
    simulator = elsewhere.simulator
    return "run", UNSTOPPABLE, "--api-url", simulator.rest_url, "--token-url", simulator.token_url


def who(elsewhere: Elsewhere) -> dict[str, str]:
    return environment(QQ_BOT_APP_ID=elsewhere.simulator.app_id, QQ_BOT_SECRET=elsewhere.simulator.secret)


async def say(elsewhere: Elsewhere, text: str) -> None:
    await trio.to_thread.run_sync(elsewhere.call, lambda: elsewhere.simulator.say("group", "visitor", text))


async def test_a_third_signal_ends_a_bot_whose_handler_does_not_heed_its_cancellation(elsewhere: Elsewhere) -> None:
    async with program(*arguments(elsewhere), env=who(elsewhere)) as qqgw:
        await say(elsewhere, "persist")
        await qqgw.until(lambda: qqgw.out == ["persist"])
        qqgw.send(signal.SIGINT)
        await qqgw.until(lambda: any(line.startswith("stopping: 1 event") for line in qqgw.err))
        qqgw.send(signal.SIGTERM)
        await qqgw.until(lambda: qqgw.out == ["persist", "cancelled"])
        assert await qqgw.end(by=signal.SIGINT) == 130
    assert qqgw.err[-1] == "SIGINT for the third time: ended at once, handlers are not awaited"


async def test_signals_end_a_bot_whose_handler_blocks_the_event_loop(elsewhere: Elsewhere) -> None:
    prelude = "import qqgw_trio.running.signals; qqgw_trio.running.signals.PATIENCE = 0.0"
    async with program(*arguments(elsewhere), env=who(elsewhere), prelude=prelude) as qqgw:
        await say(elsewhere, "block")
        assert await qqgw.end() == 130
    assert qqgw.err[-1] == BLOCKED
