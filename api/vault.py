"""Logins of cameras, sealed: AES-256-GCM under a key from the environment, so that neither the database nor a backup of it opens a camera.

`CURBWATCH_SECRETS_KEY` holds base64 of 32 random bytes; several, parted by commas, while a key is changed: the first seals, all of them open. What
was sealed for one camera does not open for another (its id is authenticated beside it).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import Conflict, StartError

VARIABLE = "CURBWATCH_SECRETS_KEY"
NONCE_BYTES = 12
MAKE_ONE = 'python3 -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'


@dataclass(frozen=True)
class Vault:
    """Seals and opens; without a key it does neither."""

    _keys: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The vault of an environment.

        Raises:
            StartError: the variable holds no keys; they are not repeated.
        """
        texts = [text.strip() for text in environment.get(VARIABLE, "").split(",") if text.strip()]
        try:
            keys = tuple(base64.b64decode(text, validate=True) for text in texts)
        except (binascii.Error, ValueError):
            keys = (b"",)
        if any(len(key) != 32 for key in keys):
            raise StartError(f"{VARIABLE}: holds no key; one is base64 of 32 random bytes: {MAKE_ONE}")
        return cls(keys)

    def seal(self, text: str, bound_to: str) -> str:
        """The sealed text.

        Raises:
            Conflict: the API was started without a key.
        """
        if not self._keys:
            raise Conflict(f"logins of cameras are kept sealed only: start the API with {VARIABLE}", f"服务器未设置 {VARIABLE}，不能保存摄像机密码")
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._keys[0]).encrypt(nonce, text.encode(), bound_to.encode())
        return f"{_id_of(self._keys[0])}:{base64.b64encode(nonce + sealed).decode('ascii')}"

    def open(self, sealed: str, bound_to: str) -> str:
        """The text.

        Raises:
            Conflict: it was sealed under another key, for another camera, or was changed.
        """
        key_id, _, data = sealed.partition(":")
        raw = base64.b64decode(data)
        for key in self._keys:
            if _id_of(key) == key_id:
                try:
                    return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()).decode()
                except InvalidTag:
                    break
        raise Conflict(f"the login of {bound_to} cannot be opened: start the API with the {VARIABLE} it was sealed under", "无法解密摄像机密码")


def _id_of(key: bytes) -> str:
    """Which key it is, without telling it."""
    return hashlib.sha256(b"curbwatch.vault/1" + key).hexdigest()[:8]
