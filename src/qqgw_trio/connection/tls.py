"""TLS for everything that a bot connects to, REST and gateway alike: whose certificates are trusted, and its own.

Without any setting the system's certificates are trusted, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name in the
environment. One context serves all connections: to read the system's certificates takes tens of milliseconds and half
a megabyte each time.
"""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import cast

import attrs

from qqgw_proto.config_rules import checked
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.settings.setting_checks import FILE, as_path

__all__ = ["TlsConfig"]

logger = logging.getLogger(__name__)


def _file(value: Path | str | None) -> Path | None:
    return cast("Path | None", as_path(value))


@attrs.frozen(field_transformer=checked)
class TlsConfig:
    """What certificates are for.

    Attributes:
        ca_file: Certificates that are trusted in place of the system's, PEM.
        cert_file: The bot's own certificate, for a proxy or a gateway that asks for one, PEM.
        key_file: Its key; None = in `cert_file`.
        verify: Whether the other side's certificate is checked. Without it anybody on the way can take the token: a
            warning in the log says so.

    Raises:
        ConfigurationError: A value cannot work.
    """

    ca_file: Path | None = attrs.field(default=None, converter=_file, validator=FILE)
    cert_file: Path | None = attrs.field(default=None, converter=_file, validator=FILE)
    key_file: Path | None = attrs.field(default=None, converter=_file, validator=FILE)
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """The ssl context that connections are made with.

        Raises:
            ConfigurationError: A file cannot be read, or is none of that kind, or there is a key without certificate.
        """
        if self.key_file is not None and self.cert_file is None:
            raise ConfigurationError("tls.key_file is set without tls.cert_file", remedy="name the certificate as well")
        made = self._trusting()
        if self.cert_file is not None:
            try:
                made.load_cert_chain(self.cert_file, self.key_file, password=_no_password)
            except OSError as error:
                raise _unusable("cert_file", self.cert_file, error) from error
        if not self.verify:
            logger.warning("certificates are not checked (tls.verify = false): anybody on the way can take the token")
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        return made

    def _trusting(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise _unusable("ca_file", self.ca_file, error) from error


def _no_password() -> str:
    """In place of OpenSSL's question at the terminal."""
    raise ConfigurationError("tls.key_file is encrypted", remedy="decrypt it: openssl pkey -in KEY -out PLAIN_KEY")


def _unusable(setting: str, path: Path | None, error: OSError) -> ConfigurationError:
    # An SSLError is an OSError whose number is none of the system's.
    why = "it holds no certificate and key in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
    if setting == "ca_file" and isinstance(error, ssl.SSLError):
        why = "it holds no certificates in PEM form"
    return ConfigurationError(f"tls.{setting} {path} cannot be used: {why}")
