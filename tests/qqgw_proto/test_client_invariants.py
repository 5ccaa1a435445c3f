"""The invariants of design 9 on a whole shard, each by its number, and what conformance 4 asks of the core alone."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import attrs
import pytest

from qqgw_proto import ClientConfig, ClientGateway, Snapshot
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Input
from qqgw_proto.wire import frames
from support.peer import TOKEN, Peer, Seeded
from support.stages import EVERY, STAGES, Stage, bring, event
from support.transcripts import TRANSCRIPTS

CONFIG: Final = ClientConfig(intents=513)
HELLO: Final = frames.hello(45_000)


@attrs.define
class Delivered:
    """Adjacent `Deliver` joined: epoch, number and id of the events, and the counts."""

    events: list[tuple[int, int | None, str | None]]
    duplicated: int = 0
    rewound: int = 0


def joined(peer: Peer, effects: Sequence[do.Effect]) -> list[object]:
    """The effects with adjacent `Deliver` joined, and what was written as the other end has read it."""
    told: list[object] = []
    for effect in effects:
        if not isinstance(effect, do.Deliver):
            told.append("Write" if isinstance(effect, do.Write) else effect)
            continue
        last = told[-1] if told else None
        if not isinstance(last, Delivered):
            last = Delivered([])
            told.append(last)
        last.events += [(effect.epoch, one.s, one.id) for one in effect.events]
        last.duplicated += effect.duplicated
        last.rewound += effect.rewound
    return [*told, *peer.frames]


def play(stage: str, chunks: Sequence[bytes]) -> tuple[list[object], object]:
    peer = bring(Peer(CONFIG), stage)
    effects: list[do.Effect] = []
    for chunk in chunks:
        peer.feed(chunk)
        effects += peer.effects
    return joined(peer, effects), (peer.client.state, peer.client.deadline, peer.client.session, peer.client.snapshot)


# --- I14, M15 -------------------------------------------------------------------------------------------------------


@pytest.mark.no_cover
@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_i14_any_cut_in_two_gives_the_same_effects(name: str) -> None:
    stage, data = TRANSCRIPTS[name]
    whole = play(stage, [data])
    for cut in range(1, len(data)):
        assert play(stage, [data[:cut], data[cut:]]) == whole, f"cut at {cut}"


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_i14_any_cut_in_many_gives_the_same_effects(name: str) -> None:
    stage, data = TRANSCRIPTS[name]
    whole = play(stage, [data])
    assert play(stage, [data[index : index + 1] for index in range(len(data))]) == whole
    chance = random.Random(14)
    for _ in range(170):  # six transcripts: more than a thousand
        cuts = sorted(chance.sample(range(1, len(data)), chance.randint(1, 12)))
        chunks = [data[first:last] for first, last in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        assert play(stage, chunks) == whole, cuts


# --- I10, M19 -------------------------------------------------------------------------------------------------------


LIFE: Final[tuple[Stage, ...]] = (
    *STAGES["RESUMING"],
    lambda peer: peer.close(4009),
    Peer.wait_due,
    Peer.wait_due,
)


def life_of(seed: int, *, door: bool = False) -> list[str]:
    peer = Peer(CONFIG, seed=seed, messages=door)
    return [f"{call(peer)} until {peer.client.deadline}" for call in LIFE]


@pytest.mark.parametrize("door", [False, True])
def test_i10_the_same_seed_and_inputs_give_the_same_effects(door: bool) -> None:
    assert life_of(7, door=door) == life_of(7, door=door)


def test_i10_another_seed_waits_otherwise() -> None:
    assert life_of(7) != life_of(8)


def test_i10_the_generator_is_asked_once_and_never_again() -> None:
    class Once(Seeded):
        asked = 0

        def getrandbits(self, count: int, /) -> int:
            self.asked += 1
            return super().getrandbits(count)

    source = Once(5)
    client = ClientGateway(CONFIG, source)
    client.start(0.0)
    assert source.asked == 1


def test_m19_two_shards_share_nothing() -> None:
    alone = life_of(7)
    pair = [Peer(CONFIG, seed=7), Peer(CONFIG, seed=9)]
    told: list[str] = []
    for call in LIFE:
        told.append(f"{call(pair[0])} until {pair[0].client.deadline}")
        call(pair[1])
    assert told == alone


# --- I11, M18 -------------------------------------------------------------------------------------------------------


def parts_of(client: ClientGateway) -> list[object]:
    """What a shard is made of, for those who look inside."""
    parts: dict[str, object] = vars(client)
    return list(parts.values())


@pytest.mark.parametrize("stage", ["DIALING", "UPGRADING", "GREETING", "RESUMING", "READY", "CLOSING", "WAITING"])
def test_i11_the_token_is_shown_nowhere(stage: str) -> None:
    shown: list[str] = []

    def observe(given: Input, now: float, effects: Sequence[do.MachineEffect]) -> None:
        shown.extend((repr(given), str(given), repr(effects), str(list(effects))))

    peer = bring(Peer(CONFIG, observer=observe), stage)
    client = peer.client
    shown += [repr(client), str(client), client.explain(peer.now), repr(client.session), repr(client.snapshot)]
    shown += [repr(effect) for _, effect in peer.history]
    shown += [repr(vars(client)), *(repr(vars(part)) for part in parts_of(client))]
    with suppress(TypeError):
        shown.append(repr(copy.copy(client)))
    assert "AccessGranted" in " ".join(shown)
    assert not [words for words in shown if TOKEN in words]


@pytest.mark.parametrize("messages", [False, True])
@pytest.mark.parametrize("stage", EVERY)
def test_m18_a_shard_is_neither_pickled_nor_copied_in_depth_with_its_token(stage: str, messages: bool) -> None:
    client = bring(Peer(CONFIG, messages=messages), stage if stage != "UPGRADING" or not messages else "DIALING").client
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled: keep its snapshot"):
            pickle.dumps(client, protocol)
    with pytest.raises(TypeError, match="not pickled: keep its snapshot"):
        copy.deepcopy(client)
    with suppress(TypeError):  # A shallow twin is for those who explore every future, behind a MessageWire.
        client = copy.copy(client)
    assert TOKEN not in f"{client!r} {client} {vars(client)} {client.explain(0.0)} {client.life!r}"


def test_i11_the_token_is_written_in_identify_and_resume_only() -> None:
    peer = bring(Peer(CONFIG, messages=True), "RESUMING")
    with_token = [sent["op"] for sent in peer.frames if TOKEN in repr(sent)]
    assert with_token == [2, 6]
    assert {sent["d"]["token"] for sent in peer.frames if sent["op"] in (2, 6)} == {f"QQBot {TOKEN}"}


# --- I2, I4 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "op"), [("GREETING", 2), ("GREETING, to resume", 6)])
def test_i2_identify_or_resume_is_the_first_frame_after_hello_in_the_same_step(stage: str, op: int) -> None:
    steps: list[list[do.MachineEffect]] = []
    peer = bring(Peer(CONFIG, observer=lambda _given, _now, effects: steps.append(list(effects))), stage)
    before = len(peer.frames)
    peer.say(b'{"op":1}', b'{"op":11}', HELLO)
    assert isinstance(steps[-1][0], do.SendIdentify | do.SendResume)
    peer.say(b'{"op":1}', b'{"op":1}')
    peer.live(300.0)
    assert [sent["op"] for sent in peer.frames[before:]][:2] == [op, 1]


def test_i4_what_is_saved_is_settled_and_what_beats_carry_is_received() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(*[event(seq) for seq in range(3, 50)])
    peer.settle(2, 3, 10, 11)
    peer.wait(1.0)
    assert peer.effects == [do.SaveSession(Snapshot("S1", 3, ((10, 11),)))]
    assert peer.say(b'{"op":1}') == "Write HEARTBEAT 49"


def test_i4_a_ticket_of_another_session_or_of_an_event_below_the_cursor_settles_nothing() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(event(3), event(2))
    before = peer.client.snapshot
    tickets = [effect.tickets() for effect in peer.effects if isinstance(effect, do.Deliver)]
    assert [list(ticket) for ticket in tickets[-1]] == [[0, 2]]
    for epoch in (0, 2, 7):
        peer.settle(2, 3, epoch=epoch)
        peer.wait(1.0)
        assert peer.client.snapshot == before
    peer.settle(2, epoch=1)
    assert peer.client.snapshot == Snapshot("S1", 2)


def test_i6_no_replay_is_lengthened_for_ever() -> None:
    peer = bring(Peer(CONFIG), "RESUMING")
    for seq in range(3, 63):
        if peer.client.state.name != "RESUMING":
            break
        peer.say(b'{"op":11}', event(seq))
        peer.live(15.0)
    assert peer.client.state.name != "RESUMING"


def test_i6_no_session_is_resumed_for_ever() -> None:
    peer = bring(Peer(CONFIG), "RESUMING")
    for _ in range(3):
        peer.lose()
        asked = peer.wait_due()
        if asked.endswith("RequestPermit"):
            break
        for call in (Peer.grant, Peer.open, Peer.accept):
            call(peer)
        peer.say(HELLO)
    assert peer.client.state.name == "PERMITTING"
