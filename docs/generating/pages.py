"""The pages `table.md`, `states.md` and `close-codes.md`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import groupby

from msgspec.structs import replace

from generating.kinds import CLIENT_KINDS, SERVER_KINDS
from generating.reading import Edge, Table, edges, first_sentence, functions, meanings
from qqgw_proto.config import Deadlines, ServerConfig
from qqgw_proto.machine.cells import Choose, Go, Ignore, Violation
from qqgw_proto.machine.close_codes import CLOSE_CODES, CloseAction, CloseCode
from qqgw_proto.machine.kinds import CALLS, Kind
from qqgw_proto.machine.machine import STATE_DEADLINES
from qqgw_proto.machine.server_inputs import ServerKind, ServerState
from qqgw_proto.machine.server_table import SERVER_TABLE
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.machine.table import TABLE

__all__ = ["close_codes_page", "mermaid", "states_page", "table_page"]

NOTICE = "<!-- Written by docs/generate.py from the running code; changes made here are lost. -->"


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(text.replace("|", "\\|") for text in line) + " |" for line in lines)


def names(these: Iterable[str]) -> str:
    """Names in code type, in a list."""
    return ", ".join(f"`{name}`" for name in these)


# --- table.md ------------------------------------------------------------------------------------------------------

TABLE_HEAD = f"""{NOTICE}

# The transition tables

Every state x input cell of both machines, generated from the tables that run. There is no default cell: what is
ignored is ignored for the reason given.

* **→ STATE** is the next state, with the actions taken in their order; without an arrow the state stays.
* *guard?* is a named question that decides between two cells.
* **violation**: the peer broke a rule; the frame is ignored and told as `Violated`.
* **misuse**: the caller broke the calling rules; the call raises `MisuseError` and changes nothing.

The same as a picture: [states](states.md). What the close codes mean: [close codes](close-codes.md).
"""


def table_page() -> str:
    """The full tables of client and server."""
    client = _machine("client", TABLE, ConnectionState, Kind, CLIENT_KINDS, CALLS)
    server = _machine("server", SERVER_TABLE, ServerState, ServerKind, SERVER_KINDS, frozenset(ServerKind))
    return "\n".join([TABLE_HEAD, *client, *server])


def _machine(
    name: str,
    table: Table,
    states: type[IntEnum],
    kinds: type[IntEnum],
    kind_words: Mapping[IntEnum, str],
    calls: frozenset[int],
) -> list[str]:
    words = meanings(states)
    actions, guards = functions(table)
    parts = [f"## The {name}'s inputs\n", grid(["input", "what brings it"], _inputs(kinds, kind_words)), ""]
    for state in states:
        parts += [f"## {name.capitalize()}: {state.name}\n", f"{words[state.name]}\n"]
        parts += [_state_grid(state, table[state], kinds, calls), ""]
    if guards:
        rows = [[f"`{guard.__name__}`", first_sentence(guard)] for guard in guards]
        parts += [f"## The {name}'s guards\n", grid(["guard", "asks"], rows), ""]
    rows = [[f"`{action.__name__}`", first_sentence(action)] for action in actions]
    return [*parts, f"## The {name}'s actions\n", grid(["action", "does"], rows), ""]


def _inputs(kinds: type[IntEnum], kind_words: Mapping[IntEnum, str]) -> Iterable[list[str]]:
    return [[f"`{kind.name}`", kind_words[kind]] for kind in kinds]


def _state_grid(state: IntEnum, row: Sequence[object], kinds: type[IntEnum], calls: frozenset[int]) -> str:
    told = [kind for kind in kinds if not isinstance(row[kind], Ignore)]
    rows = [[f"`{kind.name}`", _cell_text(row[kind], state, is_call=kind in calls)] for kind in told]
    reasons: dict[str, list[str]] = {}
    for kind in kinds:
        cell = row[kind]
        if isinstance(cell, Ignore):
            reasons.setdefault(cell.why, []).append(kind.name)
    rows += [[names(ignored), f"ignored: {why}"] for why, ignored in reasons.items()]
    return grid(["input", "cell"], rows)


def _cell_text(cell: object, state: IntEnum, *, is_call: bool) -> str:
    match cell:
        case Go():
            arrow = "" if cell.next is state else f"→ **{cell.next.name}** "
            return (arrow + names(action.__name__ for action in cell.actions)).rstrip()
        case Ignore():
            return f"ignored: {cell.why}"
        case Violation():
            return f"**{'misuse' if is_call else 'violation'}**: {cell.what}"
        case Choose():
            yes = _cell_text(cell.yes, state, is_call=is_call)
            no = _cell_text(cell.no, state, is_call=is_call)
            return f"*{cell.guard.__name__}?* yes: {yes}; no: {no}"
        case _:
            raise TypeError(f"{cell!r} is no cell")


# --- states.md -----------------------------------------------------------------------------------------------------

STATES_HEAD = f"""{NOTICE}

# The states

A shard has one state machine for its whole life, a simulated gateway one for each connection. Both pictures are drawn
from the tables that run; every cell is written out in [the transition tables](table.md). An input that leaves the
state as it is has no arrow.
"""

CLIENT_INTRO = """## The client

`ClientGateway.state`, public as `qqgw_proto.ConnectionState`.

![The states of a shard and the ways between them](diagram.svg)

