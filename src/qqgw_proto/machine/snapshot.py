"""What is saved of a session, so that it outlives the process. Every value is checked: storage may hold anything.

Only what is settled is ever in a snapshot (invariant I4). One without a session keeps a loss for a start to announce.
"""

from __future__ import annotations

from typing import TypeGuard, cast

import attrs

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.ledger import Span
from qqgw_proto.wire.codec import MAX_SEQ, is_integer

__all__ = ["Snapshot", "usable_session_id"]


def usable_session_id(value: object) -> TypeGuard[str]:
    """Whether a session id can be sent back in a RESUME: non-empty text that encodes as UTF-8."""
    return isinstance(value, str) and value != "" and not any("\ud800" <= character <= "\udfff" for character in value)


def _check_id(_snapshot: Snapshot, _attribute: attrs.Attribute[str | None], value: object) -> None:
    if value is not None and not usable_session_id(value):
        raise ConfigurationError(f"a snapshot's session_id must be non-empty text, not {value!r}")


def _check_number(snapshot: Snapshot, attribute: attrs.Attribute[int], value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ:
        raise ConfigurationError(f"a snapshot's {attribute.name} must be from 0 to 2**63 - 1, not {value!r}")


def _check_flag(_snapshot: Snapshot, attribute: attrs.Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise ConfigurationError(f"a snapshot's {attribute.name} must be true or false, not {value!r}")


def _check_spans(snapshot: Snapshot, _attribute: attrs.Attribute[tuple[Span, ...]], value: object) -> None:
    floor = snapshot.seq
    spans = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (None,)
    for span in spans:
        numbers = cast("tuple[object, ...]", span) if isinstance(span, tuple) else ()
        if len(numbers) != 2 or not all(is_integer(number) for number in numbers):
            raise ConfigurationError(f"a snapshot's settled_above must be pairs of numbers, not {value!r}")
        first, last = cast("Span", numbers)
        if not floor < first <= last <= MAX_SEQ:
            raise ConfigurationError(f"a snapshot's settled_above must ascend above {floor}, not {value!r}")
        floor = last


@attrs.frozen
class Snapshot:
    """What must outlive the process to RESUME a session without losing or repeating an event.

    Without a session it is what a restart has to announce, and nothing else.

    Attributes:
        session_id: As READY gave it; None = no session can be resumed.
        seq: The settled cursor: everything up to it is finished.
        settled_above: Inclusive ascending ranges above `seq` that are finished too; a replay of them is dropped.
        orphans: Open events of earlier sessions; a restart that finds some announces one `Gap("crash")`.
        lost: There was a session and it cannot be resumed; a restart announces one `Gap("session")` from `seq` on.

    Raises:
        ConfigurationError: A value from storage cannot be one of these.
    """

    session_id: str | None = attrs.field(validator=_check_id)
    seq: int = attrs.field(default=0, validator=_check_number)
    settled_above: tuple[Span, ...] = attrs.field(default=(), validator=_check_spans)
    orphans: int = attrs.field(default=0, validator=_check_number)
    lost: bool = attrs.field(default=False, validator=_check_flag)

    def __attrs_post_init__(self) -> None:
        if self.session_id is None and not self.is_loss:
            raise ConfigurationError(
                "a snapshot's session_id must be non-empty text where there is no loss to announce"
            )
        if self.session_id is not None and self.lost:
            raise ConfigurationError("a snapshot of a lost session has no session_id")

    @property
    def is_loss(self) -> bool:
        """Whether a restart has something to announce."""
        return self.lost or self.orphans > 0

    def expired(self) -> Snapshot:
        """The loss of this session: what a store hands out once the session is too old to be resumed."""
        return self if self.session_id is None else Snapshot(None, self.seq, orphans=self.orphans, lost=True)
