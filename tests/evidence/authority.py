"""A time stamping authority of one's own: certificates and answers by OpenSSL, over HTTP on loopback."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = time stamping
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_config]
default_tsa = signing
[signing]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


def made_authority(folder: Path) -> Path:
    """Makes its keys and certificates; the root certificate to trust."""
    folder.mkdir()
    (folder / "tsa.conf").write_text(CONFIG, encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _openssl(
        folder, "req", "-x509", "-config", "tsa.conf", "-extensions", "ca", "-days", "30", *key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=root"
    )
    _openssl(folder, "req", "-config", "tsa.conf", *key, "-keyout", "tsa.key", "-out", "tsa.csr")
    signed_by = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"]
    _openssl(folder, "x509", "-req", "-in", "tsa.csr", *signed_by, "-days", "30", "-extfile", "tsa.conf", "-extensions", "tsa", "-out", "tsa.pem")
    return folder / "root.pem"


def answer(folder: Path, query: bytes) -> bytes:
    """What the authority answers to a query."""
    (folder / "query.tsq").write_bytes(query)
    _openssl(folder, "ts", "-reply", "-config", "tsa.conf", "-section", "signing", "-queryfile", "query.tsq", "-out", "reply.tsr")
    return (folder / "reply.tsr").read_bytes()


@contextmanager
def serving(folder: Path, status: int = 200) -> Iterator[str]:
    """The authority's address while it serves."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer(folder, query) if status == 200 else b"no")

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
