"""`qqgw journal show` and `qqgw journal replay`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from qqgw_proto.errors import GatewayError
from qqgw_trio.cli.one_line import EXIT_MISUSED, complain

__all__ = ["journal"]

EXIT_DIFFERS: Final = 1
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.group()
def journal() -> None:
    """Read what `qqgw run --journal FILE` has recorded."""


@journal.command()
@click.argument("file", type=_FILE)
@click.option("--shard", type=click.IntRange(0), help="Only this shard.")
def show(file: Path, shard: int | None) -> None:
    """Print every step: when, shard, state, what came -> what the machine made of it."""
    from qqgw_trio.storage.journal_text import describe, load_journal  # noqa: PLC0415 - only this command needs them

    try:
        recordings = load_journal(file)
        for line in describe(one for one in recordings if shard is None or one.shard_id == shard):
            click.echo(line)
    except GatewayError as error:
        complain(str(error))
        sys.exit(EXIT_MISUSED)


@journal.command()
@click.argument("file", type=_FILE)
def replay(file: Path) -> None:
    """Feed the inputs to this version's machine; 1 where an effect differs."""
    from qqgw_proto.journal import replay as replay_recordings  # noqa: PLC0415
    from qqgw_trio.storage.journal_text import describe_divergence, load_journal  # noqa: PLC0415

    try:
        recordings = load_journal(file)
        divergence = replay_recordings(recordings)
    except GatewayError as error:
        complain(str(error))
        sys.exit(EXIT_MISUSED)
    if divergence is not None:
        for line in describe_divergence(divergence):
            click.echo(line)
        sys.exit(EXIT_DIFFERS)
    count = sum(len(recording.entries) for recording in recordings)
    click.echo(f"{count} steps replayed: every effect is the same")
