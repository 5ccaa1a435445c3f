"""The `qqgw` command: demo, run, simulate, journal. One line says what is wrong; a traceback is a bug.

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

__all__ = ["main"]


@click.group(cls=OneLineGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qqgw")
def main() -> None:
    """QQ bots that lose no event: a demo, a runner, its journal and a simulated platform."""


for command in (demo, doctor, run, simulate, journal):
    main.add_command(command)
