"""Changes cells of the client's table and its deadlines, one at a time, and sees whether the core's tests find each.

    python tests/mutants/cells.py                       every change of every cell
    python tests/mutants/cells.py --count 20 --seed 7   twenty of them

Every changed table runs in a process of its own (`running.py`). What can be changed: the next state, an action left
out, RESUME and IDENTIFY exchanged, the session dropped where it is kept, `Ignore` for `Go` and the other way round,
`Violation` and `Ignore` exchanged, the two sides of a guard exchanged, a deadline that never comes. Changes that cannot
make a difference are not tried; the reasons stand in `no_difference`. Ends with 1 when a change was not found.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import attrs

HERE: Final = Path(__file__).resolve()
ROOT: Final = HERE.parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from mutants.looking import Looked, cell_place, watched_deadlines, watched_table  # noqa: E402 - the paths come first
from mutants.running import judge_with, options, put, put_everywhere  # noqa: E402
from qqgw_proto.config import Deadlines  # noqa: E402
from qqgw_proto.machine import connecting as on  # noqa: E402
from qqgw_proto.machine import leaving as off  # noqa: E402
from qqgw_proto.machine import living as at  # noqa: E402
from qqgw_proto.machine import machine, waits  # noqa: E402
from qqgw_proto.machine.cells import Choose, Go, Ignore, Violation  # noqa: E402
from qqgw_proto.machine.kinds import Kind as K  # noqa: E402, N817
from qqgw_proto.machine.life import Life  # noqa: E402
from qqgw_proto.machine.states import ConnectionState as S  # noqa: E402
from qqgw_proto.machine.table import TABLE, Action, ClientCell  # noqa: E402
from support.unreachable import unreachable_leaves  # noqa: E402

NEVER: Final = 1e9
"""Seconds; behind every deadline that a test waits for."""

Timers: TypeAlias = Callable[[Life], tuple[tuple[K, float | None], ...]]

SWAPPED: Final[dict[Action, Action]] = {
    on.send_identify: on.send_resume,
    on.send_resume: on.send_identify,
    on.request_permit: on.request_access,
    on.request_access: on.request_permit,
    off.schedule_promptly: off.schedule_backoff,
}


@attrs.frozen
class Mutant:
    """One changed cell."""

    state: S
    kind: K
    path: str
    change: str
    cell: ClientCell = attrs.field(repr=False)

    def __str__(self) -> str:
        path = f" ({self.path})" if self.path else ""
        return f"{self.state.name} x {self.kind.name}{path}: {self.change}"

    @property
    def places(self) -> tuple[str, ...]:
        """Tests that end with its cell, and those that come by it."""
        return cell_place(self.state, self.kind, last=True), cell_place(self.state, self.kind)

    def install(self) -> None:
        """Puts the changed table where anybody looks."""
        changed = [list(row) for row in TABLE]
        changed[self.state][self.kind] = self.cell
        put_everywhere(TABLE, tuple(tuple(row) for row in changed))


def never(_: Deadlines) -> float:
    """How long a state waits that waits for ever."""
    return NEVER


@attrs.frozen
class LateState:
    """A state that waits as good as for ever."""

    state: S

    def __str__(self) -> str:
        return f"{self.state.name}: its deadline never comes"

    @property
    def places(self) -> tuple[str, ...]:
        """Where it passes, and where it is armed."""
        return cell_place(self.state, K.STATE_DUE), self.state.name

    def install(self) -> None:
        """Everybody who arms a deadline reads the same table."""
        put_everywhere(waits.STATE_DEADLINES, {**waits.STATE_DEADLINES, self.state: never})


@attrs.frozen
class DeadTimer:
    """A timer that is armed and never looked at."""

    kind: K

    def __str__(self) -> str:
        return f"{self.kind.name}: this timer never goes off"

    @property
    def places(self) -> tuple[str, ...]:
        """Where it goes off."""
        return tuple(cell_place(state, self.kind) for state in S)

    def install(self) -> None:
        """`deadline` and `due` read the same list."""
        timers: Timers = vars(machine)["_timers"]

        def others(life: Life) -> tuple[tuple[K, float | None], ...]:
            return tuple(timer for timer in timers(life) if timer[0] is not self.kind)

        put(machine, "_timers", others)


TIMERS: Final = (K.WRITE_STALLED, K.ACK_OVERDUE, K.STATE_DUE, K.BEAT_DUE, K.PONG_DUE, K.SAVE_DUE)


def _leaf(cell: ClientCell, path: str) -> ClientCell:
    for answer in path.split():
        assert isinstance(cell, Choose)
        cell = cell.yes if answer == "yes" else cell.no
    return cell


def no_difference(mutant: Mutant) -> str:
    """Why no test could find it; empty where one must."""
    state, kind, change = mutant.state, mutant.kind, mutant.change
    out_of_reach = (state, kind, mutant.path) in unreachable_leaves()
    if out_of_reach and not isinstance(_leaf(TABLE[state][kind], mutant.path), Ignore):
        return "no public call reaches it, and it does something only because its row is shared"
    if state in (S.IDENTIFYING, S.DOUBTING_IDENTIFY) and at.drop_session.__name__ in change:
        return "no session exists between IDENTIFY and READY"
    if state is S.IDLE and kind is K.SETTLED and (at.settle.__name__ in change or change == "ignored"):
        return "before start() nothing was delivered that could be settled"
    if state is S.IDLE and at.save_if_changed.__name__ in change:
        return "before start() there is nothing to be saved"
    if kind is K.SESSION_INVALID and at.doubt_session.__name__ in change:
        return "a connection's session is not resumable until an op 9 says so"
    return ""


def _changes_of_leaf(leaf: ClientCell, state: S, rng: random.Random) -> Iterator[tuple[str, ClientCell]]:
    others = [other for other in S if other is not state]
    match leaf:
        case Go(next=following, actions=actions):
            target = rng.choice([other for other in S if other is not following])
            yield f"goes to {target.name}", Go(target, *actions)
            yield "ignored", Ignore("changed")
            for index, action in enumerate(actions):
                rest = (*actions[:index], *actions[index + 1 :])
                yield f"without {action.__name__}", Go(following, *rest)
                if action in SWAPPED:
                    swapped = (*actions[:index], SWAPPED[action], *actions[index + 1 :])
                    yield f"{SWAPPED[action].__name__} for {action.__name__}", Go(following, *swapped)
            if following is S.WAITING and at.drop_session not in actions:
                yield "drop_session put in", Go(following, *actions[:-1], at.drop_session, actions[-1])
        case Ignore():
            target = rng.choice(others)
            yield f"goes to {target.name}", Go(target)
            yield "a violation", Violation("changed")
        case Violation():
            target = rng.choice(others)
            yield f"goes to {target.name}", Go(target)
            yield "ignored", Ignore("changed")
        case Choose():
            raise AssertionError("a guard is no leaf")


def _changes(cell: ClientCell, state: S, rng: random.Random, path: str = "") -> Iterator[tuple[str, str, ClientCell]]:
    """Where in the cell, what, and the cell with it."""
    if not isinstance(cell, Choose):
        yield from ((path, change, changed) for change, changed in _changes_of_leaf(cell, state, rng))
        return
    yield path, f"{cell.guard.__name__} the other way round", Choose(cell.guard, cell.no, cell.yes)
    for where, change, changed in _changes(cell.yes, state, rng, f"{path} yes".strip()):
        yield where, change, Choose(cell.guard, changed, cell.no)
    for where, change, changed in _changes(cell.no, state, rng, f"{path} no".strip()):
        yield where, change, Choose(cell.guard, cell.yes, changed)


def every_cell(seed: int) -> list[Mutant]:
    """All changes of all cells that can make a difference; only the next states are chosen by chance."""
    rng = random.Random(seed)
    possible = [
        Mutant(state, kind, *change) for state in S for kind in K for change in _changes(TABLE[state][kind], state, rng)
    ]
    return [mutant for mutant in possible if not no_difference(mutant)]


def every_change(seed: int) -> list[Mutant | LateState | DeadTimer]:
    """Those of the cells and of the deadlines."""
    late = [LateState(state) for state in waits.STATE_DEADLINES]
    return [*every_cell(seed), *late, *(DeadTimer(kind) for kind in TIMERS)]


def main() -> int:
    """The command line."""
    arguments = options("Changes cells of the client's table and runs the core's tests on each.").parse_args()
    changes = every_change(arguments.seed)
    notes = Looked((watched_table(TABLE, S, K), watched_deadlines(waits.STATE_DEADLINES)))
    return judge_with("client-cells", notes, changes, arguments)


if __name__ == "__main__":
    sys.exit(main())
