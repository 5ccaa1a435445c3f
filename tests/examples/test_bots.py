"""The bots of `docs/examples` that handlers, replies and workers are explained with, at a simulated platform."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import AsyncGenerator
from types import ModuleType, SimpleNamespace

import msgspec
import pytest
import trio

from qqgw_proto import HeartbeatConfig
from qqgw_proto.events import Intents
from qqgw_trio import Bot
from qqgw_trio.simulator.world import WorldEvent
from support.examples import EXAMPLES, example
from support.programs import environment
from support.staging import Stage, Telling, staged


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Stage]:
    async with staged() as found:
        monkeypatch.setenv("QQ_BOT_APP_ID", found.simulator.app_id)
        monkeypatch.setenv("QQ_BOT_SECRET", found.simulator.secret)
        yield found


def bot_of(module: ModuleType, stage: Stage) -> Bot:
    """The module's bot, sent to the stage as `qqgw run --api-url … --token-url …` does."""
    bot: Bot = module.bot
    bot.settings = stage.settings
    bot.on_notice = stage.news.tell
    return bot


def texts(stage: Stage, kind: str = "group") -> list[str]:
    """What the bot has said in places of this kind."""
    return [reply.text for reply in stage.replies if reply.kind == kind]


# --- echo


async def test_the_echo_bot_says_again_what_it_is_told(stage: Stage) -> None:
    async with stage.running(bot_of(example("echo_bot"), stage)):
        for kind in ("group", "c2c", "channel"):
            stage.simulator.say(kind, "visitor", f"hello {kind}")
        await stage.news.until(lambda: len(stage.replies) == 3)
    assert [texts(stage, kind) for kind in ("group", "c2c", "channel")] == [
        ["hello group"],
        ["hello c2c"],
        ["hello channel"],
    ]


async def test_the_echo_bot_runs_as_a_program_of_its_own(stage: Stage) -> None:
    places = {"QQGW_API_URL": stage.simulator.rest_url, "QQGW_TOKEN_URL": stage.simulator.token_url}
    secrets = {"QQ_BOT_APP_ID": stage.simulator.app_id, "QQ_BOT_SECRET": stage.simulator.secret}
    command = [sys.executable, str(EXAMPLES / "echo_bot.py")]
    process = await trio.lowlevel.open_process(command, env=environment(**places, **secrets))
    try:
        stage.simulator.say("group", "visitor", "/ping")
        await stage.news.until(lambda: texts(stage) == ["/ping"])
    finally:
        process.terminate()
        with trio.CancelScope(shield=True):
            assert await process.wait() == 0


# --- commands


async def test_the_command_bot_reads_typed_arguments_and_says_what_is_wrong(stage: Stage) -> None:
    said = ("/P", "/roll 1 3", "/roll much", "/turn up", "/turn left because I can", "/turn right", "/dance on")
    async with stage.running(bot_of(example("command_bot"), stage)):
        for text in said:
            stage.simulator.say("group", "visitor", text)
        await stage.news.until(lambda: len(stage.replies) == len(said))
    assert texts(stage) == [
        "pong",
        "1 1 1",
        "sides must be a whole number, not “much”.\nUsage: /roll [sides] [times]",
        "side must be one of left, right, not “up”.\nUsage: /turn <side> [why …]",
        "turned left: because I can",
        "turned right: no reason",
        "I do not know dance; try /help",
    ]


async def test_only_admins_may_stop_the_command_bot_and_see_that_they_may(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = stage.simulator.platform.world.places
    admin = places.person("admin").member_openid(places.groups[0])
    monkeypatch.setenv("ADMINS", f"SOMEBODY,{admin}")
    bot = bot_of(example("command_bot"), stage)
    async with trio.open_nursery() as nursery:
        await nursery.start(bot.serve)
        for author, text in (("visitor", "/stop"), ("visitor", "/help stop"), ("admin", "/whoami"), ("admin", "/stop")):
            stage.simulator.say("group", author, text)
    # The bot has ended by itself.
    assert texts(stage) == ["There is no command /stop.", admin, "good bye"]


# --- buttons


def choose(stage: Stage, feature: str) -> None:
    """Somebody chooses from the bot's menu in the group; its interaction is I1."""
    group = stage.simulator.platform.world.places.groups[0]
    payload = {"id": "I1", "group_openid": group, "chat_type": 1, "data": {"resolved": {"feature_id": feature}}}
    data = msgspec.Raw(msgspec.json.encode(payload))
    event = WorldEvent("INTERACTION_CREATE", "INTERACTION_CREATE:I1", data, None, "", None, "I1")
    stage.simulator.platform.receipts.expect(event)
    [session] = stage.simulator.platform.sessions.standing
    session.push(event)


async def test_the_button_bot_offers_buttons_and_answers_who_presses_one(stage: Stage) -> None:
    bot = bot_of(example("button_bot"), stage)
    assert bot.intents == Intents.GROUP_AND_C2C_EVENT | Intents.INTERACTION
    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "hello")
        stage.simulator.say("group", "visitor", "/order")
        await stage.news.until(lambda: len(stage.replies) == 1)
        pressed = stage.simulator.say("button", "visitor", "tea")
        await stage.news.until(lambda: len(stage.replies) == 2)
    assert [(reply.text, reply.event_id) for reply in stage.replies] == [
        ("What would you like?", None),
        ("one tea, at once", pressed),
    ]
    assert [answer.code for answer in stage.simulator.ledger.answers] == [0]


