"""The four adapters stay as short as `docs/embedding.md` says: what needs more lines belongs into the core."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("adapter", "most"),
    [
        ("src/qqgw_trio/connection/shard.py", 150),
        ("src/qqgw_trio/connection/link.py", 150),
        ("docs/examples/embed/asyncio_streams.py", 150),
        ("docs/examples/embed/blocking_threads.py", 150),
        ("docs/examples/embed/websockets_client.py", 100),
    ],
)
def test_an_adapter_is_short(adapter: str, most: int) -> None:
    assert len((ROOT / adapter).read_text("utf-8").splitlines()) <= most
