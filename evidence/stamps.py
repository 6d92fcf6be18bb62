"""Trusted time stamps (RFC 3161) over manifests and heads: an authority outside of the city vouches that a document was there at a moment.

What is stamped is the SHA-256 of the document's canonical JSON, the hash by which chains and receipts know it. The answer lies beside it: `manifest.tsr` in a
packet, `heads/NAME.tsr` beside `heads/NAME.json`, `export.tsr` beside the statement of an export. A stamp on a head covers all that came before it in its
chain, so one a day is enough; one on a statement covers the packets that it names. Needs the extra `stamps`; without it stamps are told of and not checked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from cryptography import x509

from evidence.canonical import canonical_json
from evidence.errors import EvidenceError, KeyFileError

LARGEST_STAMP_BYTES = 256 * 2**10
MANIFEST_STAMP = "manifest.tsr"
DOCUMENTS = {"manifest.json": "manifest", "export.json": "export"}
"""Where in a file what is stamped stands; in every other it is a head."""


class StampError(EvidenceError):
    """A time stamp cannot be made, read or checked, or is not over this document."""


class StampsMissing(StampError):
    """The extra `stamps` is not installed."""


def stamp_name(path: str) -> str | None:
    """Where the stamp over a file's document lies; None where a file of such a name holds none."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.removesuffix('.json')}.tsr" if name.endswith(".json") and not name.startswith(".") else None


def stamp_request(document: Mapping[str, Any]) -> bytes:
    """The query (DER) that an authority is sent, with a nonce and asking for its certificate.

    Raises:
        StampError: the extra `stamps` is not installed.
    """
    client = _client()
    request = client.TimestampRequestBuilder().data(canonical_json(document)).hash_algorithm(client.HashAlgorithm.SHA256)
    made: bytes = request.cert_request(cert_request=True).nonce(nonce=True).build().as_bytes()
    return made


def stamped_at(answer: bytes, document: Mapping[str, Any], roots: Iterable[x509.Certificate]) -> datetime:
    """When an authority saw a document, if its answer (DER) is over that document and leads to one of the roots.

    Raises:
        StampError: it is not, or cannot be read.
    """
    client = _client()
    try:
        response = client.decode_timestamp_response(answer)
        verifier = client.VerifierBuilder(roots=list(roots)).build()
        verifier.verify_message(response, canonical_json(document))
        moment: datetime = response.tst_info.gen_time
    except (ValueError, client.VerificationError) as error:
        raise StampError(f"is no good time stamp of this document: {_reason(error)}") from None
    return moment


def checked_stamp(answer: bytes, document: Mapping[str, Any], roots: Sequence[x509.Certificate]) -> datetime | None:
    """`stamped_at` where there are roots to lead to; else None, if it is over the document, as far as the extra `stamps` is there to tell that.

    Raises:
        StampError: it is not, or cannot be read, or there are roots and not the extra.
    """
    if roots:
        return stamped_at(answer, document, roots)
    with suppress(StampsMissing):
        check_imprint(answer, document)
    return None


def check_imprint(answer: bytes, document: Mapping[str, Any]) -> None:
    """Checks that an answer (DER) is over a document, whoever gave it: what is no time stamp of it does not belong beside it.

    Raises:
        StampsMissing: the extra `stamps` is not installed.
        StampError: it is not, or cannot be read.
    """
    client = _client()
    try:
        imprint: bytes = client.decode_timestamp_response(answer).tst_info.message_imprint.message
    except ValueError as error:
        raise StampError(f"is no time stamp: {_reason(error)}") from None
    if imprint not in (digest(canonical_json(document)).digest() for digest in (hashlib.sha256, hashlib.sha384, hashlib.sha512)):
        raise StampError("is no time stamp of this document, but of another one")


def read_roots(data: bytes, where: str) -> list[x509.Certificate]:
    """The certificates (PEM) of authorities that are trusted.

    Raises:
        KeyFileError: there is none in it.
    """
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise KeyFileError(f"{where}: holds no certificate in PEM form; give the root certificate of the time stamping authority") from None


def _reason(error: Exception) -> str:
    """What a library says of a time stamp, in a sentence: it tells OpenSSL's stack of errors, or its own names of ASN.1."""
    said = " ".join(str(error).split())
    if found := re.search(r"Verify error: ?([^\"]+)", said):
        if re.search(r"issuer|self-?.?signed", found[1]):
            return f"its authority is none of those that are trusted ({found[1].strip()}); give that authority's root certificate with --tsa"
        return f"its authority's certificate does not hold ({found[1].strip()})"
    known = {
        "signature failure": "its authority's signature does not fit it",
        "Mismatch between messages": "it is over another document",
        "ASN.1": "it is cut off, or no answer of a time stamping authority",
        "PKIStatus": "the authority refused to make it",
    }
    return next((told for word, told in known.items() if word in said), said.partition(": ErrorStack")[0] or "it cannot be checked")


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise StampsMissing("time stamps need the extra `stamps`: pip install 'curbwatch[stamps]'") from None
    return rfc3161_client
