"""`qqgw simulate`, as other programs use it: through a pipe."""

from __future__ import annotations

import json
import signal
from urllib.request import Request, urlopen

import attrs
import msgspec
import pytest
import trio

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event, Intents
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.token import TokenSource
from qqgw_trio.running.simulating import parse_line
from support.programs import Program, environment, program


@attrs.frozen
class Described:
    """The first line."""

    rest: str
    token_url: str
    gateway: str
    app_id: str
    secret: str = attrs.field(repr=False)


async def described(qqgw: Program) -> Described:
    await qqgw.until(lambda: bool(qqgw.out))
    return Described(**json.loads(qqgw.out[0]))


def echo_bot(where: Described, seen: list[str]) -> Bot:
    settings = GatewayConfig(api_url=where.rest, token_url=where.token_url)
    bot = Bot(Credentials(where.app_id, where.secret), Intents.all(), settings=settings)

    @bot.on()
    async def echo(ctx: Context[Event], event: Event) -> None:
        seen.append(event.type_name)
        if event.reply_key == "msg_id":
            await ctx.reply(f"echo: {event.text}")

    return bot


def say(where: Described, **what: str) -> bytes:
    request = Request(f"{where.rest}/simulator/say", msgspec.json.encode(what), method="POST")
    with urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


async def test_the_first_line_says_where_the_platform_is_and_the_chat_follows() -> None:
    seen: list[str] = []
    lines = ("group:/ping", "c2c:how are you: well?", "channel:hello", "dm:psst", "button:tea")
    arguments = [word for line in lines for word in ("--say", line)]
    async with program("simulate", *arguments, env=environment()) as qqgw:
        where = await described(qqgw)
        assert where.token_url == f"{where.rest}/app/getAppAccessToken"
        assert where.gateway.startswith("ws://127.0.0.1:")
        async with trio.open_nursery() as nursery:
            bot = echo_bot(where, seen)
            nursery.start_soon(bot.serve)
            await qqgw.until(lambda: len(qqgw.out) >= 10)
            # Everybody may say more while it runs.
            await trio.to_thread.run_sync(lambda: say(where, kind="group", author="visitor", text="/more"))
            await qqgw.until(lambda: len(qqgw.out) >= 12)
            bot.stop()
        assert await qqgw.end(by=signal.SIGINT) == 0
    assert qqgw.out[1:6] == [
        "[group] visitor: /ping",
        "[c2c] visitor: how are you: well?",
        "[channel] visitor: hello",
        "[dm] visitor: psst",
        "[button] visitor: tea",
    ]
    assert "[group] visitor: /more" in qqgw.out[6:]
    answers = {(line.partition("]")[0], line.partition(": ")[2]) for line in qqgw.out[6:] if " bot -> " in line}
    assert answers == {
        ("[group", "echo: /ping"),
        ("[c2c", "echo: how are you: well?"),
        ("[channel", "echo: hello"),
        ("[dm", "echo: psst"),
        ("[group", "echo: /more"),
    }
    assert qqgw.err == []
    # Nobody talked in between.
    assert sorted(seen) == sorted(
        [
            "READY",
            "GROUP_AT_MESSAGE_CREATE",
            "GROUP_AT_MESSAGE_CREATE",
            "C2C_MESSAGE_CREATE",
            "AT_MESSAGE_CREATE",
            "DIRECT_MESSAGE_CREATE",
            "INTERACTION_CREATE",
        ]
    )


@pytest.mark.parametrize("arguments", [("--events", "57", "--rate", "1000"), ("--rate", "1000", "--say", "group:hi")])
async def test_random_events_come_where_they_are_asked_for(arguments: tuple[str, ...]) -> None:
    seen: list[str] = []
    async with program("simulate", *arguments, env=environment()) as qqgw:
        async with trio.open_nursery() as nursery:
            bot = echo_bot(await described(qqgw), seen)
            nursery.start_soon(bot.serve)
            await qqgw.until(lambda: len(set(seen)) > 20 and len(qqgw.out) > 2)
            bot.stop()
        assert await qqgw.end(by=signal.SIGTERM) == 0


async def test_the_same_seed_has_the_same_secret_and_ports_are_a_choice() -> None:
    async with program("simulate", "--seed", "5", env=environment()) as first:
        one = await described(first)
        await first.end(by=signal.SIGTERM)
    gateway, rest = one.gateway.rpartition(":")[2].partition("/")[0], one.rest.rpartition(":")[2]
    arguments = ("--seed", "5", "--port", gateway, "--rest-port", rest, "--host", "127.0.0.1")
    async with program("simulate", *arguments, env=environment()) as second:
        assert await described(second) == one
        assert await second.end(by=signal.SIGINT) == 0


async def test_the_platform_goes_on_when_nobody_reads_the_chat_any_more() -> None:
    seen: list[str] = []
    async with program("simulate", "--say", "group:one", env=environment()) as qqgw:
        where = await described(qqgw)
        await qqgw.close_out()
        async with trio.open_nursery() as nursery:
            bot = echo_bot(where, seen)
            nursery.start_soon(bot.serve)
            # Were the first reply refused, it would be handled again before the next of its group.
            await trio.to_thread.run_sync(lambda: say(where, kind="group", author="visitor", text="two"))
            while len(seen) < 3:  # noqa: ASYNC110 - the bot tells nobody
                await trio.sleep(0.01)
            bot.stop()
        await qqgw.end(by=signal.SIGINT)
    assert seen == ["READY", "GROUP_AT_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE"]


# --- what can be said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("group:/ping", ("group", "/ping")),
        ("dm:a: b", ("dm", "a: b")),
        ("button:tea", ("button", "tea")),
        ("c2c:", ("c2c", "")),
        ("channel: hi ", ("channel", " hi ")),
    ],
)
def test_a_line_is_a_kind_and_a_text(line: str, said: tuple[str, str]) -> None:
    assert parse_line(line) == said


@pytest.mark.parametrize("line", ["", "group", "guild:hi", "Group:hi", ":hi"])
def test_a_line_of_no_kind_cannot_be_said(line: str) -> None:
    with pytest.raises(
        ConfigurationError, match="cannot be said: write group:, c2c:, channel:, dm:, button: and a text"
    ):
        parse_line(line)


async def test_how_many_shards_it_recommends_and_how_many_may_identify_are_options() -> None:
    options = ("--events", "0", "--shards", "3", "--max-concurrency", "2")
    async with program("simulate", *options, env=environment()) as qqgw:
        where = await described(qqgw)
        credentials = Credentials(where.app_id, where.secret)
        async with HttpClient() as client:
            tokens = TokenSource(credentials, client=client, url=where.token_url)
            bot = await Api(tokens, base_url=where.rest).gateway_bot()
        assert await qqgw.end(by=signal.SIGINT) == 0
    assert (bot.shards, bot.session_start_limit.max_concurrency) == (3, 2)
