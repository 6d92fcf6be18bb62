"""A case API in a process of its own on loopback, which can be killed and started again on its port and folder, and a worker that delivers to it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.errors import BenchmarkError
from evidence.signing import SigningKey

TIMEOUT_SECONDS = 30.0


@dataclass
class House:
    """`curbwatch serve` on a folder.

    Attributes:
        port: 0 until the first start, then the same for good.
        login: the reviewer's login link.
        key: the worker's, by which `deliver` signs.
    """

    data_dir: Path
    port: int = 0
    address: str = ""
    login: str = ""
    key: SigningKey = field(default_factory=SigningKey.generate)
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts the server; returns once it listens.

        Raises:
            BenchmarkError: it ended, or said nothing that can be read.
        """
        command = [sys.executable, "-m", "curbwatch", "serve", "--port", str(self.port), "--data-dir", str(self.data_dir), "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            told = json.loads(line)
        except ValueError:
            raise BenchmarkError(f"curbwatch serve did not start on {self.data_dir}: {line.strip() or 'it ended'}") from None
        self.address, self.login = told["address"], told["login"]
        self.port = httpx.URL(self.address).port or 0

    def kill(self) -> None:
        """Ends the server at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def token(self, role: str) -> str:
        """A role's first token."""
        return (self.data_dir / "tokens" / f"{role}.token").read_text("utf-8").strip()

    def ask(self, method: str, path: str, role: str = "reviewer", **options: Any) -> httpx.Response:
        """One request as somebody of the role.

        Raises:
            httpx.HTTPStatusError: the answer refuses.
        """
        headers = {"Authorization": f"Bearer {self.token(role)}", **options.pop("headers", {})}
        answer = httpx.request(method, f"{self.address}{path}", headers=headers, timeout=TIMEOUT_SECONDS, **options)
        answer.raise_for_status()
        return answer

    def deliver(self, manifest: dict[str, Any], files: Iterable[bytes]) -> str:
        """Posts a manifest, signed by the worker, with its files; the case's id."""
        self.ask("PUT", f"/workers/{manifest['worker']['name']}/key", "worker", json={"public_key": self.key.public_key.to_base64()})
        for data in files:
            self.ask("PUT", f"/blobs/{hashlib.sha256(data).hexdigest()}", "worker", content=data)
        signed = {"manifest": manifest, "signature": self.key.sign(manifest).model_dump(mode="json")}
        case_id: str = self.ask("POST", "/packets", "worker", json=signed).json()["case_id"]
        return case_id

    def case(self, case_id: str) -> dict[str, Any]:
        """A case with everything, as a reviewer reads it."""
        case: dict[str, Any] = self.ask("GET", f"/cases/{case_id}").json()
        return case
