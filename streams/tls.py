"""TLS to cameras: they sign their own certificates and speak old versions, so by default it encrypts and proves nobody.

An eavesdropper on the wire sees nothing then; somebody who sits in between is not noticed. `tls_verify` asks for a certificate that this machine trusts.
"""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from streams.errors import CertificateRefused, RtspError, TlsRefused
from streams.rtsp.messages import shown

OLD_CIPHERS = "DEFAULT:@SECLEVEL=0"
"""Cameras have keys of 1,024 bits and sign with SHA-1; where nobody is proved, refusing them would only mean plain text."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a camera's certificate says: for whom, by whom, until when (ISO 8601, UTC)."""

    subject: str
    issuer: str
    expires: str

    @property
    def own(self) -> bool:
        """Whether the camera signed it itself."""
        return self.subject == self.issuer


def client_context(verify: bool) -> ssl.SSLContext:
    """The settings for one connection or many."""
    if verify:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(OLD_CIPHERS)
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def read_certificate(tls: ssl.SSLObject | ssl.SSLSocket | None) -> Certificate | None:
    """The certificate of the other end; None where there is none, or none that can be read."""
    raw = None if tls is None else tls.getpeercert(binary_form=True)
    if not raw:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # odd serial numbers, which cameras have
            found = x509.load_der_x509_certificate(raw)
            return Certificate(
                shown(found.subject.rfc4514_string(), 200), shown(found.issuer.rfc4514_string(), 200), found.not_valid_after_utc.isoformat(timespec="seconds")
            )
    except (ValueError, TypeError):
        return None


def tls_error(error: ssl.SSLError, host: str, port: int) -> RtspError:
    """What a failed handshake means, in a line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or "it is not trusted"
        return CertificateRefused(f"the certificate of {host}:{port} cannot be trusted ({why}); trust its issuer on this machine, or switch tls_verify off")
    if error.reason in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return TlsRefused(f"{host}:{port} does not speak TLS; use rtsp:// or the port of its rtsps")
    reason = (error.reason or type(error).__name__).lower().replace("_", " ")
    return TlsRefused(f"no encrypted connection to {host}:{port} ({reason})")
