"""Everything that the network, the gateway, the machine and the supervisor can do to a bot.

Some strikes hit links that live, others wait for the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import trio

from chaos.around import SleepyClock
from chaos.bot import Process
from chaos.climate import SHORT_PERIOD, Climate
from chaos.link import Then
from chaos.network import DialTrouble
from chaos.storm import Storm, Strike
from qqgw_proto.machine import effects as do
from qqgw_trio.simulator.faults import FaultKind as K

__all__ = ["strikes_of"]

# "RESUME" in `machine/close_codes.py`, one that it does not know included; 4009 is the most frequent of all.
RESUMABLE: Final = (1000, 1001, 4000, 4008, 4009, 4009, 4009, 4199)
ENDING: Final = (4006, 4007, 4900, 4901, 4902, 4903, 4909, 4913)
HTTP: Final = (429, 500, 502, 503, 504)
TROUBLES: Final[tuple[DialTrouble, ...]] = ("dns", "refused", "tls", "silence")
ENDS: Final[tuple[Then, ...]] = ("eof", "reset", "silence")
AMBUSHES: Final = (do.Connected, do.Disconnected, do.Ready, do.Resumed, do.Gap)
ONE_BEAT: Final = 60
ONE_FRAME: Final = 700
"""Bytes within which a cut finds the middle of a heartbeat and of an event, roughly."""

# --- the network


def _reset(storm: Storm) -> None:
    link = storm.link()
    if link is not None:
        link.reset()


def _half_open(storm: Storm) -> None:
    link, ways = storm.link(), storm.rng.choice([(True, True), (True, False), (False, True)])
    if link is not None:
        link.silence(up=ways[0], down=ways[1])


def _choke(storm: Storm) -> None:
    link = storm.link()
    if link is not None:
        storm.rng.choice([link.up, link.up, link.down]).choke()


def _cut(storm: Storm) -> None:
    link, rng = storm.link(), storm.rng
    if link is not None:
        pipe, most = rng.choice([(link.up, ONE_BEAT), (link.down, ONE_FRAME)])
        link.cut(pipe, rng.randrange(1, most), rng.choice(ENDS))


def _slow_network(storm: Storm) -> None:
    weather = storm.around.network.weather
    weather.latency = storm.rng.choice([0.3, 2.0, 8.0])
    weather.jitter = weather.latency / 2

    async def clear_up() -> None:
        await trio.sleep(storm.rng.uniform(10.0, 300.0))
        storm.around.network.clear_up()

    storm.nursery.start_soon(clear_up)


def _outage(storm: Storm) -> None:
    storm.around.network.go_offline(storm.rng.choice([5.0, 30.0, 100.0, 600.0]))


def _dials_fail(storm: Storm) -> None:
    trouble: DialTrouble = storm.rng.choice(TROUBLES)
    for _ in range(storm.rng.randrange(1, 6)):
        storm.around.network.troubles.append(trouble)
    _reset(storm)


def _op_7_first(storm: Storm) -> None:
    storm.around.network.greetings += storm.rng.randrange(1, 4)
    _reset(storm)


# --- the gateway


def _simulated_break(storm: Storm) -> None:
    kind = storm.rng.choice([K.RESET, K.EOF, K.HALF_OPEN, K.ACK_SILENCE, K.GARBAGE])
    storm.order(kind)


def _broken_frame(storm: Storm) -> None:
    storm.order(storm.rng.choice([K.CUT_FRAME, K.STALLED_FRAME]), at=storm.rng.randrange(1, ONE_FRAME))


def _garbage_text(storm: Storm) -> None:
    storm.order_one(K.GARBAGE_TEXT)


def _reconnect(storm: Storm) -> None:
    storm.order_one(K.RECONNECT)


def _invalid_session(storm: Storm) -> None:
    rng = storm.rng
    code = rng.choice([None, 4903, rng.choice(ENDING), rng.choice(RESUMABLE)])
    storm.order_one(K.INVALID_SESSION, resumable=rng.random() < 0.5, code=code, seconds=rng.choice([0.0, 0.5, 3.0]))


def _close_for_now(storm: Storm) -> None:
    storm.order_one(K.CLOSE, code=storm.rng.choice(RESUMABLE))


def _close_for_good(storm: Storm) -> None:
    storm.order_one(K.CLOSE, code=storm.rng.choice(ENDING))


def _slow_writes(storm: Storm) -> None:
    storm.order_one(K.SLOW_WRITES, at=storm.rng.choice([1, 50, 1000]), seconds=1.0)


def _op_1(storm: Storm) -> None:
    storm.order_one(K.HEARTBEAT, count=storm.rng.choice([1, 20]))


def _refuse_identifies(storm: Storm) -> None:
    storm.order(K.REFUSE_IDENTIFIES, count=storm.rng.randrange(1, 4))
    _forget_sessions(storm)


def _refuse_resumes(storm: Storm) -> None:
    storm.order(K.REFUSE_RESUMES, count=storm.rng.choice([1, 3, 20]), code=storm.rng.choice([4902, 4009, 4000]))
    storm.begin_again()


def _swallow(storm: Storm) -> None:
    storm.order(K.SWALLOW, count=storm.rng.randrange(1, 5))
    if storm.rng.random() < 0.5:
        storm.begin_again()
    else:
        storm.order_one(K.CLOSE, code=4006)  # It is an IDENTIFY that gets no answer.


def _refuse_upgrades(storm: Storm) -> None:
    rng = storm.rng
    storm.order(K.REFUSE_UPGRADES, count=rng.randrange(1, 4), code=rng.choice(HTTP), seconds=rng.choice([None, 90.0]))
    storm.begin_again()


def _forget_sessions(storm: Storm) -> None:
    storm.order(K.FORGET_SESSIONS)
    storm.begin_again()


def _overlap(storm: Storm) -> None:
    storm.order(K.REPLAY_OVERLAP, count=storm.rng.randrange(1, 30))
    storm.begin_again()


def _truncate(storm: Storm) -> None:
    storm.order(K.TRUNCATE_REPLAY, count=storm.rng.randrange(1, 10))
    storm.begin_again()


def _expire_tokens(storm: Storm) -> None:
    storm.order(K.EXPIRE_TOKENS)
    storm.begin_again()


def _spend_starts(storm: Storm) -> None:
    while storm.around.bench.platform.starts.spend():
        pass
    _forget_sessions(storm)


def _rest(storm: Storm) -> None:
    rng = storm.rng
    route = rng.choice(["getAppAccessToken", "gateway/bot", ""])
    storm.order(K.REST, count=rng.randrange(1, 8), code=rng.choice(HTTP), route=route, seconds=rng.choice([None, 20.0]))
    _expire_tokens(storm)


# --- the machine and its processes


def _crash(storm: Storm) -> None:
    process = storm.victim()
    if process is not None:
        storm.nursery.start_soon(_crash_at_work, storm, process)


async def _crash_at_work(storm: Storm, process: Process) -> None:
    storm.around.platform_says(storm.rng.randrange(30))
    await trio.sleep(storm.rng.choice([0.0, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0]))
    if storm.process is process:
        storm.restart_after = storm.rng.choice([0.1, 1.0, 10.0, 100.0])
        process.crash(power=storm.rng.random() < 0.3)


def _ambush(storm: Storm) -> None:
    """The process is killed in the very middle of what it does next about this, or soon after."""
    process, rng = storm.victim(), storm.rng
    if process is None:
        return
    storm.restart_after = rng.choice([0.1, 1.0, 10.0])
    storm.around.platform_says(rng.randrange(30))
    process.ambush, process.ambush_delay = rng.choice(AMBUSHES), rng.choice([0.0, 0.0, 0.1, 2.0, 5.0])
    if rng.random() < 0.5:
        _reset(storm)
    else:
        _close_for_good(storm)


def _restart(storm: Storm) -> None:
    process = storm.victim()
    if process is not None:
        storm.restart_after = storm.rng.choice([0.1, 10.0])
        storm.around.platform_says(storm.rng.randrange(30))
        storm.nursery.start_soon(process.stop)


def _planned_reconnect(storm: Storm) -> None:
    process = storm.victim()
    shards = [] if process is None else process.shards
    for shard in shards:
        shard.apply(shard.gateway.reconnect(shard.clock()))


def _suspend(storm: Storm) -> None:
    clock = storm.around.clock
    if isinstance(clock, SleepyClock):
        clock.slept += storm.rng.choice([5.0, 40.0, 100.0, 3600.0])
    if storm.rng.random() < 0.7:  # Meanwhile the gateway has given the bot up.
        storm.order(K.HALF_OPEN)


STRIKES: Final[Mapping[str, tuple[int, Strike]]] = {
    "reset": (10, _reset),
    "half-open": (8, _half_open),
    "choke": (3, _choke),
    "cut": (10, _cut),
    "slow network": (3, _slow_network),
    "outage": (2, _outage),
    "dials fail": (4, _dials_fail),
    "op 7 first": (3, _op_7_first),
    "simulated break": (10, _simulated_break),
    "broken frame": (6, _broken_frame),
    "garbage text": (2, _garbage_text),
    "op 7": (6, _reconnect),
    "op 9": (6, _invalid_session),
    "close, resumable": (8, _close_for_now),
    "close, ending": (3, _close_for_good),
    "slow writes": (3, _slow_writes),
    "op 1": (2, _op_1),
    "identifies refused": (2, _refuse_identifies),
    "resumes refused": (4, _refuse_resumes),
    "swallowed": (3, _swallow),
    "upgrades refused": (3, _refuse_upgrades),
    "sessions forgotten": (1, _forget_sessions),
    "overlap": (4, _overlap),
    "truncated replay": (4, _truncate),
    "tokens expired": (2, _expire_tokens),
    "starts spent": (2, _spend_starts),
    "REST": (2, _rest),
    "crash": (6, _crash),
    "ambush": (6, _ambush),
    "restart": (4, _restart),
    "planned reconnect": (2, _planned_reconnect),
    "suspend": (6, _suspend),
}
"""Name, weight and deed."""


def strikes_of(climate: Climate) -> Mapping[str, tuple[int, Strike]]:
    """Those that make sense in this climate: not every machine sleeps, not every period of starts is soon over."""
    periods_are_short = climate.platform.start.reset_after <= SHORT_PERIOD
    wanted = {"suspend": climate.suspends, "starts spent": periods_are_short}
    return {name: strike for name, strike in STRIKES.items() if wanted.get(name, True)}
