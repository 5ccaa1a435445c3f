"""The three forms of time on the wire, as one `datetime` (`protocol.md` 6.3).

* messages: an RFC 3339 text, `2023-11-06T13:37:18+08:00` (EVT:47);
* friends and group management: whole seconds since 1970, a number (user/manage/event.md:37);
* seen live besides: what Go prints for a time, `2023-11-06 13:37:18.5 +0800 CST m=+0.1`.

Whatever cannot be read is None: the raw value is still in the event, and no event is lost over its time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

__all__ = ["RawTimestamp", "parse_timestamp"]

RawTimestamp: TypeAlias = str | int | float | None

_CHINA = timezone(timedelta(hours=8))  # every documented time is +08:00; one without offset is taken to be so too
_GO_FORM = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d{4})\b", re.ASCII)
_SECONDS = re.compile(r"\d{9,}", re.ASCII)


def parse_timestamp(raw: RawTimestamp) -> datetime | None:
    """Reads any of the three forms.

    Args:
        raw: The value as on the wire; a number is seconds since 1970.

    Returns:
        A time with its offset from UTC; None where there is no time, or none that can be read.
    """
    try:
        if isinstance(raw, str):
            return _parse_text(raw.strip())
        return None if raw is None else datetime.fromtimestamp(raw, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_text(text: str) -> datetime:
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    go_form = _GO_FORM.match(text)
    if go_form is not None:
        text = "{}T{}{}".format(*go_form.groups())
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_CHINA)
