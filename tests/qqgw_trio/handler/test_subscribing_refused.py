"""What happens when the gateway refuses the intents of a bot."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import GatewayError, InvalidIntents, RateLimited
from qqgw_proto.events import Event, GroupAtMessageCreate, GuildCreate, Intents
from qqgw_proto.machine import effects as do
from qqgw_trio.handler.handlers import Handlers
from qqgw_trio.handler.subscribing import Subscribing
from support.handling import AnyContext

REFUSED = InvalidIntents((9, 26), "the gateway closed the connection: an intent is not permitted", code=4014)


async def handle(_ctx: AnyContext, _event: Event) -> None:
    raise AssertionError("nobody calls it")


def made(*what: type[Event] | str, given: Intents | None = None) -> Subscribing:
    handlers = Handlers()
    for one in what:
        handlers.add(handle, [one])
    return Subscribing(given, handlers)


def test_a_refusal_names_the_suspicious_intents() -> None:
    subscribing = made(given=Intents.GUILDS | Intents.GUILD_MESSAGES | Intents.INTERACTION)
    subscribing.begin(None, negotiate=False)
    with pytest.raises(InvalidIntents) as caught:
        subscribing.give_way(REFUSED, None)
    assert caught.value.message == (
        "the gateway closed the connection: an intent is not permitted; suspicious intent bits: 9, 26:"
        " GUILD_MESSAGES (bit 9, private bots only),"
        " INTERACTION (bit 26, needs approval on the platform's console)"
    )
    assert (caught.value.suspects, caught.value.code) == ((9, 26), 4014)
    assert caught.value.remedy == REFUSED.remedy


def test_where_nothing_is_suspicious_the_error_stays_as_it_is() -> None:
    subscribing = made(given=Intents.GUILDS)
    subscribing.begin(None, negotiate=True)
    with pytest.raises(InvalidIntents) as caught:
        subscribing.give_way(REFUSED, None)
    assert caught.value is REFUSED


def test_negotiation_drops_the_privileged_bits_once_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    subscribing = made(GuildCreate, "INTERACTION_CREATE")
    subscribing.begin(None, negotiate=True)
    subscribing.give_way(REFUSED, None)
    assert subscribing.intents(None) == Intents.GUILDS
    assert [record.getMessage() for record in caplog.records] == [
        (
            "the gateway refused the intents (the gateway closed the connection: an intent is not permitted;"
            " suspicious intent bits: 9, 26);"
            " going on without INTERACTION (bit 26, needs approval on the platform's console)"
        ),
        "INTERACTION_CREATE has a handler, but no chosen intent delivers it: add INTERACTION",
    ]
    with pytest.raises(InvalidIntents):
        subscribing.give_way(REFUSED, None)
    subscribing.begin(None, negotiate=False)  # started again
    assert subscribing.intents(None) == Intents.GUILDS | Intents.INTERACTION


def test_where_nothing_would_be_left_there_is_nothing_to_negotiate() -> None:
    subscribing = made(GroupAtMessageCreate)
    subscribing.begin(None, negotiate=True)
    with pytest.raises(InvalidIntents, match="GROUP_AND_C2C_EVENT"):
        subscribing.give_way(REFUSED, None)


@pytest.mark.parametrize(
    ("negotiate", "notice", "heeded"),
    [
        (True, do.Retrying(1.0, REFUSED), [REFUSED]),
        (False, do.Retrying(1.0, REFUSED), []),
        (True, do.Retrying(1.0, RateLimited(5)), []),
        (True, do.Disconnected(1, REFUSED), []),
    ],
)
def test_a_refusal_is_answered_at_once_where_negotiation_is_wanted(
    negotiate: bool, notice: do.Notice, heeded: list[GatewayError]
) -> None:
    subscribing = made(GuildCreate)
    subscribing.begin(None, negotiate=negotiate)
    failures: list[GatewayError] = []
    subscribing.heed(notice, failures.append)
    assert failures == heeded
