"""What can be set, and what cannot work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.simulator import PlannedFault, RestSettings, SessionSettings, SimulatorConfig, StartSettings
from qqgw_trio.simulator.settings import Refusal


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: SimulatorConfig(rate=0), "rate"),
        pytest.param(lambda: SimulatorConfig(rate=float("nan")), "rate", id="no number"),
        (lambda: SessionSettings(replay_buffer=-1), "replay_buffer"),
        (lambda: SessionSettings(resume_window=-1), "resume_window"),
        (lambda: StartSettings(max_concurrency=0), "max_concurrency"),
        (lambda: RestSettings(token_lifetime=0), "token_lifetime"),
        (lambda: SessionSettings(lifetime=-1), "lifetime"),
        (lambda: SessionSettings(close_after_reconnect=-1), "close_after_reconnect"),
        (lambda: SessionSettings(truncated=cast("Literal['refuse']", "sometimes")), "truncated"),
        (lambda: SimulatorConfig(port=65_536), "port"),
        (lambda: SimulatorConfig(plan=cast("tuple[PlannedFault, ...]", ("reset",))), "plan"),
        (lambda: Refusal(op9=None, close=1005), "close"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(make: Callable[[], object], name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be "):
        make()


def test_the_secret_is_in_no_repr() -> None:
    assert "s3cret" not in repr(SimulatorConfig(secret="s3cret"))


def test_by_default_it_listens_on_this_machine_only_on_free_ports() -> None:
    config = SimulatorConfig()
    assert (config.host, config.port, config.rest_port) == ("127.0.0.1", 0, 0)
