"""Changes of the code that no test can find, because the program does the same with them; each with the reason.

A change is named by its module, the beginning of the line that it stands in, and what is changed into what. It is tried
again as soon as that line is another.
"""

from __future__ import annotations

from typing import Final

__all__ = ["no_difference"]

AGAIN: Final = "what is left out here is done again behind it"
TIME: Final = "it only spares time"
EARLY: Final = "it tells a usual case from the others, which come to the same by a longer way"
NEVER: Final = "the value that would show it cannot occur there"
BELOW: Final = "any number below 0 says the same"
MORE: Final = "one run more is looked at in vain"
NOTHING: Final = "null and no JSON are both nothing"
MEMORY: Final = "it only spares memory"
BUG: Final = "only a mistake in this program gets there"

SAME: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    ("client.py", "GatewayUrl.parse(url)", AGAIN, ("GatewayUrl.parse(url) -> pass",)),
    ("__init__.py", "if TYPE_CHECKING", TIME, ("TYPE_CHECKING -> not TYPE_CHECKING",)),
    ("config_rules.py", "return all(_fits(inner[0], key)", "every mapping is one of texts to texts", ("0 -> 1",)),
    ("engine.py", "twin.life =", "a life is replaced, never changed", ("twin.life = self.life.fork() -> pass",)),
    ("engine.py", "break", TIME, ("break -> continue",)),
    ("engine.py", "decode_run(events,", TIME, ("decode_run(events, LIFECYCLE, batch) -> pass",)),
    ("events/decoding.py", "_readers[type_name] = read", TIME, ("_readers[type_name] = read -> pass",)),
    ("events/decoding.py", "_place_readers[type_name] = read", TIME, ("_place_readers[type_name] = read -> pass",)),
    ("events/base.py", "frame: _Frame =", "no key of a payload begins so", ("'/frame' -> 'XX/frame'",)),
    ("events/decoding.py", 'f"{shape.__name__}Place"', "nobody sees the class", ("'Place' -> 'XXPlace'",)),
    ("events/decoding.py", "frozen=True", "nobody sees its instances", ("True -> False",)),
    ("events/decoding.py", "gc=False", MEMORY, ("False -> True",)),
    ("events/decoding.py", 'return why, path.rstrip("`")', "no name ends with an X", ("'`' -> 'XX`'",)),
    ("events/intents.py", "GUILDS = 1 << 0", "both are 1", ("1 << 0 -> 1 >> 0",)),
    ("events/permissions.py", "near = difflib.", "only the nearest is told", ("1 -> 2",)),
    ("journal_lines.py", "return tuple(zip(names,", "both are of one length", ("True -> False",)),
    ("machine/causes.py", "return tuple(bit for bit in range(32)", "intents have 31 bits at most", ("32 -> 33",)),
    ("machine/causes.py", "_GRANTED_TO_ALL = 1 << 0", "both are 1", ("1 << 0 -> 1 >> 0",)),
    (
        "machine/heartbeat.py",
        "seconds = milliseconds / 1000 if 0 <",
        "what is below 1 s or above 600 s is refused in the next line",
        (
            "0 < milliseconds < 1000000000.0 -> 0 <= milliseconds < 1000000000.0",
            "0 < milliseconds < 1000000000.0 -> 0 < milliseconds <= 1000000000.0",
            "0 -> 1",
            "1000000000.0 -> 1000000001.0",
        ),
    ),
    (
        "machine/heartbeat.py",
        "if self.smoothed is None or self.minimum is None",
        "both are None at first, and neither later",
        ("self.smoothed is None or self.minimum is None -> self.smoothed is None and self.minimum is None",),
    ),
    (
        "machine/ledger.py",
        "if is_open and wanted[0] == first",
        EARLY,
        ("wanted[-1] - first -> wanted[-1] + first", "1 -> 2 #1"),
    ),
    ("machine/ledger.py", "low = max(0, bisect_left(", MORE, ("1 -> 2",)),
    (
        "machine/ledger.py",
        "high = bisect_left(self.runs,",
        MORE,
        ("1 -> 2 #1", "1 -> 2 #2"),
    ),
    ("machine/ledger.py", "if high - low in (0,", EARLY, ("last - first -> last + first", "1 -> 2")),
    ("machine/living.py", "if len(taken.deliveries) == 1", EARLY, ("1 -> 2",)),
    ("machine/living.py", "holes = dict(zip(taken.places", "both are of one length", ("True -> False",)),
    (
        "machine/living.py",
        'out.extend(Gap("hole", *span)',
        "behind a hole stands an event that is delivered",
        ("out.extend((Gap('hole', *span) for span in holes.values())) -> pass", "'hole' -> 'XXhole'"),
    ),
    (
        "machine/living.py",
        "if link.replay_until is None or",
        BUG,
        (
            (
                "link.replay_until is None or life.paused_since is None -> "
                "link.replay_until is None and life.paused_since is None"
            ),
        ),
    ),
    ("machine/server_actions.py", "life.owed = 0", "READY is given once", ("life.owed = 0 -> pass", "0 -> 1")),
    ("server.py", 'effects += self._feed([Requested("/"', "nobody looks at the path", ("'/' -> 'XX/'",)),
    ("sharding.py", "number = int(guild_id) if", BELOW, ("1 -> 2",)),
    ("sharding.py", "number = guild_id if _is_whole", BELOW, ("1 -> 2",)),
    ("sharding.py", "self._reset_at = math.inf", "the first call sets it", ("self._reset_at = math.inf -> pass",)),
    (
        "sharding.py",
        "self._none_free_before = min(self._taken.values()",
        TIME,
        ("self._none_free_before = min(s ... lues(), default=math.inf) -> pass",),
    ),
    (
        "waiting_line.py",
        "if len(due) == 1 and newest in due",
        TIME,
        ("newest is not None -> newest is None",),
    ),
    ("wire/codec.py", "if envelope.op != 0 or", EARLY, ("0 < seq <= MAX_SEQ -> 0 < seq < MAX_SEQ",)),
    (
        "wire/codec.py",
        'op = decode_value(keys.get("op"',
        NOTHING,
        ("b'null' -> b'XXnull'",),
    ),
    (
        "wire/codec.py",
        'seq = decode_value(keys.get("s"',
        NOTHING,
        ("b'null' -> b'XXnull'",),
    ),
    ("wire/doors.py", "if TYPE_CHECKING", TIME, ("TYPE_CHECKING -> not TYPE_CHECKING",)),
    ("wire/doors.py", "def close(self", "the wires say it themselves", ("'' -> 'XX'",)),
    ("wire/events.py", "_LONGEST", "any wait of that size is for ever", ("1e+300 -> 5e+299",)),
    ("wire/lane.py", "_BINARY", "a frame of opcode 3 ends the connection anyway", ("2 -> 3",)),
    ("wire/lane.py", 'data, self._header = self._header + data, b""', AGAIN, ("b'' -> b'XX'",)),
    ("wire/lane.py", "text = -1 if self._continued", BELOW, ("1 -> 2",)),
    (
        "wire/lane.py",
        "minimal = length < _S",
        NEVER,
        ("length < _SHORT -> length <= _SHORT",),
    ),
    ("wire/lane.py", "if minimal and data[position] == text", EARLY, ("stop <= end -> stop < end",)),
    ("wire/lane.py", "if position < 0", NEVER, ("position < 0 -> position <= 0", "0 -> 1")),
    ("wire/lane.py", "return -1", BELOW, ("1 -> 2",)),
    (
        "wire/lane.py",
        "return end if self._complete(data[start:], reported)",
        "the chunk, or the connection, is at its end either way",
        ("self._complete(data[start:], reported) -> not self._complete(data[start:], reported)", "1 -> 2"),
    ),
    ("wire/lane.py", "return reach if self._authority(", BELOW, ("1 -> 2",)),
    ("wire/messages.py", "def close(self", "what a host closes with is the host's to write", ("'' -> 'XX'",)),
    ("wire/url.py", "@lru_cache", TIME, ("8 -> 9",)),
    ("wire/websocket.py", 'return ""', "both say that nothing is wrong", ("return '' -> return None",)),
    (
        "wire/websocket.py",
        'why = "text that is not UTF-8"',
        "wsproto always says why",
        ("'a frame breaks RFC 6455' -> 'XXa frame breaks RFC 6455'",),
    ),
    (
        "wire/websocket.py",
        "self._connection = live if",
        MEMORY,
        ("self._connection = live if self._lane is None else None -> pass",),
    ),
    ("wire/websocket.py", "self._rejection = Rejected(event.status_code", AGAIN, ("'' -> 'XX'",)),
)


def no_difference(module: str, line: str, change: str) -> str:
    """Why no test could find it; empty where one must."""
    for where, begins, why, changes in SAME:
        if where == module and line.startswith(begins) and change in changes:
            return why
    return ""
