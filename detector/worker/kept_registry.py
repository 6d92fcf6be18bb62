"""What the registry last gave a worker, kept on its disk, so that it can begin while the registry is away.

Logins of cameras are in it, so all of it is sealed (AES-256-GCM) under a key that is derived from the token of the worker's enrolment (HKDF-SHA256, RFC
5869): whoever has the token could ask the registry itself, and whoever has this file alone, by a backup or a bundle for support, opens no camera. Another
registry's, another worker's or another token's file does not open.
"""

from __future__ import annotations

import base64
import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from detector.worker.files import put_private
from evidence.folders import sync

log = logging.getLogger(__name__)

NAME = "registry.sealed"
SCHEMA = "curbwatch.kept-registry/1"
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class KeptRegistry:
    """One worker's file in its data folder."""

    folder: Path
    registry: str
    worker: str
    token: str = field(repr=False)

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / NAME

    def write(self, body: Any, heard_at: datetime) -> None:
        """Keeps what the registry gave, in place of what it gave before.

        Raises:
            DiskFault: the disk does not take it; what was kept before stays.
        """
        nonce, at = os.urandom(NONCE_BYTES), heard_at.isoformat()
        sealed = self._cipher().encrypt(nonce, json.dumps(body, ensure_ascii=False).encode(), self._bound_to(at))
        told = {"schema": SCHEMA, "registry": self.registry, "worker": self.worker, "heard_at": at}
        put_private(self.path, json.dumps({**told, "sealed": base64.b64encode(nonce + sealed).decode("ascii")}, ensure_ascii=False) + "\n")

    def read(self) -> tuple[Any, datetime] | None:
        """What was kept and when it was heard; None where nothing was, or what cannot be opened (which is told)."""
        try:
            told = json.loads(self.path.read_bytes())
            raw, at = base64.b64decode(told["sealed"], validate=True), str(told["heard_at"])
            body = json.loads(self._cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._bound_to(at)))
            return body, datetime.fromisoformat(at)
        except FileNotFoundError:
            return None
        except InvalidTag:
            why = "it is of another registry, worker or token, or was changed"
        except OSError as error:
            why = error.strerror or type(error).__name__
        except (ValueError, KeyError, TypeError):
            why = "it is damaged"
        log.warning("%s: cannot be used (%s); the worker waits for the registry instead", self.path, why)
        return None

    def forget(self) -> None:
        """Removes the file."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            sync(self.folder)

    def _cipher(self) -> AESGCM:
        return AESGCM(HKDF(SHA256(), 32, None, SCHEMA.encode()).derive(self.token.encode()))

    def _bound_to(self, heard_at: str) -> bytes:
        return json.dumps([SCHEMA, self.registry, self.worker, heard_at]).encode()
