"""What a bot cannot be made of is told when it is made."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, EventHandler, GatewayConfig
from qqgw_trio.settings.bot_arguments import check_listener


async def later(*_: object) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"token": "1:hidden"}, "Bot(token=…) must be Credentials: write Credentials(app_id, secret)"),
        ({"intents": "guilds"}, "Bot(intents=…) must be Intents, or a whole number from 1 to 2**31 - 1, not 'guilds'"),
        ({"intents": True}, "Bot(intents=…) must be Intents, or a whole number from 1 to 2**31 - 1, not True"),
        ({"intents": 0}, "Bot(intents=…) must be Intents, or a whole number from 1 to 2**31 - 1, not 0"),
        ({"intents": -1}, "Bot(intents=…) must be Intents, or a whole number from 1 to 2**31 - 1, not -1"),
        ({"intents": 1 << 31}, "not 2147483648: write Intents.GUILDS | Intents.INTERACTION"),
        ({"intents": Intents.none()}, "not no intent at all: write Intents.GUILDS | Intents.INTERACTION"),
        ({"intents": [1]}, "not [1]: write Intents.GUILDS | Intents.INTERACTION, or Intents.from_names("),
        ({"handler": 5}, "Bot(handler=…) must be an EventHandler, not 5: give an object of a subclass"),
        ({"handler": EventHandler}, "EventHandler is a class: give an object: EventHandler()"),
        ({"sandbox": "no"}, "Bot(sandbox=…) must be True or False, not 'no'"),
        ({"settings": {}}, "Bot(settings=…) must be a GatewayConfig, not {}: write Bot(settings=GatewayConfig(…))"),
        ({"settings": GatewayConfig}, "Bot(settings=…) must be a GatewayConfig, not <class"),
        ({"on_notice": 5}, "Bot(on_notice=…) must be a function, not 5"),
        ({"on_token_failure": later}, "Bot(on_token_failure=…) must not be async: give a function that returns at onc"),
        ({"shards": 5.5}, "shards: 5.5 names none"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Bot(**arguments)
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_what_can_be_is_taken() -> None:
    who = Credentials("1", "secret")
    assert Bot(who, 513).intents == Intents(513)
    bot = Bot(who, Intents.default(), handler=EventHandler(), sandbox=True, settings=GatewayConfig(stop_code=None))
    assert (bot.intents, bot.sandbox, bot.settings.stop_code) == (Intents.default(), True, None)


def test_a_listener_may_be_any_function_or_none() -> None:
    check_listener("on_notice", None)
    check_listener("on_notice", print)
