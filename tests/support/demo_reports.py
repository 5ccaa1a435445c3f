"""What a demo says in the end where everything that was promised held."""

from __future__ import annotations

import attrs

from qqgw_trio.demos.demo_report import DemoReport, FaultsReport

__all__ = ["CLEAN", "CLEAN_WITH_FAULTS"]

CLEAN = DemoReport(
    planned=300,
    sent=300,
    handled=300,
    lost=0,
    duplicated=0,
    types=59,
    replies=33,
    unanswered=0,
    resumes=2,
    replayed=20,
    identifies=1,
    gaps=0,
    latency_p50_ms=1.25,
    latency_p99_ms=900.5,
    events_per_second=58.0,
)
CLEAN_WITH_FAULTS = FaultsReport(
    **{**attrs.asdict(CLEAN), "gaps": 7, "identifies": 7},
    faults={"reset": 10, "eof": 1},
    crashes=4,
    crash_replays=12,
    announced=3,
    breaks=7,
    scenes=31,
    scenes_planned=31,
)