The upright lines are states that many others lead to: an arrow ends at the line of its target. Where an arrow bears a
number it stands for as many inputs; the table below names them.
"""

SERVER_INTRO = """## The server

`ServerGateway.state`: the gateway's end of one connection.

![The states of a connection seen from the gateway](diagram-server.svg)
"""


def states_page() -> str:
    """States, diagrams and deadlines."""
    defaults, server_defaults = Deadlines(), ServerConfig()
    deadlines: dict[str, str] = {state.name: f"{of(defaults):g} s" for state, of in STATE_DEADLINES.items()}
    deadlines["WAITING"] = "the back-off"
    server_deadlines = {
        "UPGRADING": f"{server_defaults.upgrade:g} s",
        "GREETED": f"{server_defaults.identify:g} s",
        "CLOSING": f"{server_defaults.close:g} s",
    }
    client = edges(TABLE, tuple(ConnectionState), tuple(Kind))
    server = edges(SERVER_TABLE, tuple(ServerState), tuple(ServerKind))
    parts = [STATES_HEAD, CLIENT_INTRO, _states_grid(ConnectionState, deadlines), "", "### Every way\n"]
    parts += [_edges_grid(client), "", "### As Mermaid\n", f"```text\n{mermaid(client)}```\n"]
    parts += [SERVER_INTRO, _states_grid(ServerState, server_deadlines), "", "### Every way of the server\n"]
    parts += [_edges_grid(server), "", "### The server as Mermaid\n", f"```text\n{mermaid(server)}```\n"]
    return "\n".join(parts)


def _states_grid(states: type[IntEnum], deadlines: Mapping[str, str]) -> str:
    words = meanings(states)
    rows = [[f"`{state.name}`", words[state.name], deadlines.get(state.name, "none")] for state in states]
    return grid(["state", "meaning", "deadline by default"], rows)


def _edges_grid(ways: Sequence[Edge]) -> str:
    rows = [[f"`{way.start.name}`", f"`{way.end.name}`", names(way.labels)] for way in ways]
    return grid(["from", "to", "input [guards]"], rows)


def mermaid(ways: Sequence[Edge]) -> str:
    """The diagram's source; an arrow of more than two inputs bears their number."""
    lines = ["stateDiagram-v2"]
    for way in ways:
        label = " or ".join(way.labels) if len(way.labels) <= 2 else f"{len(way.labels)} inputs"
        lines.append(f"    {way.start.name} --> {way.end.name}: {label}")
    return "\n".join(lines) + "\n"


# --- close-codes.md ------------------------------------------------------------------------------------------------

CLOSE_HEAD = f"""{NOTICE}

# Close codes

What a shard does when the gateway closes the connection, as data: `qqgw_proto.CLOSE_CODES`. "RESUME" says whether the
session survives. A code that is not listed resumes, under the budget of RESUMEs without progress. After an op 9 the
code that follows it decides; where none follows, see DOUBTING_IDENTIFY and DOUBTING_SESSION in
[the transition tables](table.md).

A row of your own replaces a built-in one:

```python
from qqgw_proto import CloseAction, CloseCode

rows = {{4914: CloseCode(4914, "delisted", CloseAction.RESUME, "wait for the review", "our own experience")}}
# ClientGateway(config, random, close_codes=rows)
```
"""

SOURCES = """## Sources

* RFC 6455: The WebSocket Protocol.
* WSERR: the platform's documentation, page "WebSocket error codes" (`dev-prepare/error-trace/websocket.md`).
* BOTGO: the constants of the platform's Go SDK.
"""

ACTION_WORDS = {
    CloseAction.RESUME: "`ReconnectConfig` sets the back-off.",
    CloseAction.RESUME_AT_ONCE: "0 to 1 s of jitter, once in a row unless the connection was healthy.",
    CloseAction.COOL_DOWN: "At least `too_fast_delay`, 10 s by default.",
    CloseAction.IDENTIFY: "One `Gap` announces what the lost session would still have brought.",
    CloseAction.REFUSED: "As above, and one of `max_attempts` is spent.",
    CloseAction.RENEW_TOKEN: "A second refusal in a row, of the new token, is fatal: `AuthenticationFailed`.",
    CloseAction.FATAL: "`Failed` with an error that names code, meaning and remedy; `Bot.run()` raises it.",
}


def close_codes_page() -> str:
    """The close codes and what follows from each."""
    rows = []
    for _, group in groupby(enumerate(CLOSE_CODES.values()), lambda pair: (pair[1].code - pair[0], _but_code(pair[1]))):
        codes = [row for _, row in group]
        span = str(codes[0].code) if len(codes) == 1 else f"{codes[0].code} to {codes[-1].code}"
        row = codes[0]
        resumes = "yes" if row.can_resume else "no"
        rows.append([span, row.meaning, resumes, row.action.value, row.remedy, row.source])
    actions = [[f"`{action.name}`", action.value, ACTION_WORDS[action]] for action in CloseAction]
    head = ["code", "meaning", "RESUME", "what the shard does", "what you can do", "source"]
    parts = [CLOSE_HEAD, grid(head, rows), "", "## What the shard does\n"]
    return "\n".join([*parts, grid(["action", "in short", "in full"], actions), "", SOURCES])


def _but_code(row: CloseCode) -> CloseCode:
    return replace(row, code=0)
