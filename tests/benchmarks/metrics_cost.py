"""What metrics cost: one bot on one stream with `metrics_enabled` on and off, in turn. The bar: on / off <= 1.03."""

from __future__ import annotations

import os
import runpy
import sys
from typing import Final

from benchmarks.clients import Client, measured
from benchmarks.measuring import Scale, headline, table

__all__ = ["run"]

OFF: Final = "metrics off"
BOTS: Final = (
    Client(OFF, ("benchmarks.metrics_cost", "false"), ours=True),
    Client("metrics on", ("benchmarks.metrics_cost", "true"), ours=True),
)


def run(scale: Scale) -> None:
    """Through `Bot`, as fast as events are taken."""
    events = scale.of(scale.events, 5_000)
    headline(f"Metrics on and off, {events:,} events through Bot")
    table(measured(BOTS, "full", events, scale.rounds)["us"], "us/event", (OFF,))


if __name__ == "__main__":
    if sys.argv[1:] in (["true"], ["false"]):
        os.environ["QQGW_METRICS_ENABLED"] = sys.argv[1]
        runpy.run_module("benchmarks.bot_client", run_name="__main__")
    else:
        run(Scale(rounds=1, quick=True) if "--quick" in sys.argv else Scale())
