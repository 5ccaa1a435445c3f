"""`python -m model FAULTS CRASHES`: explores and says what it saw; 1 where something breaks or is stuck.

The sources and the tests must be on the path.
"""

from __future__ import annotations

import sys
import time

from model.explore import Violation, explore
from qqgw_proto.machine.life import Life


def _even(_life: Life) -> float:
    return 0.5


def main() -> int:
    """Explores the bounds given on the command line."""
    faults, crashes = (int(text) for text in sys.argv[1:3])
    setattr(Life, "chance", _even)  # noqa: B010 - the type checkers are right to forbid it elsewhere
    began = time.process_time()
    try:
        report = explore(faults, crashes)
    except Violation as broken:
        print(broken)  # noqa: T201
        return 1
    seconds = time.process_time() - began
    print(f"{faults} faults, {crashes} crashes: {report.states} states, {report.edges} edges, {seconds:.0f} s")  # noqa: T201
    if report.stuck is not None:
        print(f"I6: stuck after\n  {' -> '.join(report.stuck)}")  # noqa: T201
        return 1
    return 0


sys.exit(main())
