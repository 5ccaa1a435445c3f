"""What certificates are for, and files that are none."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest
import trustme

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.tls import TlsConfig


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An authority's certificate, one that it issued, its key, and a text."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    (tmp_path / "text.pem").write_text("no certificate")
    return tmp_path


def test_by_default_the_system_is_trusted_and_everything_checked() -> None:
    context = TlsConfig().context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_file_is_trusted_alone(folder: Path) -> None:
    context = TlsConfig(ca_file=folder / "ca.pem").context()
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize(("cert", "key"), [("cert.pem", "key.pem"), ("both.pem", None)])
def test_a_certificate_of_one_s_own_is_shown_where_it_is_asked_for(folder: Path, cert: str, key: str | None) -> None:
    own = TlsConfig(cert_file=folder / cert, key_file=None if key is None else folder / key)
    assert own.context().verify_mode is ssl.CERT_REQUIRED


def test_without_checks_there_are_none_and_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    context = TlsConfig(verify=False).context()
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname
    [record] = caplog.records
    assert record.levelname == "WARNING"


@pytest.mark.parametrize(
    ("ca", "cert", "key", "words"),
    [
        ("missing.pem", None, None, r"tls\.ca_file .*missing\.pem cannot be used: No such file or directory"),
        ("text.pem", None, None, r"tls\.ca_file .*text\.pem cannot be used: it holds no certificates in PEM form"),
        (None, "missing.pem", None, r"tls\.cert_file .*missing\.pem cannot be used: No such file or directory"),
        (None, "text.pem", None, r"tls\.cert_file .*text\.pem cannot be used: it holds no certificate and key"),
        (None, "cert.pem", "text.pem", r"tls\.cert_file .*cert\.pem cannot be used: it holds no certificate and key"),
        (None, None, "key.pem", r"tls\.key_file is set without tls\.cert_file"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    folder: Path, ca: str | None, cert: str | None, key: str | None, words: str
) -> None:
    ca_file, cert_file, key_file = (None if name is None else folder / name for name in (ca, cert, key))
    with pytest.raises(ConfigurationError, match=words):
        TlsConfig(ca_file=ca_file, cert_file=cert_file, key_file=key_file).context()


def test_an_encrypted_key_is_told_instead_of_asked_for(folder: Path) -> None:
    encrypt = ("openssl", "pkey", "-in", folder / "key.pem", "-aes256", "-passout", "pass:word", "-out")
    subprocess.run([*encrypt, folder / "locked.pem"], check=True, capture_output=True)
    own = TlsConfig(cert_file=folder / "cert.pem", key_file=folder / "locked.pem")
    with pytest.raises(ConfigurationError, match=r"tls\.key_file is encrypted"):
        own.context()
