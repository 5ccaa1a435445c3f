"""Listening sockets: which ports they get, and what is said where there is none."""

from __future__ import annotations

import pytest

from qqgw_trio.running.serving import PortTaken, bind


def test_port_zero_is_any_free_one() -> None:
    with bind("127.0.0.1", 0) as first, bind("127.0.0.1", 0) as second:
        ports = {first.getsockname()[1], second.getsockname()[1]}
    assert len(ports) == 2
    assert 0 not in ports


def test_an_address_of_the_sixth_version_can_be_listened_on() -> None:
    with bind("::1", 0) as listener:
        assert listener.getsockname()[0] == "::1"


def test_a_taken_port_says_so_and_what_to_do() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(
            PortTaken, match=f"cannot listen on 127.0.0.1:{port}: Address already in use: choose"
        ) as caught:
            bind("127.0.0.1", port)
    assert caught.value.remedy == "choose another port, or 0 for any free one"


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_is_not_here_says_so(host: str, port: int) -> None:
    with pytest.raises(PortTaken) as caught:
        bind(host, port)
    assert caught.value.remedy == "choose an address of this machine"
