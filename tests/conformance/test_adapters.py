"""Every adapter, over real sockets, through the same scenarios: the same journals as the core alone, in memory.

The gateway misbehaves on command, each time once the client has finished what it was given: a reset may throw away
what lies unread. Journals are compared without time, chunks and flow control (`journals`).
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import attrs
import pytest
import trustme

from conformance.adapters import ADAPTERS, Running
from conformance.client import CONFIG, SEED
from conformance.journals import Line, comparable
from qqgw_proto import ServerConfig
from qqgw_proto.errors import GatewayClosed
from qqgw_proto.journal import Recorder, read_journal
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import SCENARIOS, Close, Fault, HalfFrame, MemoryShard, Say, Visit
from qqgw_trio.testing.server import ScriptedServer

pytestmark = pytest.mark.usefixtures("each_lane")

# No heartbeat falls due while a scenario lasts: how many there are is a matter of time.
SERVER = ServerConfig(heartbeat_interval=600.0, heartbeat_timeout=None)

SCRIPTS: Mapping[str, tuple[Visit, ...]] = {
    **SCENARIOS,
    "upgrade refused, 401": (Visit(refuse=401),),
    "upgrade refused, 403 and 401": (Visit(refuse=403), Visit(refuse=401, retry_after=0)),
}

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "embed"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of an authority; beside it lies that of a server."""
    authority, directory = trustme.CA(), tmp_path_factory.mktemp("tls")
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(directory / "server.pem"))
    return directory / "ca.pem"


@attrs.frozen
class Act:
    """What is to come before the next fault: so many sessions and events in all."""

    sessions: int
    events: int
    fault: Fault | None


def acts(visits: Sequence[Visit]) -> list[Act]:
    """What a script does, session by session; the last one ends with the client's own wish."""
    done: list[Act] = []
    sessions = events = 0
    for visit in (*visits, Visit()):
        if visit.refuse is not None or not visit.hello or visit.instead is not None:
            continue
        sessions, events = sessions + 1, events + visit.missed + visit.events
        done.append(Act(sessions, events, visit.fault))
        if visit.fault is None or isinstance(visit.fault, Say):
            return done
        events += isinstance(visit.fault, HalfFrame)
    raise AssertionError("the last visit has no fault")


def scripted(name: str) -> list[Visit]:
    """The visits of a scenario; faults strike by command."""
    return [attrs.evolve(visit, fault=None) for visit in SCRIPTS[name]]


def has_come_to(shard: MemoryShard, act: Act) -> bool:
    return shard.count(do.Ready) + shard.count(do.Resumed) == act.sessions and len(shard.events) == act.events


@cache
def in_memory(name: str) -> tuple[list[Line], list[str]]:
    """What the core does by itself: its journal, and what the gateway heard."""
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    shard = MemoryShard(*scripted(name), config=CONFIG, server=SERVER, seed=SEED, observer=recorder)
    recorder.begin(shard.client)
    shard.start()
    for act in acts(SCRIPTS[name]):
        shard.run_until(partial(has_come_to, shard, act))
        if act.fault is not None:
            shard.strike(act.fault)
    shard.stop()
    [recording] = read_journal(lines)
    return comparable(recording.entries), shard.gateway.heard


def asked(heard: Sequence[str]) -> list[str]:
    """What a client wanted; a host's WebSocket answers the gateway's own close frames before anybody reads op 7."""
    return [words for words in heard if words == "close 4000" or not words.startswith("close")]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_adapter_has_the_journal_of_the_core_alone(name: str, adapter: str) -> None:
    with ScriptedServer(*scripted(name), config=SERVER) as server, Running(adapter, server.url) as running:
        client = running.client
        for act in acts(SCRIPTS[name]):
            client.until_settled(act.sessions, act.events)
            if act.fault is not None:
                server.strike(act.fault)
        client.until(lambda: client.count(do.Violated) == sum(isinstance(visit.fault, Say) for visit in SCRIPTS[name]))
        running.stop()
        server.until(lambda: server.gateway.heard[-1:] == ["close 4000"])
    journal, heard = in_memory(name)
    assert comparable(client.journal()) == journal
    assert asked(server.gateway.heard) == asked(heard)
    assert server.gateway.violations == []


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_handshake_refused_for_its_token_has_it_renewed_once(adapter: str, status: int) -> None:
    refusing = ScriptedServer(Visit(refuse=status), Visit(refuse=status), config=SERVER)
    with refusing as server, Running(adapter, server.url) as running:
        running.client.until_settled(1, 0)
    assert running.client.renewals == [False, True, False]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_burst_through_tls_is_handled_in_its_order(adapter: str, monkeypatch: pytest.MonkeyPatch, ca: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca.with_name("server.pem"))
    # Far more than any adapter lets wait before it stops reading.
    burst = ScriptedServer(Visit(events=800), config=SERVER, ssl_context=context)
    with burst as server, Running(adapter, server.url) as running:
        running.client.until_settled(1, 800)
    assert running.client.texts == [f"event {number}" for number in range(1, 801)]
    assert running.client.count(do.Disconnected) == 1
    assert server.gateway.heard == ["IDENTIFY", "close 4000"]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_unreachable_gateway_is_tried_again(adapter: str) -> None:
    with ScriptedServer() as server:
        url = server.url
    with Running(adapter, url) as running:
        running.client.until(lambda: running.client.count(do.Retrying) >= 2)
    assert running.client.failure is None


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_fatal_close_ends_the_run_with_its_error(adapter: str) -> None:
    refusing = ScriptedServer(Visit(instead=Close(4914)), config=SERVER)
    with refusing as server, Running(adapter, server.url) as running, pytest.raises(GatewayClosed, match="4914"):
        running.client.until(lambda: False)


@pytest.mark.parametrize(
    ("name", "lines"), [("asyncio_streams", 150), ("blocking_threads", 150), ("websockets_client", 100)]
)
def test_an_adapter_is_short(name: str, lines: int) -> None:
    assert len((EXAMPLES / f"{name}.py").read_text("utf-8").splitlines()) <= lines
