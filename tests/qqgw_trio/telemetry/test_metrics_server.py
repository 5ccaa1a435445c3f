"""The pages of the metrics port."""

from __future__ import annotations

import json

import httpx2
import pytest
import trio

from qqgw_trio.insight.health import Health, ShardHealth
from qqgw_trio.insight.watch import Watch
from qqgw_trio.telemetry.metrics_server import make_app

WELL = ShardHealth(0, "READY", is_alive=True, is_ready=True, heartbeat_age=30.0, max_age=300.0)
AWAY = ShardHealth(1, "WAITING", is_alive=True, is_ready=False, heartbeat_age=90.0, max_age=300.0)
FAILED = ShardHealth(2, "FAILED", is_alive=False, is_ready=False, heartbeat_age=999.0, max_age=300.0)
DEAD = ShardHealth(1, "DIALING", is_alive=False, is_ready=False, heartbeat_age=999.0, max_age=300.0)


class Judged(Watch):
    """Is as well as it is told to be."""

    def __init__(self, *shards: ShardHealth) -> None:
        super().__init__()
        self.shards = shards
        self.asked: list[float] = []

    def health(self, max_age: float = 300.0) -> Health:
        self.asked.append(max_age)
        return Health(self.shards)


async def get(watch: Watch, path: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(make_app(watch))
    async with httpx2.AsyncClient(transport=transport, base_url="http://metrics.test") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    ("shards", "healthz", "readyz"),
    [
        ((WELL,), 200, 200),
        ((WELL, AWAY), 200, 503),
        ((WELL, DEAD), 503, 503),
        ((WELL, FAILED), 200, 503),
        ((FAILED,), 503, 503),
        ((), 200, 503),
    ],
)
async def test_health_and_readiness_are_status_codes(
    shards: tuple[ShardHealth, ...], healthz: int, readyz: int
) -> None:
    watch = Judged(*shards)
    assert (await get(watch, "/healthz")).status_code == healthz
    assert (await get(watch, "/readyz")).status_code == readyz


async def test_the_body_says_which_shard_is_how() -> None:
    answer = await get(Judged(WELL, DEAD), "/healthz")
    assert answer.headers["content-type"] == "application/json"
    told = json.loads(answer.text)
    assert (told["alive"], told["ready"]) == (False, False)
    assert told["shards"][1] == {
        "shard_id": 1,
        "state": "DIALING",
        "is_alive": False,
        "is_ready": False,
        "heartbeat_age": 999.0,
        "max_age": 300.0,
    }


async def test_both_bodies_name_the_shards_that_have_failed_for_good() -> None:
    for path in ("/healthz", "/readyz"):
        told = json.loads((await get(Judged(WELL, FAILED), path)).text)
        assert (told["alive"], told["ready"], told["failed"]) == (True, False, [2])


async def test_whoever_asks_says_how_long_a_silence_may_last() -> None:
    watch = Judged(WELL)
    await get(watch, "/healthz")
    await get(watch, "/healthz?max_age=120")
    assert watch.asked == [300.0, 120.0]
    for nonsense in ("soon", "nan", "-1"):
        assert (await get(watch, f"/healthz?max_age={nonsense}")).status_code == 400


async def test_metrics_are_prometheus_text_and_diagnostics_json() -> None:
    metrics = await get(Watch(), "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE qqgw_events_received_total counter" in metrics.text
    diagnostics = await get(Watch(), "/diagnostics")
    assert json.loads(diagnostics.text)["shards"] == []
    assert (await get(Watch(), "/elsewhere")).status_code == 404
    await trio.lowlevel.checkpoint()
