"""Idle shards in one process, plain and TLS: memory of each, CPU time of a heartbeat and its ACK."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trustme

from benchmarks.clients import Client, clients, gateway
from benchmarks.measuring import Scale, headline, say

__all__ = ["run"]

COUNTS = (100, 1_000)


def _certificates(folder: Path) -> tuple[str, str]:
    """Files of the gateway's certificate with its key, and of the authority to trust."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "gateway.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return str(folder / "gateway.pem"), str(folder / "authority.pem")


def _row(kind: str, count: int, interval: int, arguments: tuple[str, str] | None) -> None:
    theirs, ours = ((arguments[0],), (arguments[1],)) if arguments else ((), ())
    scheme = "wss" if arguments else "ws"
    client = Client("idle", ("benchmarks.idle_shards", *ours), ours=True)
    # A process for each row: what one row has freed would hide what the next one takes.
    with gateway(*theirs) as port, clients([client]) as processes:
        found = processes["idle"].ask(f"{scheme}://127.0.0.1:{port}/idle/{interval} {count}")
    say(
        f"| {count:>5,} {kind:<5} | {found['KiB']:7.1f} | {found['connect']:8.0f} | {found['us']:8.0f} "
        f"| {found['percent']:8.2f} |"
    )


def run(scale: Scale) -> None:
    """Heartbeats come far more often than the one in 40 seconds that a real gateway asks for."""
    interval = scale.of(2_000, 1_000)
    headline(f"Idle shards in one process, a heartbeat every {interval} ms")
    say("| shards      | KiB/sh. | us/conn. | us/beat  | CPU %    |")
    say("|-------------|--------:|---------:|---------:|---------:|")
    with tempfile.TemporaryDirectory() as folder:
        certificates = _certificates(Path(folder))
        for count in COUNTS[:1] if scale.quick else COUNTS:
            _row("plain", count, interval, None)
            _row("TLS", count, interval, certificates)
