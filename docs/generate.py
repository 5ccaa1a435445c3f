"""Writes the pages and pictures that are made from the running code.

* `python docs/generate.py` writes them;
* `python docs/generate.py --check` names those that are stale and exits with 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generating.drawing import client_picture, server_picture
from generating.events import chinese_events_page, events_page
from generating.pages import close_codes_page, states_page, table_page

HERE = Path(__file__).parent

MADE = {
    "table.md": table_page,
    "states.md": states_page,
    "diagram.svg": client_picture,
    "diagram-server.svg": server_picture,
    "close-codes.md": close_codes_page,
    "events.md": events_page,
    "events.zh.md": chinese_events_page,
}


def main(arguments: list[str]) -> int:
    """Writes or checks; the exit code."""
    if arguments not in ([], ["--check"]):
        print(f"unknown arguments {arguments}: give --check or nothing", file=sys.stderr)
        return 2
    stale = []
    for name, make in MADE.items():
        path, wanted = HERE / name, make()
        if path.is_file() and path.read_text("utf-8") == wanted:
            continue
        stale.append(name)
        if not arguments:
            path.write_text(wanted, "utf-8", newline="\n")
            print(f"written: docs/{name}")
    if arguments and stale:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py", file=sys.stderr)
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
