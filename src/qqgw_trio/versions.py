"""Versions of packages, for people; a source tree that was not installed has none."""

from __future__ import annotations

__all__ = ["version_of"]


def version_of(package: str) -> str:
    """The version that is installed; "?" where it runs from its sources."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - costs a command its start

    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