async def test_the_button_bot_acknowledges_a_choice_from_the_menu_and_says_nothing(stage: Stage) -> None:
    async with stage.running(bot_of(example("button_bot"), stage)):
        choose(stage, "F")
        stage.simulator.say("group", "visitor", "/order")
        await stage.news.until(lambda: bool(stage.replies))
    assert texts(stage) == ["What would you like?"]
    assert [answer.interaction_id for answer in stage.simulator.ledger.answers] == ["I1"]


# --- slow handlers


@pytest.mark.parametrize("slow", ["/think", "/work"])
async def test_heartbeats_and_other_conversations_go_on_while_a_handler_of_the_slow_bot_takes_its_time(
    stage: Stage, slow: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLOW_SECONDS", "86400")
    module, woken = example("slow_bot"), threading.Event()

    def sleep(_seconds: float) -> None:
        woken.wait(60)  # so that a failure is none that hangs

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=sleep))
    bot = bot_of(module, stage)
    bot.settings = bot.settings.replace(heartbeat=HeartbeatConfig(interval=0.02), drain_seconds=0.0)
    telling, frames = Telling(stage.news), logging.getLogger("qqgw_trio.frames")
    frames.addHandler(telling)

    def acknowledged() -> int:
        return sum("op 11" in record.getMessage() for record in caplog.records)

    try:
        with caplog.at_level(logging.DEBUG, "qqgw_trio.frames"):
            async with stage.running(bot):
                stage.simulator.say("group", "visitor", slow)
                stage.simulator.say("group", "visitor", "/ping")
                stage.simulator.say("c2c", "visitor", "/ping")
                await stage.news.until(lambda: bool(stage.replies))
                before = acknowledged()
                await stage.news.until(lambda: acknowledged() >= before + 3)
    finally:
        frames.removeHandler(telling)
        woken.set()
    assert (texts(stage, "c2c"), texts(stage)) == (["pong"], [])


async def test_a_group_of_the_slow_bot_is_answered_in_its_order(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOW_SECONDS", "0")
    async with stage.running(bot_of(example("slow_bot"), stage)):
        for text in ("/think", "/work", "/ping"):
            stage.simulator.say("group", "visitor", text)
        await stage.news.until(lambda: len(stage.replies) == 3)
    assert texts(stage) == ["I have thought", "I have worked", "pong"]


# --- asyncio


async def test_the_asyncio_bot_uses_one_object_of_asyncios_for_many_messages(stage: Stage) -> None:
    words = ["cat", "dog", "bird"] * 20
    async with stage.running(bot_of(example("asyncio_bot"), stage)):
        for word in words:
            stage.simulator.say("c2c", "visitor", word)
        await stage.news.until(lambda: len(stage.replies) == len(words))
    assert texts(stage, "c2c") == ["猫", "狗", "?"] * 20


# --- dialogue


async def test_the_dialogue_bot_takes_the_answers_of_the_same_person(stage: Stage) -> None:
    async with stage.running(bot_of(example("dialogue_bot"), stage)):
        stage.simulator.say("group", "visitor", "/order")
        await stage.news.until(lambda: len(stage.replies) == 1)
        stage.simulator.say("group", "somebody else", "coffee")
        stage.simulator.say("group", "visitor", "tea")
        await stage.news.until(lambda: len(stage.replies) == 2)
        stage.simulator.say("group", "visitor", "many")
        stage.simulator.say("group", "visitor", "3")
        await stage.news.until(lambda: len(stage.replies) == 3)
    assert texts(stage) == ["What would you like?", "How many cups?", "3 cups of tea"]


async def test_the_dialogue_bot_does_not_wait_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    module = example("dialogue_bot")
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    async with stage.running(bot_of(module, stage)):
        stage.simulator.say("group", "visitor", "/order")
        await stage.news.until(lambda: len(stage.replies) == 2)
    assert texts(stage) == ["What would you like?", "Never mind, then."]
