"""Options that set something."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from qqgw_trio.cli.setting_options import Chosen, assigned, chosen, setting_options


def test_what_is_set_is_told_with_the_option_it_came_from() -> None:
    assert list(assigned((" a.b = c=d ", "x="))) == [("--set a.b", "a.b", "c=d"), ("--set x", "x", "")]
    assert list(chosen({"api_url": "http://x", "sandbox": False, "shards": None, "metrics_port": 0})) == [
        ("--api-url", "api_url", "http://x"),
        ("--metrics-port", "metrics_port", "0"),
    ]


def test_set_needs_a_name_and_a_value() -> None:
    with pytest.raises(click.UsageError, match="'nothing' is not NAME=VALUE"):
        list(assigned(("nothing",)))


def test_a_command_has_the_options_it_names_or_all() -> None:
    @click.command()
    @setting_options("--api-url")
    def few(**options: Chosen) -> None:
        click.echo(",".join(sorted(options)))

    @click.command()
    @setting_options()
    def every(**options: Chosen) -> None:
        click.echo(",".join(sorted(options)))

    assert CliRunner().invoke(few, []).output == "api_url,assignments,config\n"
    assert {"shards", "session_file", "journal", "metrics_port"} <= set(
        CliRunner().invoke(every, []).output.strip().split(",")
    )
