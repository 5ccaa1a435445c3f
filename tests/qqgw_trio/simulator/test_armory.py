"""Faults that wait for their moment."""

from __future__ import annotations

from qqgw_trio.simulator.armory import Armory
from qqgw_trio.simulator.faults import Fault, FaultKind


def test_a_fault_strikes_as_often_as_its_count_says() -> None:
    armory = Armory()
    armory.add(Fault(FaultKind.REFUSE_RESUMES, count=2, code=4902))
    struck = [armory.strike(FaultKind.REFUSE_RESUMES) for _ in range(3)]
    assert [fault and fault.code for fault in struck] == [4902, 4902, None]


def test_faults_of_one_kind_strike_in_the_order_of_ordering() -> None:
    armory = Armory()
    armory.add(Fault(FaultKind.REFUSE_UPGRADES, code=429))
    armory.add(Fault(FaultKind.REFUSE_UPGRADES, code=503))
    struck = [armory.strike(FaultKind.REFUSE_UPGRADES) for _ in range(2)]
    assert [fault and fault.code for fault in struck] == [429, 503]


def test_another_kind_is_not_struck() -> None:
    armory = Armory()
    armory.add(Fault(FaultKind.SWALLOW))
    assert armory.strike(FaultKind.REFUSE_RESUMES) is None


def test_an_amount_is_used_up_at_once() -> None:
    armory = Armory()
    armory.add(Fault(FaultKind.REPLAY_OVERLAP, count=3))
    assert [armory.amount(FaultKind.REPLAY_OVERLAP), armory.amount(FaultKind.REPLAY_OVERLAP)] == [3, 0]


def test_a_request_is_struck_by_a_part_of_its_path() -> None:
    armory = Armory()
    armory.add(Fault(FaultKind.REST, route="/gateway"))
    assert armory.strike_request("/users/@me") is None
    assert armory.strike_request("/gateway/bot") is not None
    assert armory.strike_request("/gateway/bot") is None


def test_without_a_route_every_request_is_struck() -> None:
    armory = Armory()
    armory.add(Fault(FaultKind.REST))
    assert armory.strike_request("/whatever") is not None
