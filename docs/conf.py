"""Sphinx: furo, Markdown by MyST; nothing is fetched while building."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "qqgw"
author = "the qqgw authors"
project_copyright = author
release = version = installed_version("qqgw")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["examples"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"qqgw {release}"
html_show_sourcelink = False
html_copy_source = False
