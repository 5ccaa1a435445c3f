"""Changes cells of the server's table and its deadlines, as `cells.py` does with the client's.

    python tests/mutants/server_cells.py
    python tests/mutants/server_cells.py --count 20 --seed 7

What can be changed: the next state, an action left out, READY and RESUMED exchanged, `Ignore` for `Go` and the other
way round, `Violation` and `Ignore` exchanged, a deadline that never comes. Cells that no public call reaches are left
out: `test_server_table.py` lists them with the reasons.
"""

from __future__ import annotations

import random
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from mutants.looking import Looked, cell_place, watched_deadlines, watched_table  # noqa: E402 - the paths come first
from mutants.running import judge_with, options, put, put_everywhere  # noqa: E402
from qqgw_proto.config import ServerConfig  # noqa: E402
from qqgw_proto.machine import server_actions as act  # noqa: E402
from qqgw_proto.machine import server_table  # noqa: E402
from qqgw_proto.machine.cells import Choose, Go, Ignore, Violation  # noqa: E402
from qqgw_proto.machine.server_inputs import ServerKind as K  # noqa: E402
from qqgw_proto.machine.server_inputs import ServerState as S  # noqa: E402
from qqgw_proto.machine.server_table import SERVER_TABLE, ServerAction, ServerCell  # noqa: E402

LISTED: Final = ROOT / "tests/qqgw_proto/machine/test_server_table.py"
NEVER: Final = 1e9
DEADLINES: Final[dict[S, Callable[[ServerConfig], float]]] = vars(server_table)["_DEADLINES"]

SWAPPED: Final[dict[ServerAction, ServerAction]] = {
    act.give_ready: act.give_resumed,
    act.give_resumed: act.give_ready,
    act.ask_for_session: act.ask_for_replay,
    act.ask_for_replay: act.ask_for_session,
    act.acknowledge: act.owe_acknowledgement,
    act.owe_acknowledgement: act.acknowledge,
    act.abandon: act.part,
    act.part: act.abandon,
}


@attrs.frozen
class ServerMutant:
    """One changed cell."""

    state: S
    kind: K
    change: str
    cell: ServerCell = attrs.field(repr=False)

    def __str__(self) -> str:
        return f"{self.state.name} x {self.kind.name}: {self.change}"

    @property
    def places(self) -> tuple[str, ...]:
        """Tests that end with its cell, and those that come by it."""
        return cell_place(self.state, self.kind, last=True), cell_place(self.state, self.kind)

    def install(self) -> None:
        """Puts the changed table where anybody looks."""
        changed = [list(row) for row in SERVER_TABLE]
        changed[self.state][self.kind] = self.cell
        put_everywhere(SERVER_TABLE, tuple(tuple(row) for row in changed))


def never(_: ServerConfig) -> float:
    """How long a state waits that waits for ever."""
    return NEVER


@attrs.frozen
class LateServer:
    """A state that waits as good as for ever, or a client that may be silent for ever."""

    state: S | None

    def __str__(self) -> str:
        return "SILENT: this timer never goes off" if self.state is None else f"{self.state.name}: no deadline"

    @property
    def places(self) -> tuple[str, ...]:
        """Where it passes, and where it is armed."""
        if self.state is None:
            return tuple(cell_place(state, K.SILENT) for state in S)
        return cell_place(self.state, K.STATE_DUE), self.state.name

    def install(self) -> None:
        """Where the deadlines are armed."""
        if self.state is None:
            put(server_table, "_SPEAKING", ())
        else:
            put(server_table, "_DEADLINES", {**DEADLINES, self.state: never})


def _changes(cell: ServerCell, state: S, rng: random.Random) -> Iterator[tuple[str, ServerCell]]:
    target = rng.choice([other for other in S if other is not state])
    match cell:
        case Go(next=following, actions=actions):
            target = rng.choice([other for other in S if other is not following])
            yield f"goes to {target.name}", Go(target, *actions)
            yield "ignored", Ignore("changed")
            for index, action in enumerate(actions):
                before, after = actions[:index], actions[index + 1 :]
                yield f"without {action.__name__}", Go(following, *before, *after)
                if action in SWAPPED:
                    swapped = SWAPPED[action]
                    yield f"{swapped.__name__} for {action.__name__}", Go(following, *before, swapped, *after)
        case Ignore():
            yield f"goes to {target.name}", Go(target)
            yield "a violation", Violation("changed")
        case Violation():
            yield f"goes to {target.name}", Go(target)
            yield "ignored", Ignore("changed")
        case Choose():
            raise AssertionError("the server's table has no guards")


def no_difference(mutant: ServerMutant) -> str:
    """Why no test could find it; empty where one must."""
    if mutant.state is S.REPLAYING and mutant.change == "give_ready for give_resumed":
        return "a replay owes no acknowledgement: each is given at once"
    return ""


def every_change(seed: int) -> list[ServerMutant | LateServer]:
    """All changes of all cells that can be reached, and of the deadlines."""
    rng = random.Random(seed)
    listed = runpy.run_path(str(LISTED))["UNREACHABLE"]
    out_of_reach = {(state, kind) for states, kinds, _ in listed for state in states for kind in kinds}
    cells = [(state, kind) for state in S for kind in K if (state, kind) not in out_of_reach]
    made = [
        ServerMutant(state, kind, *change)
        for state, kind in cells
        for change in _changes(SERVER_TABLE[state][kind], state, rng)
    ]
    different = [mutant for mutant in made if not no_difference(mutant)]
    return [*different, *(LateServer(state) for state in (S.UPGRADING, S.GREETED, S.CLOSING, None))]


def main() -> int:
    """The command line."""
    arguments = options("Changes cells of the server's table and runs the core's tests on each.").parse_args()
    changes = every_change(arguments.seed)
    notes = Looked((watched_table(SERVER_TABLE, S, K), watched_deadlines(DEADLINES)))
    return judge_with("server-cells", notes, changes, arguments)


if __name__ == "__main__":
    sys.exit(main())
