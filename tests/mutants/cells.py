"""Changes cells of the client's table, one at a time, and sees whether the core's tests find each.

    python tests/mutants/cells.py --count 20 --seed 7

Every changed table runs in a process of its own. What can be changed: the next state, an action left out, RESUME and
IDENTIFY exchanged, the session dropped where it is kept, `Ignore` for `Go` and the other way round, `Violation` and
`Ignore` exchanged, the two sides of a guard exchanged. Changes that cannot make a difference are not tried; the reasons
stand in `no_difference`. Ends with 1 when a change was not found.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

HERE: Final = Path(__file__).resolve()
ROOT: Final = HERE.parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import pytest  # noqa: E402 - the paths come first

from qqgw_proto.machine import connecting as on  # noqa: E402
from qqgw_proto.machine import leaving as off  # noqa: E402
from qqgw_proto.machine import living as at  # noqa: E402
from qqgw_proto.machine import machine, table  # noqa: E402
from qqgw_proto.machine.cells import Choose, Go, Ignore, Violation  # noqa: E402
from qqgw_proto.machine.kinds import Kind as K  # noqa: E402, N817
from qqgw_proto.machine.states import ConnectionState as S  # noqa: E402
from qqgw_proto.machine.table import TABLE, Action, ClientCell  # noqa: E402
from support.unreachable import unreachable_leaves  # noqa: E402

TESTS: Final = ("tests/qqgw_proto/machine/test_table.py",)
TOO_LONG: Final = 90.0

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


def mutants(seed: int) -> list[Mutant]:
    """All cells in a random order, each with one random change that makes a difference."""
    rng = random.Random(seed)
    chosen: list[Mutant] = []
    for state, kind in rng.sample([(state, kind) for state in S for kind in K], len(S) * len(K)):
        possible = [Mutant(state, kind, *change) for change in _changes(TABLE[state][kind], state, rng)]
        useful = [mutant for mutant in possible if not no_difference(mutant)]
        if useful:
            chosen.append(rng.choice(useful))
    return chosen


def every_mutant(seed: int) -> list[Mutant]:
    """All changes of all cells; only the next states are chosen by chance."""
    rng = random.Random(seed)
    possible = [
        Mutant(state, kind, *change) for state in S for kind in K for change in _changes(TABLE[state][kind], state, rng)
    ]
    return [mutant for mutant in possible if not no_difference(mutant)]


def install(mutant: Mutant) -> None:
    """Puts the changed table where the machine looks."""
    changed = [list(row) for row in TABLE]
    changed[mutant.state][mutant.kind] = mutant.cell
    frozen = tuple(tuple(row) for row in changed)
    for module in (table, machine):
        vars(module)["TABLE"] = frozen


def run_tests(extra: list[str]) -> int:
    """The core's fast tests, in this process."""
    os.chdir(ROOT)
    quiet = ["-x", "-q", "--no-header", "--no-summary", "-p", "no:cacheprovider"]
    return int(pytest.main([*quiet, *TESTS, *extra]))


def judge(arguments: argparse.Namespace, number: int) -> str:
    """Runs the tests on one mutant (-1: on the table as it is) in a process of its own."""
    command = [sys.executable, str(HERE), "--seed", str(arguments.seed), "--child", str(number)]
    command += ["--all"] if arguments.all else []
    try:
        done = subprocess.run(
            [*command, "--", *arguments.pytest], capture_output=True, text=True, timeout=TOO_LONG, check=False
        )
    except subprocess.TimeoutExpired:
        return "found: it hangs"
    if done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(f"the tests could not run:\n{done.stdout}{done.stderr}")
    return "found" if done.returncode else "NOT FOUND"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Changes cells of the table and runs the core's tests on each.")
    parser.add_argument("--count", type=int, default=20, help="how many cells (20)")
    parser.add_argument("--seed", type=int, required=True, help="chooses the cells and the changes")
    parser.add_argument("--all", action="store_true", help="every change of every cell")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("pytest", nargs="*", help="further arguments of pytest, after --")
    arguments = parser.parse_args()
    chosen = every_mutant(arguments.seed) if arguments.all else mutants(arguments.seed)[: arguments.count]
    child: int | None = arguments.child
    if child is not None:
        if child >= 0:
            install(chosen[child])
        return run_tests(arguments.pytest)
    if judge(arguments, -1) != "NOT FOUND":
        sys.exit("the tests fail on the table as it is")
    missed = 0
    for number, mutant in enumerate(chosen):
        verdict = judge(arguments, number)
        missed += verdict == "NOT FOUND"
        print(f"{number + 1:4}/{len(chosen)}  {verdict:16} {mutant}", flush=True)  # noqa: T201
    print(f"{len(chosen) - missed} of {len(chosen)} changed cells found")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
