"""One whole round with the gateway: connect, IDENTIFY, READY, leave, RESUME, RESUMED, stop.

It spends one session start. Events that come meanwhile are settled unhandled: the bot's own session gets them too.
"""

from __future__ import annotations

import random
from typing import Final

import attrs
import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ReconnectConfig
from qqgw_proto.errors import DeadlineExceeded, GatewayError, InvalidIntents, ReconnectRequested
from qqgw_proto.events import Intents, describe_intents
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.doors import ByteWire
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.clock import shard_clock
from qqgw_trio.connection.network import Network
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.transport import Transport
from qqgw_trio.doctor.chinese import chinese_of, intents_in_chinese
from qqgw_trio.doctor.findings import Finding, Said, doubtful, right, wrong
from qqgw_trio.doctor.patient import Patient

__all__ = ["Outcome", "go_round", "round_trip"]

SECONDS: Final = 60.0
"""For a whole round; each step has its own deadline as well."""


_STEPS: Final = {
    "connected": "连接",
    "ready": "就绪",
    "reconnected": "重新连接",
    "resumed": "恢复会话",
    "identified afresh": "重新鉴权",
}
_NO_RESUME: Final = Said(
    "a bot works so, but loses what happens while it reconnects; if it stays so, ask the platform's support",
    "机器人可以运行, 但重连期间的事件会丢失; 若一直如此, 请联系平台",
)


@attrs.define
class Outcome:
    """How far a round came.

    Attributes:
        steps: What was reached, with the seconds since the beginning.
        error: What ended it; None = nothing did.
    """

    steps: dict[str, float] = attrs.field(factory=dict[str, float])
    error: GatewayError | None = None


class _Around:
    """The surroundings of the one shard: every permit at once, the token at hand, no handler."""

    def __init__(self, url: str, token: str, network: Network) -> None:
        self.outcome = Outcome()
        self.resumes = False
        self._url = url
        self._token = token
        self._network = network
        self._began = trio.current_time()

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        await trio.lowlevel.checkpoint()
        shard.apply(shard.gateway.permit_granted(request.request, shard.clock()))

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        return

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        await trio.lowlevel.checkpoint()
        shard.apply(shard.gateway.access_granted(request.request, self._url, self._token, shard.clock()))

    async def dial(self, url: GatewayUrl) -> Transport:
        return await self._network.dial(url)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        shard.settled(batch.tickets())

    def has_room(self) -> bool:
        return True

    async def wait_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        return

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        match notice:
            case do.Connected():
                self._reach("reconnected" if self.resumes else "connected")
            case do.Ready():
                self._reach("identified afresh" if self.resumes else "ready")
                if self.resumes:
                    shard.stop()
                else:
                    self.resumes = True
                    shard.apply(shard.gateway.reconnect(shard.clock()))
            case do.Resumed():
                self._reach("resumed")
                shard.stop()
            case do.Retrying() if not isinstance(notice.why, ReconnectRequested):
                self.outcome.error = self.outcome.error or notice.why
                if "ready" not in self.outcome.steps:
                    shard.stop()
            case do.Failed():
                self.outcome.error = self.outcome.error or notice.error
            case _:
                pass

    def _reach(self, step: str) -> None:
        self.outcome.steps.setdefault(step, round(trio.current_time() - self._began, 3))


async def go_round(patient: Patient, intents: Intents, url: str, token: str) -> Outcome:
    """One session from IDENTIFY to RESUMED, then stopped."""
    settings = patient.bot.settings
    habits = (ReconnectConfig(prompt_jitter=0.0), settings.heartbeat, settings.deadlines)
    config = ClientConfig(int(intents), patient.shard, *habits, stop_code=settings.stop_code)
    around = _Around(url, token, patient.network)
    gateway = ClientGateway(config, random.SystemRandom(), wire=ByteWire(settings.wire))
    with trio.move_on_after(SECONDS) as scope:
        await Shard(gateway, around, shard_clock()).run()
    if scope.cancelled_caught:
        around.outcome.error = around.outcome.error or DeadlineExceeded(f"the round was not over within {SECONDS:g} s")
    return around.outcome


async def round_trip(patient: Patient) -> Finding:
    """Everything together, as the bot will do it."""
    url, token = patient.gateway_url or "", await (await patient.tokens()).get()
    outcome = await go_round(patient, patient.intents, url, token)
    if outcome.error is not None and "ready" not in outcome.steps:
        if isinstance(outcome.error, InvalidIntents) and patient.intents.privileged:
            return await _suspect(patient, outcome.error, url, token)
        raise outcome.error
    told = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in outcome.steps.items())
    told_zh = ", ".join(f"{_STEPS[step]} {seconds:.2f} 秒" for step, seconds in outcome.steps.items())
    if "resumed" not in outcome.steps:
        why = "" if outcome.error is None else outcome.error.message
        en, zh = (f"; {why}", f"; {chinese_of(why)}") if why else ("", "")
        return doubtful(f"{told}; no RESUME{en}", f"{told_zh}; 未能 RESUME{zh}", _NO_RESUME)
    return right(told, told_zh)


async def _suspect(patient: Patient, error: InvalidIntents, url: str, token: str) -> Finding:
    """Whether the intents are to blame: another round with those that every bot has."""
    outcome = await go_round(patient, Intents.default(), url, token)
    if outcome.error is not None and "ready" not in outcome.steps:
        raise error
    suspects = patient.intents.privileged
    names, names_zh = describe_intents(suspects), intents_in_chinese(suspects)
    remedy = Said(
        "leave out those that the console does not show as granted, or apply for them there",
        "请去掉控制台未授予的 intents, 或在控制台申请",
    )
    return wrong(
        f"{error.message}; with the intents of every bot it works, so one of these is not granted: {names}",
        f"{chinese_of(error.message)}; 只用默认 intents 时正常, 所以以下某一项未授予: {names_zh}",
        remedy,
    )
