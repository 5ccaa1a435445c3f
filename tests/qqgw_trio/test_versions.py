"""Versions, of what is installed and of what is not."""

from __future__ import annotations

from importlib.metadata import version

from qqgw_trio.versions import version_of


def test_what_is_installed_has_one_and_a_source_tree_has_none() -> None:
    assert version_of("trio") == version("trio")
    assert version_of("no-such-package") == "?"
