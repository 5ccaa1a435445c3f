"""Room for a socket for each shard: raised where the system allows, told where it does not."""

from __future__ import annotations

import logging
import sys
from types import ModuleType

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.file_limit import ensure_files


class Limits(ModuleType):
    """A system with limits of its own."""

    RLIMIT_NOFILE = 7
    RLIM_INFINITY = -1

    def __init__(self, soft: int, hard: int) -> None:
        super().__init__("limits_of_a_test")
        self.limits = (soft, hard)

    def getrlimit(self, _which: int) -> tuple[int, int]:
        return self.limits

    def setrlimit(self, _which: int, limits: tuple[int, int]) -> None:
        self.limits = limits


@pytest.fixture
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Limits:
    limits = Limits(*request.param)
    monkeypatch.setitem(sys.modules, limits.__name__, limits)
    return limits


@pytest.mark.parametrize("system", [(1064, 4096), (-1, -1), (5000, -1)], indirect=True)
def test_where_there_is_room_nothing_is_changed(system: Limits) -> None:
    before = system.limits
    ensure_files(1000, system.__name__)
    assert system.limits == before


@pytest.mark.parametrize("system", [(256, 1064), (256, -1), (1063, 1064)], indirect=True)
def test_a_low_limit_is_raised_as_far_as_needed_and_told(system: Limits, caplog: pytest.LogCaptureFixture) -> None:
    soft, hard = system.limits
    with caplog.at_level(logging.INFO, "qqgw_trio.connection.file_limit"):
        ensure_files(1000, system.__name__)
    assert system.limits == (1064, hard)
    assert caplog.messages == [f"1000 shards: this process may open 1064 files, before it was {soft}"]


@pytest.mark.parametrize("system", [(256, 1063)], indirect=True)
def test_a_limit_that_cannot_be_raised_is_told_with_what_to_do(system: Limits) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ensure_files(1000, system.__name__)
    assert caught.value.message == "1000 shards need 1064 open files, but this process may have only 1063"
    assert "`ulimit -Hn 1064`" in caught.value.remedy
    assert "--shards 0-499/1000" in caught.value.remedy
    assert system.limits == (256, 1063)


def test_a_system_that_knows_no_limit_has_none() -> None:
    ensure_files(1_000_000, "a_module_of_no_system")


def test_this_system_has_room_for_a_few() -> None:
    ensure_files(2)
