"""The `qqgw` command: demo, doctor, run, simulate, journal. One line says what is wrong; a traceback is a bug.

Each command has a module of its own here, which imports what it needs only when it is called.
"""

from __future__ import annotations

import click

from qqgw_trio.cli.demo import demo
from qqgw_trio.cli.doctor import doctor
from qqgw_trio.cli.journal import journal
from qqgw_trio.cli.one_line import OneLineGroup
from qqgw_trio.cli.run import run
from qqgw_trio.cli.simulate import simulate
from qqgw_trio.versions import version_of

__all__ = ["main"]


def _tell_version(context: click.Context, _parameter: click.Parameter, wanted: object) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"{context.find_root().info_name}, version {version_of('qqgw')}")
        context.exit()


@click.group(cls=OneLineGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_version,
    help="Show the version and exit.",
)
def main() -> None:
    """QQ bots that lose no event: a demo, a doctor, a runner, its journal and a simulated platform."""


for command in (demo, doctor, run, simulate, journal):
    main.add_command(command)
