"""What an auditor gets at the end: an export of everything, checked by `evidence verify` and by the check that shares no code with curbwatch."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from evidence.keyring import KnownKey
from evidence.verify import verify_path

CHECK = Path(__file__).parents[2] / "docs" / "check.mjs"
TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Exported:
    """What was found. `checkers`: who found nothing or something."""

    packets: int
    checkers: tuple[str, ...]
    faults: tuple[str, ...]


def exported(page: str, admin_token: str, keys: Sequence[KnownKey], there: Collection[str], folder: Path) -> Exported:
    """Takes an export as an auditor of all districts and has it checked.

    Args:
        there: ids of the packets that the API shows in its cases.
        folder: for the export and what is unpacked of it; empty.

    Raises:
        httpx.HTTPError: the API refuses, or does not answer.
    """
    archive = folder / "export.zip"
    with httpx.Client(base_url=page, timeout=TIMEOUT_SECONDS) as client:
        wanted = {"role": "auditor", "name": f"audit of {folder.name}", "days": 1, "districts": ["*"]}
        made = client.post("/tokens", json=wanted, headers={"Authorization": f"Bearer {admin_token}"}).raise_for_status().json()
        with client.stream("GET", "/export", params={"purpose": "audit"}, headers={"Authorization": f"Bearer {made['token']}"}) as answer:
            answer.raise_for_status()
            with archive.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
    report = verify_path(archive, keys)
    faults = [f"export: {path}: {fault}" for path, fault in report.all_faults()]
    with zipfile.ZipFile(archive) as held:
        told = {one["packet_id"] for one in json.loads(held.read("export.json"))["export"]["packets"]}
        held.extractall(folder / "export")
    faults += [f"export: packet {one} is in a case, and not in it" for one in sorted(set(there) - told)]
    checkers = ["evidence verify"]
    if CHECK.is_file() and shutil.which("node") is not None:
        checkers.append(CHECK.name)
        (folder / "city.pub").write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")
        command = ["node", str(CHECK), str(folder / "export"), str(folder / "city.pub")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
        if done.returncode != 0:
            faults += [f"export, {CHECK.name}: {line}" for line in (done.stdout or done.stderr).splitlines()[-20:]]
    return Exported(len(told), tuple(checkers), tuple(faults))
