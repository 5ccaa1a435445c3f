"""A journal: every input of a shard's machine and every effect, one JSON line each, enough to replay them.

A head line `{"qqgw": version, "zero": …, "life": {…}}` tells all that the machine of one shard remembers at that
moment; a reader can begin at any head. Each later line `[shard, now, input, effects]` is one step. Several shards may
write into one journal, and a head may come again: after a restart, or at the top of the next file. `Recorder` is a
`ClientGateway`'s observer; `replay` feeds the inputs to today's machine and names the first effect that differs
(invariant I10). No token and no payload of an event is ever in it (invariant I11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_proto.journal_lines import Told, tell_effects, tell_input, tell_life, told_input, told_life
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.machine import step

__all__ = ["Divergence", "Entry", "Recorder", "Recording", "Step", "read_journal", "replay", "steps"]

VERSION: Final = 2

_Line: TypeAlias = tuple[int, float, Told, list[Told]]

_encode = msgspec.json.Encoder().encode


class Recorder:
    """Writes the journal of one shard.

    Args:
        write: Takes one line, newline included.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._gateway: ClientGateway | None = None

    def begin(self, gateway: ClientGateway, zero: float | None = None) -> None:
        """Writes a head: before the first step, and wherever a reader should be able to begin.

        Args:
            gateway: Whose observer this is.
            zero: The time, in seconds since 1970, at which the gateway's clock showed 0; None = not known.
        """
        self._gateway = gateway
        self._write(_encode({"qqgw": VERSION, "zero": zero, "life": tell_life(gateway.life)}) + b"\n")

    def __call__(self, given: Input, now: float, effects: Sequence[MachineEffect]) -> None:
        """One step: the observer of a `ClientGateway`.

        Raises:
            MisuseError: There is no head yet.
        """
        if self._gateway is None:
            raise MisuseError("a journal begins with a head", remedy="call Recorder.begin(gateway) first")
        shard_id = self._gateway.config.shard.shard_id
        self._write(_encode([shard_id, now, tell_input(given), tell_effects(effects)]) + b"\n")


class Entry(msgspec.Struct, frozen=True):
    """One line: what came, when (seconds of the recorded clock), and what the machine made of it, as JSON values."""

    now: float
    given: Told
    effects: list[Told]


class Recording(msgspec.Struct, frozen=True):
    """What follows one head.

    Attributes:
        life: The shard at that moment.
        zero: The time, in seconds since 1970, at which the recorded clock showed 0; None = not known.
        entries: Its steps up to the shard's next head.
    """

    life: Life
    zero: float | None
    entries: list[Entry] = []

    @property
    def shard_id(self) -> int:
        """Which shard it is of."""
        return self.life.config.shard.shard_id


class Step(msgspec.Struct, frozen=True):
    """One entry, replayed.

    Attributes:
        entry: As recorded.
        life: The shard after it, as today's machine has it.
        made: The effects of today's machine, as JSON values.
    """

    entry: Entry
    life: Life
    made: list[Told]


class Divergence(msgspec.Struct, frozen=True):
    """Where today's machine differs from a journal.

    Attributes:
        shard_id: Whose entry it is.
        number: The number of the entry in its recording, from 0.
        entry: The entry.
        made: The effects of today.
        effect: The number of the first effect that differs, from 0.
    """

    shard_id: int
    number: int
    entry: Entry
    made: list[Told]
    effect: int


def read_journal(lines: Iterable[bytes]) -> list[Recording]:
    """Reads a journal, in the order of its heads.

    Steps before a shard's first head are skipped: a file that was truncated while it was being written starts with
    such steps. A last line that was cut off, as by SIGKILL, is skipped too.

    Raises:
        ConfigurationError: The lines are no journal of a version that is known.
    """
    recordings: list[Recording] = []
    latest: dict[int, Recording] = {}
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            break
        try:
            if line.startswith(b"{"):
                recording = _head(line)
                recordings.append(recording)
                latest[recording.shard_id] = recording
            else:
                shard_id, now, given, made = msgspec.json.decode(line, type=_Line)
                if shard_id in latest:
                    latest[shard_id].entries.append(Entry(now, given, made))
        except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
            raise _no_journal(f"line {number}: {error}") from error
    if not recordings:
        raise _no_journal("it has no head")
    return recordings


def _head(line: bytes) -> Recording:
    head = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    if msgspec.json.decode(head["qqgw"]) != VERSION:
        raise ConfigurationError("this journal is of another version", remedy="replay it with that version of qqgw")
    zero = msgspec.json.decode(head["zero"], type=float | None)
    return Recording(told_life(msgspec.json.decode(head["life"])), zero)


def _no_journal(why: str) -> ConfigurationError:
    return ConfigurationError(f"this is no journal: {why}", remedy="give a file written by --journal")


def steps(recording: Recording) -> Iterator[Step]:
    """Feeds the inputs of a recording to today's machine, one after the other.

    Raises:
        ConfigurationError: An input is not known to this version.
    """
    life = recording.life
    for entry in recording.entries:
        life, effects = step(life, told_input(entry.given), entry.now)
        yield Step(entry, life, msgspec.json.decode(_encode(tell_effects(effects)), type=list[Told]))


def replay(recordings: Iterable[Recording]) -> Divergence | None:
    """Feeds a journal's inputs to today's machine; None where every effect is the same.

    Raises:
        ConfigurationError: An input is not known to this version.
    """
    for recording in recordings:
        for number, done in enumerate(steps(recording)):
            if done.made != done.entry.effects:
                effect = _first_difference(done.made, done.entry.effects)
                return Divergence(recording.shard_id, number, done.entry, done.made, effect)
    return None


def _first_difference(made: list[Told], recorded: list[Told]) -> int:
    pairs = enumerate(zip(made, recorded, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(made), len(recorded)))
