"""A silent platform for whoever asks for one."""

from __future__ import annotations

from support.staging import stage

__all__ = ["stage"]
