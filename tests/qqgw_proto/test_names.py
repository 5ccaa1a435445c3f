"""What `import qqgw_proto` offers, and what it loads only when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import qqgw_proto
from qqgw_proto.server import ServerGateway


def test_every_name_can_be_had_and_is_listed() -> None:
    assert all(hasattr(qqgw_proto, name) for name in qqgw_proto.__all__)
    assert set(qqgw_proto.__all__) <= set(dir(qqgw_proto))


def test_the_servers_end_is_had_like_the_others() -> None:
    assert qqgw_proto.ServerGateway is ServerGateway


@pytest.mark.parametrize("name", ["Gateway", "servergateway"])
def test_another_name_is_none(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'qqgw_proto' has no attribute '{name}'"):
        getattr(qqgw_proto, name)


def test_neither_the_servers_end_nor_wsproto_is_loaded_before_it_is_needed() -> None:
    code = "import sys, qqgw_proto; print(*(name for name in ('qqgw_proto.server', 'wsproto') if name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
