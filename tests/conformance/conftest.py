"""What an adapter lives through does not depend on the fast lane (I13)."""

from __future__ import annotations

from support.lanes import each_lane

__all__ = ["each_lane"]
