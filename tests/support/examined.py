"""A bot in the doctor's hands, at a simulated platform over real sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.checks import Result, examine
from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.doctor.patient import Patient
from support.staging import Stage

__all__ = ["examined", "patient_of", "verdicts"]


def patient_of(stage: Stage, intents: Intents | None = None, *, secret: str | None = None, **settings: Any) -> Patient:
    """A bot that knows where the platform is."""
    credentials = Credentials(stage.simulator.app_id, secret or stage.simulator.secret)
    own: dict[str, Any] = {"api_url": stage.simulator.rest_url, "token_url": stage.simulator.token_url}
    own.update({"proxy": "direct", **settings})
    return Patient(Bot(credentials, intents or Intents.default(), settings=GatewayConfig(**own)))


async def examined(patient: Patient) -> Mapping[str, Result]:
    """All results by the name of the check."""
    async with patient:
        return {result.check.name: result async for result in examine(patient)}


def verdicts(results: Mapping[str, Result], verdict: Verdict) -> list[str]:
    """Which checks came to this verdict."""
    return [name for name, result in results.items() if result.finding.verdict is verdict]
