"""Where the connections of an HTTP client lead, by its library's own account."""

from __future__ import annotations

import pytest

from qqgw_trio.roads import Road, Roads

DIALS = "connection.connect_tcp.started"


async def after(road: Road, host: str, port: int, step: str = DIALS) -> str:
    await road(step, {"host": host, "port": port})
    return road.proxy


@pytest.mark.parametrize(
    ("host", "port", "proxy"),
    [
        ("api.test", 443, ""),
        ("proxy.test", 3128, "proxy.test:3128"),
        ("api.test", 3128, "api.test:3128"),
        ("::1", 80, "[::1]:80"),
    ],
)
async def test_a_connection_that_leads_elsewhere_leads_to_a_proxy(host: str, port: int, proxy: str) -> None:
    assert await after(Roads().to("api.test", 443), host, port) == proxy


async def test_an_address_is_reached_as_itself() -> None:
    assert not await after(Roads().to("::1", 443), "::1", 443)


async def test_before_a_connection_is_begun_nobody_is_known_to_be_on_the_way() -> None:
    road = Roads().to("api.test", 443)
    assert not road.proxy
    assert not await after(road, "proxy.test", 3128, "connection.start_tls.started")


async def test_a_request_over_an_open_connection_went_the_same_way() -> None:
    roads = Roads()
    await after(roads.to("api.test", 443), "proxy.test", 3128)
    assert roads.to("api.test", 443).proxy == "proxy.test:3128"
    assert not roads.to("other.test", 443).proxy
