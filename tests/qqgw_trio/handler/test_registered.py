"""What is registered is looked at once, at once."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio import Bot, Credentials, filters


async def of_nothing() -> None:
    raise AssertionError("nobody calls it")


async def asks_elsewhere(_event: object) -> bool:
    raise AssertionError("nobody calls it")


class Asks:
    async def __call__(self, _event: object) -> bool:
        raise AssertionError("nobody calls it")


WRONG: Any = of_nothing
ASYNC: Any = asks_elsewhere
BOT = Bot(Credentials("1", "secret"))


REGISTER: dict[str, tuple[Any, str]] = {
    "handler": (BOT.on(), "ctx, event"),
    "error hook": (BOT.on_error, "ctx, failure"),
    "middleware": (BOT.middleware, "ctx, event, call_next"),
    "unknown command": (BOT.on_unknown_command, "ctx, name, rest"),
    "startup": (BOT.on_startup, "bot"),
    "shutdown": (BOT.on_shutdown, "bot"),
    "drops": (BOT.on_dropped, "dropped"),
}


@pytest.mark.parametrize("what", REGISTER)
def test_what_takes_something_else_is_refused(what: str) -> None:
    register, parameters = REGISTER[what]
    with pytest.raises(ConfigurationError, match=rf"of_nothing cannot be called with \({parameters}\): too many"):
        register(of_nothing)


def test_a_listener_that_nobody_would_await_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="asks_elsewhere must not be async: give a function that returns at"):
        BOT.on_dropped(asks_elsewhere)


def test_an_error_hook_of_its_own_is_looked_at_too() -> None:
    with pytest.raises(ConfigurationError, match=r"of_nothing cannot be called with \(ctx, failure\)"):
        BOT.on(on_error=WRONG)(print)
    with pytest.raises(ConfigurationError, match=r"of_nothing cannot be called with \(ctx, failure\)"):
        BOT.command("ping", on_error=WRONG)(of_one)


def of_one(_ctx: object) -> None:
    raise AssertionError("nobody calls it")


@pytest.mark.parametrize("test", [ASYNC, Asks()], ids=["function", "object"])
def test_an_async_filter_would_let_everything_pass_and_is_refused(test: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"the filter .* is async: write it with def"):
        filters.predicate(test)
    with pytest.raises(ConfigurationError, match="is async"):
        _ = filters.users("1") & test
    with pytest.raises(ConfigurationError, match="is async"):
        _ = test | filters.users("1")
    with pytest.raises(ConfigurationError, match="is async"):
        BOT.on(where=test)(print)
    with pytest.raises(ConfigurationError, match="is async"):
        BOT.command("stop", where=test)(of_one)


def test_what_is_no_function_is_no_filter() -> None:
    five: Any = 5
    with pytest.raises(ConfigurationError, match="5 is no filter: give a function of the event"):
        filters.predicate(five)
