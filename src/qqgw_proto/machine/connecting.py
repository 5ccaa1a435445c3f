"""Actions that lead to a session: permit, access, dial, handshake, IDENTIFY or RESUME, READY or RESUMED."""

from __future__ import annotations

from msgspec.structs import replace

from qqgw_proto.errors import ProtocolViolation
from qqgw_proto.machine.arrivals import Hello, ReadyReceived, ResumedReceived
from qqgw_proto.machine.effects import (
    Connected,
    Delayed,
    Dial,
    Gap,
    Out,
    Ready,
    RequestAccess,
    RequestPermit,
    Resumed,
    ReturnPermit,
    SendIdentify,
    SendResume,
    SendUpgrade,
    Violated,
)
from qqgw_proto.machine.heartbeat import DEFAULT_INTERVAL, Heartbeat, interval_of_hello
from qqgw_proto.machine.inputs import AccessGranted, Input, Opened, PermitDelayed, PermitGranted, Start
from qqgw_proto.machine.life import Access, Connection, Life, Renewal
from qqgw_proto.machine.session import Session
from qqgw_proto.wire.url import GatewayUrl

__all__ = [
    "adopt_session",
    "adopt_snapshot",
    "announce_connection",
    "announce_loss",
    "confirm_session",
    "dial",
    "extend_patience",
    "hold_permit",
    "request_access",
    "request_permit",
    "send_identify",
    "send_resume",
    "send_upgrade",
    "start_heartbeat",
]


def adopt_snapshot(life: Life, given: Start, _out: Out) -> None:
    """Takes up the session that was saved."""
    if given.session is None:
        raise AssertionError("the guard starts_with_session stands before this action")
    life.session = Session.of_snapshot(given.session, life.next_epoch(), life.now)


def announce_loss(life: Life, given: Start, out: Out) -> None:
    """Announces what the previous process lost, one `Gap` for each break: open events of ended sessions, a session."""
    if given.session is None:
        raise AssertionError("the guard starts_with_loss stands before this action")
    if given.session.orphans:
        out.append(Gap("crash", None, None))
    if given.session.lost:
        out.append(Gap("session", given.session.seq + 1, None))
    life.save_due = life.now + life.config.save_interval  # A second restart must not announce it again.


def request_permit(life: Life, _given: Input, out: Out) -> None:
    """Asks the identify gate."""
    out.append(RequestPermit(life.ask_permit()))


def hold_permit(life: Life, given: PermitGranted, _out: Out) -> None:
    """Keeps the permit until the IDENTIFY is sent or the attempt fails."""
    life.permit = given.request


def extend_patience(life: Life, given: PermitDelayed, out: Out) -> None:
    """The gate has named a time: its silence until then is no failure."""
    life.state_due = max(life.now, given.until) + life.config.deadlines.permit
    out.append(Delayed(given.until))


def request_access(life: Life, _given: Input, out: Out) -> None:
    """Asks for URL and token: "each RESUME/IDENTIFY must present the token current at that moment" (1.4)."""
    life.request = life.next_number()
    out.append(RequestAccess(life.request, renew=life.recovery.renewal is Renewal.ASKED))


def dial(life: Life, given: AccessGranted, out: Out) -> None:
    """Begins a connection: all that belongs to it begins here."""
    url = GatewayUrl.parse(given.url)
    number = life.next_number()
    renewal = life.recovery.renewal
    if renewal is Renewal.ASKED:
        renewal = Renewal.GRANTED if given.fresh else Renewal.REPEATED
    life.request = None
    life.access = Access(url, given.token)
    life.connection = Connection(number)
    life.recovery = replace(life.recovery, renewal=renewal, dialed_at=life.now)
    out.append(Dial(number, url))


def send_upgrade(life: Life, given: Opened, out: Out) -> None:
    """Begins the WebSocket handshake."""
    out.append(SendUpgrade(given.connection, _access(life).url))


def announce_connection(life: Life, _given: Input, out: Out) -> None:
    """Announces that the WebSocket stands."""
    life.connection = replace(life.link(), announced=True)
    out.append(Connected(life.connection.number))


def start_heartbeat(life: Life, given: Hello, out: Out) -> None:
    """Beats from HELLO on, through a replay too (`protocol.md` 3.2: "Start it at HELLO")."""
    interval = interval_of_hello(given.interval)
    if interval is None:
        interval = DEFAULT_INTERVAL
        out.append(Violated(ProtocolViolation("HELLO named no usable heartbeat interval: 45 s is used")))
    heartbeat = Heartbeat.begin(life.config.heartbeat, interval, life.now, life.chance())
    life.connection = replace(life.link(), heartbeat=heartbeat)


def send_identify(life: Life, _given: Input, out: Out) -> None:
    """Begins a new session in the step that HELLO came in; the permit is spent with it."""
    config = life.config
    token = config.token_prefix + _access(life).token
    shard = (config.shard.shard_id, config.shard.shard_count)
    out.append(SendIdentify(life.link().number, token, config.intents, shard, config.properties))
    if life.permit is None:
        raise AssertionError("a shard identifies only by way of PERMITTING, which leaves it a permit")
    out.append(ReturnPermit(life.permit, life.now))
    life.permit = None


def send_resume(life: Life, _given: Input, out: Out) -> None:
    """Asks for everything above *received*: what came before is still in this process."""
    session = life.session
    if session is None or session.session_id is None:
        raise AssertionError("the guard has_session stands before this action")
    life.session = session.resumed_again()
    link = life.link()
    life.connection = replace(link, replay_until=life.now + life.config.deadlines.replay)
    token = life.config.token_prefix + _access(life).token
    out.append(SendResume(link.number, token, session.session_id, session.received))


def adopt_session(life: Life, given: ReadyReceived, out: Out) -> None:
    """READY names the new session. Its `shard` is not believed: the docs' own sample says [0, 0] (2.3)."""
    session = Session(given.session_id, life.next_epoch(), failures=life.recovery.failures, began=life.now)
    life.session = session.witness(given.event.s)
    _prosper(life)
    out.append(Ready(given.event, given.session_id))


def confirm_session(life: Life, given: ResumedReceived, out: Out) -> None:
    """RESUMED ends the replay (EE:263). Its own `s` stands in the session's count."""
    session, seq = life.session, given.event.s
    if session is None:
        raise AssertionError("RESUMING is entered with a session only")
    hole = None if seq is None else session.hole_before(seq)
    if hole is not None:
        out.append(Gap("hole", *hole))
    life.session = session.confirmed(seq)
    _prosper(life)
    out.append(Resumed(given.event))


def _prosper(life: Life) -> None:
    """READY or RESUMED came: refusals and token renewals are counted from zero again."""
    life.connection = replace(life.link(), ready_at=life.now)
    life.recovery = replace(life.recovery, refusals=0, renewal=Renewal.NONE)


def _access(life: Life) -> Access:
    if life.access is None:
        raise AssertionError(f"{life.state.name} is entered with URL and token only")
    return life.access
