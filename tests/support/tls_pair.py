"""A server's and a client's TLS context that trust each other on 127.0.0.1, and on nothing else."""

from __future__ import annotations

import ssl

import trustme


def tls_pair() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server first."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(server)  # pyright: ignore[reportUnknownMemberType]
    authority.configure_trust(client)  # pyright: ignore[reportUnknownMemberType]
    return server, client
