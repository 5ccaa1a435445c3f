"""`python -m model FAULTS CRASHES`: explores and says what it saw; 1 where something breaks or is stuck.

The sources and the tests must be on the path. The last line is one JSON object.
"""

from __future__ import annotations

import gc
import json
import sys
import time

from model.bot import Bot
from model.explore import Violation, explore
from model.far import Far
from model.process import Process
from qqgw_proto import ConnectionState


def main() -> int:
    """Explores the bounds given on the command line."""
    faults, crashes = (int(text) for text in sys.argv[1:3])
    gc.disable()  # Nothing is thrown away before the end.
    began = time.process_time()
    try:
        report = explore(faults, crashes)
    except Violation as broken:
        print(broken)  # noqa: T201
        return 1
    if report.stuck is not None:
        print(f"I6: stuck for ever after\n  {' -> '.join(report.stuck)}")  # noqa: T201
        return 1
    told = {
        "faults": faults,
        "crashes": crashes,
        "states": report.states,
        "edges": report.edges,
        "seconds": round(time.process_time() - began, 1),
        "never": sorted(state.name for state in set(ConnectionState) - report.visited),
        "processes": len(Process.unique),
        "far sides": len(Far.unique),
        "bots": len(Bot.unique),
    }
    print(json.dumps(told))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
