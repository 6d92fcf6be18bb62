"""The packet schema for others: JSON Schema (2020-12) of the manifest, and of the manifest with its signature."""

from __future__ import annotations

from typing import Any

from evidence.model import Strict
from evidence.packet import SCHEMA, Manifest, Signature

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class SignedPacket(Strict):
    """A manifest and the signature over the SHA-256 of its canonical JSON (RFC 8785)."""

    manifest: Manifest
    signature: Signature


def manifest_schema(*, signed: bool = False) -> dict[str, Any]:
    """JSON Schema of a manifest, or of what `manifest.json` holds and is posted.

    It cannot say all: that a copy leads back to an original, that names are there once, that polygons do not cross themselves and that no number is
    beyond a double's whole ones is checked by `verify` and by the case API.
    """
    model: type[Strict] = SignedPacket if signed else Manifest
    return {"$schema": DIALECT, "$id": f"urn:{SCHEMA.replace('/', ':')}{':signed' if signed else ''}", **model.model_json_schema(by_alias=True)}
