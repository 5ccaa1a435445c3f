"""What the simulated platform saw and did, and the one judgement on whether a bot handled all of it.

`Ledger` is written by the platform and read by whoever judges. `judge` is the only place where `lost` and `duplicated`
are computed: demo, faults and chaos share it. All times are seconds of trio's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs

__all__ = [
    "Answer",
    "Break",
    "IdentifySeen",
    "Ledger",
    "Opened",
    "Recall",
    "Reply",
    "ResumeSeen",
    "SentEvent",
    "Verdict",
    "judge",
]


@attrs.frozen
class SentEvent:
    """An event that was given to a session; `message_id` is its `d.id` if a bot is expected to answer it."""

    event_id: str
    type_name: str
    shard: tuple[int, int]
    session_id: str
    seq: int
    at: float
    message_id: str | None = None


@attrs.frozen
class Reply:
    """A message that the bot sent: `kind` is group, c2c, channel or dm, `parts` what is there beside the text."""

    kind: str
    target: str
    text: str
    msg_id: str | None
    event_id: str | None
    msg_seq: int | None
    at: float
    parts: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """What a chat shows of it: the text, then the name of each part."""
        parts = [f"[{part}]" for part in self.parts]
        return " ".join(parts if self.text in parts else [self.text, *parts])


@attrs.frozen
class Answer:
    """`PUT /interactions/{id}`."""

    interaction_id: str
    code: int
    at: float


@attrs.frozen
class Recall:
    """A message that the bot took back: `kind` and `target` as of `Reply`."""

    kind: str
    target: str
    message_id: str
    hides_tip: bool
    at: float


@attrs.define
class Opened:
    """A connection: when it came, when and how it ended (`code` None = without a close frame of the client)."""

    number: int
    at: float
    ended_at: float | None = None
    code: int | None = None
    why: str = ""


@attrs.frozen
class IdentifySeen:
    """An IDENTIFY and what became of it: `refused` says why, or is empty."""

    at: float
    intents: int
    shard: tuple[int, int]
    refused: str


@attrs.frozen
class ResumeSeen:
    """A RESUME and what became of it: `replayed` events, or why it was `refused`."""

    at: float
    session_id: str
    seq: int
    replayed: int
    refused: str


@attrs.frozen
class Break:
    """The platform ended a session, or left a hole from `first` to `last` in its replay."""

    at: float
    session_id: str
    cause: str
    first: int | None = None
    last: int | None = None


@attrs.define
class Ledger:
    """Everything, in the order in which it happened."""

    events: list[SentEvent] = attrs.field(factory=list[SentEvent])
    replies: list[Reply] = attrs.field(factory=list[Reply])
    answers: list[Answer] = attrs.field(factory=list[Answer])
    recalls: list[Recall] = attrs.field(factory=list[Recall])
    connections: list[Opened] = attrs.field(factory=list[Opened])
    identifies: list[IdentifySeen] = attrs.field(factory=list[IdentifySeen])
    resumes: list[ResumeSeen] = attrs.field(factory=list[ResumeSeen])
    breaks: list[Break] = attrs.field(factory=list[Break])
    violations: list[str] = attrs.field(factory=list[str])
    tokens_issued: int = 0
    tokens_refused: int = 0
    faults: Counter[str] = attrs.field(factory=Counter[str])

    @property
    def sent_ids(self) -> list[str]:
        """Ids of all events that were given to any session, each once, in the order sent."""
        return list(dict.fromkeys(event.event_id for event in self.events))

    @property
    def unanswered(self) -> list[str]:
        """Ids of the message events that no reply names, by `msg_id` or by `event_id`."""
        named = {reply.msg_id for reply in self.replies} | {reply.event_id for reply in self.replies}
        wanting = (e.event_id for e in self.events if e.message_id and not {e.message_id, e.event_id} & named)
        return list(dict.fromkeys(wanting))

    @property
    def granted_identifies(self) -> int:
        """IDENTIFYs that got a READY."""
        return sum(not seen.refused for seen in self.identifies)

    @property
    def granted_resumes(self) -> int:
        """RESUMEs that got a RESUMED."""
        return sum(not seen.refused for seen in self.resumes)

    def as_json(self) -> dict[str, object]:
        """What `GET /simulator/ledger` answers."""
        lists = ("events", "replies", "answers", "recalls", "connections", "identifies", "resumes", "breaks")
        told: dict[str, object] = {name: [attrs.asdict(item) for item in getattr(self, name)] for name in lists}
        counts = {"tokens_issued": self.tokens_issued, "tokens_refused": self.tokens_refused}
        return {**told, **counts, "violations": list(self.violations), "faults": dict(self.faults)}


@attrs.frozen
class Verdict:
    """Whether a bot handled what was sent, by id.

    Attributes:
        sent: Distinct ids, in the order sent.
        handled: Ids as handled, repeats included.
        lost: Sent and never handled.
        duplicated: Handled again, once for each time too often.
    """

    sent: tuple[str, ...]
    handled: tuple[str, ...]
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing handled twice."""
        return not self.lost and not self.duplicated


def judge(sent_ids: Iterable[str], handled_ids: Iterable[str]) -> Verdict:
    """Compares what the platform sent with what the user's handlers finished."""
    sent = tuple(dict.fromkeys(sent_ids))
    handled = tuple(handled_ids)
    seen: set[str] = set()
    repeats: list[str] = []
    for event_id in handled:
        if event_id in seen:
            repeats.append(event_id)
        seen.add(event_id)
    return Verdict(sent, handled, tuple(event_id for event_id in sent if event_id not in seen), tuple(repeats))
