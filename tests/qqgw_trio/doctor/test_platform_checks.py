"""What the platform says; with everything around it in `test_checks`."""

from __future__ import annotations

from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.doctor.platform_checks import starts, token
from support.examined import patient_of
from support.staging import staged


async def test_a_token_is_told_by_its_life_only() -> None:
    async with staged() as stage, patient_of(stage) as patient:
        finding = await token(patient)
        value = await (await patient.tokens()).get()
    assert finding.found.en == "an access token, good for 7200 s"
    assert value not in str(finding)


async def test_starts_of_a_platform_that_was_not_asked_are_not_known() -> None:
    finding = await starts(
        Patient(Bot(Credentials("1", "secret"), settings=GatewayConfig(api_url="http://127.0.0.1:1")))
    )
    assert finding.verdict is Verdict.SKIPPED
