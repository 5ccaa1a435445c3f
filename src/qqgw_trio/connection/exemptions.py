"""Who is reached without the proxy that the environment names: this machine, and what `NO_PROXY` lists.

The entries of `NO_PROXY` are separated by commas. Each is

* `*`, for every host;
* a domain, for itself and all below it: `example.com`, `.example.com` and `*.example.com` mean the same;
* an address, or a range of addresses such as `10.0.0.0/8` and `fd00::/8`, for hosts that are written as addresses: no
  name is looked up for it.

A port may follow (`example.com:8443`, `[fd00::1]:443`); the entry is then for that port alone. An entry of any other
form exempts nobody. No standard defines the variable; these are the forms that common tools agree on, and ranges.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

__all__ = ["is_exempt"]

_EVERY: Final = "*"
# A port stands behind what has no colon of its own, or behind brackets.
_WITH_PORT: Final = re.compile(r"([^:]+|\[.*\]):([0-9]+)", re.ASCII)

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_exempt(entries: Iterable[str], host: str, port: int) -> bool:
    """Whether a host is reached without a proxy of the environment.

    Args:
        entries: Those of `NO_PROXY`.
        host: Its name or address, without brackets.
        port: Its port.
    """
    name = _plain(host)
    address = _address(name)
    if name == "localhost" or name.endswith(".localhost") or (address is not None and address.is_loopback):
        return True
    return any(_covers(entry.strip(), name, address, port) for entry in entries)


def _covers(entry: str, name: str, address: _Address | None, port: int) -> bool:
    parted = _WITH_PORT.fullmatch(entry)
    if parted is not None:
        entry = parted[1]
        if int(parted[2]) != port:
            return False
    if entry == _EVERY:
        return True
    if address is not None:
        return _is_within(address, entry.removeprefix("[").removesuffix("]"))
    domain = _plain(entry.removeprefix("*.").removeprefix("."))
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))


def _is_within(address: _Address, entry: str) -> bool:
    """Whether an entry is this address, or a range with it."""
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _address(name: str) -> _Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _plain(name: str) -> str:
    """A name as it is looked up: in lower case and in ASCII, without a dot at the end."""
    try:
        return name.rstrip(".").lower().encode("idna").decode()
    except UnicodeError:  # which no resolver takes: it is nobody's name
        return name.lower()
