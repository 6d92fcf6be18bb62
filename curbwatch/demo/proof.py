"""Checks every packet of every case as a stranger would: fetched over the API, against the public keys of worker and API."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from curbwatch.demo.desk import Desk
from curbwatch.demo.house import House
from evidence.keyring import KnownKey
from evidence.signing import SigningKey
from evidence.verify import verify_path
from streams.unreached import why_unreached


def check_packets(desk: Desk, details: Sequence[Mapping[str, Any]], house: House) -> tuple[int, tuple[str, ...]]:
    """How many packets the cases have, and a line for each fault."""
    faults: list[str] = []
    count = 0
    with tempfile.TemporaryDirectory(prefix="curbwatch-proof-") as folder:
        for detail in details:
            try:
                count += len(desk.save_packets(detail, Path(folder)))
            except httpx.HTTPError as error:
                faults.append(f"UNPROVEN case {detail['number']}: its files cannot be fetched ({why_unreached(error)})")
        if count:
            keys = (KnownKey(SigningKey.load(house.worker_key).public_key, "worker"), KnownKey(SigningKey.load(house.api_key).public_key, "api"))
            report = verify_path(Path(folder), keys)
            faults += [f"UNPROVEN packet {path}: {fault}" for path, fault in report.all_faults()]
    return count, tuple(faults)
