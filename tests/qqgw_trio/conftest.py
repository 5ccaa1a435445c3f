"""Fixtures for whoever asks: a silent platform, a session file and the clocks beside it."""

from __future__ import annotations

from support.staging import stage
from support.stored import fsyncs, path, wall

__all__ = ["fsyncs", "path", "stage", "wall"]
