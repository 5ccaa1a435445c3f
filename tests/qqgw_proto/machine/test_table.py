"""The client's table: total, reached in every cell through public calls, and right in every cell.

What must come of each cell stands as literals in `support.cells`, one module for each family of inputs, beside the rule
it follows from. Nothing there is computed from the table.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import pytest

from qqgw_proto.machine.cells import Go, Ignore, Violation
from qqgw_proto.machine.kinds import CALLS, Kind
from qqgw_proto.machine.machine import STATE_DEADLINES
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.machine.table import TABLE
from support.cells.all_rows import ROWS, check
from support.happenings import Row
from support.recording import Leaf, leaf_names, leaves_of, recorded
from support.unreachable import UNREACHABLE, unreachable_leaves

BYTES = [row for row in ROWS if row.door in (None, "bytes")]
MESSAGES = [row for row in ROWS if row.door in (None, "messages")]


@pytest.mark.parametrize("row", BYTES, ids=str)
def test_through_bytes(row: Row) -> None:
    check(row, messages=False)


@pytest.mark.parametrize("row", MESSAGES, ids=str)
def test_through_whole_messages(row: Row) -> None:
    check(row, messages=True)


# --- total: I1


def test_every_state_has_a_cell_for_every_kind_of_input() -> None:
    assert {(state, kind) for state, row in enumerate(TABLE) for kind, _ in enumerate(row)} == {
        (state.value, kind.value) for state in ConnectionState for kind in Kind
    }


def every_leaf() -> set[Leaf]:
    return {
        (state, kind, path) for state in ConnectionState for kind in Kind for path, _ in leaves_of(TABLE[state][kind])
    }


def test_every_cell_ends_in_a_step_a_reason_or_a_broken_rule() -> None:
    for state, kind, path in every_leaf():
        cell = dict(leaves_of(TABLE[state][kind]))[path]
        match cell:
            case Go():
                assert isinstance(cell.next, ConnectionState)
                assert cell.next is not state or cell.actions, f"{state.name} x {kind.name} goes nowhere: say Ignore"
            case Ignore(why):
                assert why
            case Violation(what):
                assert what
            case _:
                pytest.fail(f"{state.name} x {kind.name} is {cell!r}")


def test_nothing_leads_out_of_the_final_states() -> None:
    for state in (ConnectionState.STOPPED, ConnectionState.FAILED):
        for kind in Kind:
            for _, cell in leaves_of(TABLE[state][kind]):
                assert not isinstance(cell, Go) or cell.next is state


def test_misuse_is_found_in_columns_of_calls_and_the_peers_faults_in_columns_of_frames() -> None:
    columns = {
        kind
        for state in ConnectionState
        for kind in Kind
        for _, cell in leaves_of(TABLE[state][kind])
        if isinstance(cell, Violation)
    }
    assert {kind.name for kind in columns if kind in CALLS} == {
        *("START", "OPENED", "DIAL_FAILED", "WRITING_BLOCKED", "WRITING_RESUMED"),
    }
    assert {kind.name for kind in columns if kind not in CALLS} == {
        *("HELLO", "READY", "RESUMED", "DISPATCHES", "HEARTBEAT_ASKED", "HEARTBEAT_ACKED"),
        *("SESSION_DOUBTFUL", "SESSION_INVALID", "UNKNOWN_OP", "MALFORMED"),
    }


def test_no_state_waits_without_a_deadline() -> None:
    # WAITING's is the retry; READY is watched by the heartbeat; the other three wait for nobody (I6).
    assert {state.name for state in ConnectionState if state not in STATE_DEADLINES} == {
        *("IDLE", "READY", "WAITING", "STOPPED", "FAILED"),
    }


# --- reached: I1


@cache
def reached() -> frozenset[Leaf]:
    with recorded() as leaves:
        for row, messages in (*((row, False) for row in BYTES), *((row, True) for row in MESSAGES)):
            with suppress(AssertionError):  # an expectation that is not met fails by itself, above
                check(row, messages=messages)
    return frozenset(leaves)


@pytest.mark.no_cover
def test_every_cell_is_reached_through_public_calls_or_listed_with_the_reason() -> None:
    assert leaf_names(every_leaf() - reached() - unreachable_leaves()) == []


def test_no_cell_is_reached_that_is_listed_as_out_of_reach() -> None:
    assert leaf_names(unreachable_leaves() & reached()) == []


def test_every_group_out_of_reach_has_a_reason_and_exists() -> None:
    assert all(group.why for group in UNREACHABLE)
    assert leaf_names(unreachable_leaves() - every_leaf()) == []


def test_what_is_out_of_reach_does_nothing() -> None:
    # Four states share the one row of SAVE_DUE with all others, and READY that of a refused token.
    exceptions = {("SAVE_DUE", "IDLE"), ("SAVE_DUE", "CLOSING"), ("SAVE_DUE", "STOPPED"), ("SAVE_DUE", "FAILED")}
    for state, kind, path in unreachable_leaves():
        cell = dict(leaves_of(TABLE[state][kind]))[path]
        assert isinstance(cell, Ignore) or (kind.name, state.name) in exceptions or path
