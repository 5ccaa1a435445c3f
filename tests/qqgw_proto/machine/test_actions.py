"""An action in the wrong cell is a bug of the table, and says so instead of doing something.

What the actions do in their cells is in `test_table`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from qqgw_proto import ClientConfig
from qqgw_proto.errors import GatewayError
from qqgw_proto.machine import connecting as on
from qqgw_proto.machine import leaving as off
from qqgw_proto.machine import living as at
from qqgw_proto.machine.arrivals import Dispatches, ResumedReceived
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Opened, ReadingResumed, Start, Stop
from qqgw_proto.machine.life import Access, Connection, Life
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from support.peer import URL

CONFIG: Final = ClientConfig(intents=513, stop_code=None)

Action = Callable[[Life, Any, list[MachineEffect]], None]


def connected() -> Life:
    return Life(CONFIG, connection=Connection(1), access=Access(GatewayUrl.parse(URL), "a-token"))


@pytest.mark.parametrize(
    ("action", "life", "given", "why"),
    [
        (on.adopt_snapshot, Life(CONFIG), Start(), "the guard starts_with_session stands before"),
        (on.announce_loss, Life(CONFIG), Start(), "the guard starts_with_loss stands before"),
        (on.send_upgrade, Life(CONFIG), Opened(1), "entered with URL and token only"),
        (on.send_identify, connected(), Start(), "only by way of PERMITTING"),
        (on.send_resume, connected(), Start(), "the guard has_session stands before"),
        (on.confirm_session, connected(), ResumedReceived(1, Dispatch(0)), "entered with a session only"),
        (at.deliver, connected(), Dispatches(1, [Dispatch(0)]), "entered with a session only"),
        (at.prolong_replay, connected(), ReadingResumed(), "only a pause inside a RESUME"),
        (at.beat, connected(), Start(), "no heartbeat runs in IDLE"),
        (off.say_goodbye, connected(), Stop(), "the guard closes_politely stands before"),
        (off.abandon, Life(CONFIG), Stop(), "no connection exists in IDLE"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_action_out_of_place_says_what_is_missing(action: Action, life: Life, given: object, why: str) -> None:
    with pytest.raises(AssertionError, match=why) as raised:
        action(life, given, [])
    assert not isinstance(raised.value, GatewayError)
