"""The state diagrams as SVG, laid out by hand and drawn from the tables: a way that is new in a table is drawn too.

States stand in rows, one each; states that many others lead to are upright lines at both sides, as in a sequence
diagram, so that an arrow to one of them runs level and needs no bend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from html import escape

import attrs

from generating.reading import Edge, edges
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.server_inputs import ServerKind, ServerState
from qqgw_proto.machine.server_table import SERVER_TABLE
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_proto.machine.table import TABLE

__all__ = ["client_picture", "server_picture"]

BOX_WIDTH, BOX_HEIGHT, ROW, TOP = 150, 34, 78, 120
STEP, LONG = 11, 34
COLOURS = ("#475569", "#0f766e", "#b45309", "#b91c1c", "#6d28d9")

STYLE = """
text { font: 11px ui-sans-serif, system-ui, sans-serif; fill: #334155 }
.name { font-size: 12px; font-weight: 600; fill: #0f172a; text-anchor: middle }
.label { font-size: 9.5px; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
.box { fill: #eff6ff; stroke: #1d4ed8; stroke-width: 1.3 }
.line { stroke-width: 1.2; stroke-dasharray: 5 4 }
.way { fill: none; stroke-width: 1.2 }
"""


@attrs.frozen
class Layout:
    """Where states stand.

    Attributes:
        title: Of the picture.
        rows: State by row: its horizontal centre.
        lines: Upright lines: their horizontal place.
        width: Of the picture.
    """

    title: str
    rows: Mapping[IntEnum, int]
    lines: Mapping[IntEnum, int]
    width: int

    @property
    def height(self) -> int:
        """Of the picture."""
        return TOP + ROW * len(self.rows) + 40

    @property
    def middle(self) -> int:
        """Where the first state stands."""
        return next(iter(self.rows.values()))

    def row(self, state: IntEnum) -> int:
        """The vertical centre of a state's box."""
        return TOP + 30 + ROW * list(self.rows).index(state)

    def colour(self, state: IntEnum) -> str:
        """Arrows have the colour of the line that they end at."""
        return COLOURS[1 + list(self.lines).index(state)] if state in self.lines else COLOURS[0]


CLIENT = Layout(
    "the states of a shard",
    {
        S.IDLE: 520,
        S.PERMITTING: 420,
        S.PREPARING: 520,
        S.DIALING: 520,
        S.UPGRADING: 520,
        S.GREETING: 520,
        S.IDENTIFYING: 420,
        S.RESUMING: 640,
        S.READY: 520,
        S.DOUBTING_IDENTIFY: 420,
        S.DOUBTING_SESSION: 640,
    },
    {S.WAITING: 860, S.FAILED: 1000, S.CLOSING: 180, S.STOPPED: 60},
    1080,
)

SERVER = Layout(
    "one connection seen from the gateway",
    {
        ServerState.IDLE: 300,
        ServerState.UPGRADING: 300,
        ServerState.GREETED: 300,
        ServerState.JUDGING: 200,
        ServerState.REPLAYING: 400,
        ServerState.LIVE: 300,
    },
    {ServerState.CLOSING: 640, ServerState.CLOSED: 780},
    860,
)


def client_picture() -> str:
    """The client's diagram."""
    return _picture(CLIENT, edges(TABLE, tuple(S), tuple(Kind)))


def server_picture() -> str:
    """The server's diagram."""
    return _picture(SERVER, edges(SERVER_TABLE, tuple(ServerState), tuple(ServerKind)))


def _picture(layout: Layout, ways: Sequence[Edge]) -> str:
    width, height = layout.width, layout.height
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{layout.title}</title>",
        f"<style>{STYLE}</style>",
        "<defs>",
        *(_arrowhead(colour) for colour in COLOURS),
        "</defs>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *(_line(layout, state) for state in layout.lines),
        *_ways(layout, ways),
        *(_box(state.name, layout.rows[state], layout.row(state), "") for state in layout.rows),
        *(_box(state.name, at, 30, f' style="stroke: {layout.colour(state)}"') for state, at in layout.lines.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _arrowhead(colour: str) -> str:
    return (
        f'<marker id="head-{colour[1:]}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" fill="{colour}"/></marker>'
    )


def _line(layout: Layout, state: IntEnum) -> str:
    at = layout.lines[state]
    bottom = layout.height - 16
    return f'<line class="line" x1="{at}" y1="47" x2="{at}" y2="{bottom}" stroke="{layout.colour(state)}"/>'


def _box(name: str, x: int, y: int, style: str) -> str:
    left, top = x - BOX_WIDTH // 2, y - BOX_HEIGHT // 2
    width = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
    if style:
        left, width = x - 45, f'width="90" height="{BOX_HEIGHT}" rx="6"'
    return (
        f'<rect class="box" x="{left}" y="{top}" {width}{style}/><text class="name" x="{x}" y="{y + 4}">{name}</text>'
    )


def _ways(layout: Layout, ways: Sequence[Edge]) -> list[str]:
    drawn: list[str] = []
    taken: dict[int, int] = {}
    for way in ways:
        start_is_line, end_is_line = way.start in layout.lines, way.end in layout.lines
        if start_is_line and end_is_line:
            y = 66 + STEP * taken.setdefault(0, 0)
            taken[0] += 1
            drawn.append(_level(layout, way, layout.lines[way.start], layout.lines[way.end], y))
        elif start_is_line or end_is_line:
            drawn.append(_to_line(layout, way, taken))
        else:
            drawn.append(_between(layout, way))
    return drawn


def _to_line(layout: Layout, way: Edge, taken: dict[int, int]) -> str:
    """A level arrow between a box and an upright line; several at one side of a box lie below each other."""
    box, line = (way.end, way.start) if way.start in layout.lines else (way.start, way.end)
    x, at, y = layout.rows[box], layout.lines[line], layout.row(box)
    side = 1 if at > x else -1
    number = taken.setdefault(side * y, 0)
    taken[side * y] = number + 1
    edge, level = x + side * BOX_WIDTH // 2, y - STEP + STEP * number
    ends = (at, edge) if way.start is line else (edge, at)
    return _level(layout, way, *ends, level)


def _level(layout: Layout, way: Edge, x1: int, x2: int, y: int) -> str:
    label = way.labels[0] if len(way.labels) == 1 else f"{len(way.labels)} inputs"
    if len(label) > LONG:
        label = f"{label.partition(' [')[0]} […]"
    colour = layout.colour(way.end)
    x = x1 + (6 if x2 > x1 else -6)
    anchor = "start" if x2 > x1 else "end"
    return _way(way, f"M{x1} {y} L{x2} {y}", colour) + _label([label], x, y - 2, anchor)


def _between(layout: Layout, way: Edge) -> str:
    """A curve between two boxes, from bottom to top; a way back up leaves at the other side."""
    x1, x2 = layout.rows[way.start], layout.rows[way.end]
    y1, y2 = layout.row(way.start) + BOX_HEIGHT // 2, layout.row(way.end) - BOX_HEIGHT // 2
    if y2 < y1:
        y1, y2 = y1 - BOX_HEIGHT, y2 + BOX_HEIGHT
    comes_from_left = x1 < x2
    side = -1 if comes_from_left or (x1 == x2 and x1 < layout.middle) else 1
    bend = 0 if x1 == x2 else 30 if comes_from_left else -30
    x1, x2 = x1 + bend, x2 - bend // 2
    middle = (y1 + y2) // 2
    path = f"M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2}"
    lines = list(way.labels) if len(way.labels) <= 2 else [f"{len(way.labels)} inputs"]
    anchor = "start" if side > 0 else "end"
    return _way(way, path, COLOURS[0]) + _label(lines, x2 + 6 * side, y2 - 6 - 10 * (len(lines) - 1), anchor)


def _way(way: Edge, path: str, colour: str) -> str:
    title = f"{way.start.name} → {way.end.name}: {', '.join(way.labels)}"
    return (
        f'<path class="way" d="{path}" stroke="{colour}" marker-end="url(#head-{colour[1:]})">'
        f"<title>{escape(title)}</title></path>"
    )


def _label(lines: Sequence[str], x: int, y: int, anchor: str) -> str:
    return "".join(
        f'<text class="label" x="{x}" y="{y + 10 * number}" text-anchor="{anchor}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
