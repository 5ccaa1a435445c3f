"""The `qqgw` command: demo, run, simulate. One line says what is wrong; a traceback is a bug."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import attrs
import click

from qqgw_proto.errors import GatewayError

__all__ = ["main"]

EXIT_MISUSED = 2

_SAY_HELP = "Say exactly this; repeatable; KIND is group, c2c, channel or dm. No random events then, unless asked for."


class _Misused(click.ClickException):
    """A command line that cannot work, in one line where click has three."""

    exit_code = EXIT_MISUSED

    def show(self, file: IO[Any] | None = None) -> None:
        _complain(self.message)


@contextmanager
def _in_one_line() -> Generator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        command = "qqgw" if error.ctx is None else error.ctx.command_path
        raise _Misused(f"{error.format_message()} See {command} --help") from error


class _Commands(click.Group):
    """Shows every misuse of itself and of its commands in one line."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _in_one_line():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qqgw")
def main() -> None:
    """QQ bots that lose no event: a demo, a runner and a simulated platform."""


@main.command()
@click.option("--events", default=300, show_default=True, type=click.IntRange(57, 100_000), help="Events to send.")
@click.option("--seed", default=7, show_default=True, help="Makes the same world again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on the last line.")
def demo(events: int, seed: int, as_json: bool) -> None:
    """A bot against the embedded simulator, over real sockets, with two forced drops."""
    from qqgw_trio.terminal import show_demo  # noqa: PLC0415 - the other commands need neither simulator nor rich

    sys.exit(show_demo(events, seed, as_json=as_json))


@main.command()
@click.argument("target", metavar="MODULE:BOT")
@click.option("--api-url", help="Base URL of REST.")
@click.option("--token-url", help="URL of getAppAccessToken.")
@click.option("--gateway-url", help="A fixed gateway URL, instead of the one from GET /gateway/bot.")
@click.option("--sandbox", is_flag=True, help="Use the platform's sandbox.")
@click.option("--session-file", type=click.Path(path_type=Path, dir_okay=False), help="Keep sessions over restarts.")
@click.option("--fail-fast", is_flag=True, help="End with 3 where the platform cannot be reached.")
def run(
    *,
    target: str,
    api_url: str | None,
    token_url: str | None,
    gateway_url: str | None,
    sandbox: bool,
    session_file: Path | None,
    fail_fast: bool,
) -> None:
    """Run the bot that MODULE:BOT names, until Ctrl-C."""
    from qqgw_trio.loading import load_bot  # noqa: PLC0415 - `qqgw --help` imports no bot
    from qqgw_trio.running import EXIT_REFUSED, Runner  # noqa: PLC0415

    try:
        bot = load_bot(target)
        own = bot.settings
        bot.settings = attrs.evolve(
            own,
            api_url=api_url or own.api_url,
            token_url=token_url or own.token_url,
            gateway_url=gateway_url or own.gateway_url,
            session_file=session_file or own.session_file,
        )
        bot.sandbox = bot.sandbox or sandbox
        code = Runner(bot, _complain, fail_fast=fail_fast).run()
    except GatewayError as error:
        _complain(str(error))
        sys.exit(EXIT_REFUSED)
    sys.exit(code)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of both servers.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Of the gateway; 0 = any.")
@click.option("--rest-port", default=0, type=click.IntRange(0, 65535), help="Of REST; 0 = any.")
@click.option("--rate", type=click.FloatRange(0.001, 100_000), help="Random events per second; 1 where not given.")
@click.option("--events", type=click.IntRange(0), help="So many random events; without end where not given.")
@click.option("--seed", default=0, show_default=True, help="Makes the same world again.")
@click.option("--say", "lines", multiple=True, metavar="KIND:TEXT", help=_SAY_HELP)
def simulate(
    *, host: str, port: int, rest_port: int, rate: float | None, events: int | None, seed: int, lines: tuple[str, ...]
) -> None:
    """A local QQ platform: gateway and REST, on loopback."""
    from qqgw_trio.simulating import run_simulator  # noqa: PLC0415
    from qqgw_trio.simulator.settings import SimulatorConfig  # noqa: PLC0415

    if lines and rate is None and events is None:
        events = 0  # Who puts words into people's mouths wants to read the answers, not random chatter.
    try:
        config = SimulatorConfig(host=host, port=port, rest_port=rest_port, rate=rate or 1.0, events=events, seed=seed)
        run_simulator(config, lines)
    except GatewayError as error:
        _complain(str(error))
        sys.exit(EXIT_MISUSED)


def _complain(line: str) -> None:
    """One line on stderr, whatever characters it holds."""
    click.echo(" ".join(line.split()), err=True)
