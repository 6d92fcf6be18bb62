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
from evidence.canonical import manifest_sha256
from evidence.signing import SigningKey

TIMEOUT_SECONDS = 30.0


@dataclass
class House:
    """`curbwatch serve` on a folder.

    Attributes:
        port: 0 until the first start, then the same for good.
        login: the reviewer's login link.
        double_review: share of the cases that a second person decides too.
        key: the worker's, by which `deliver` signs.
    """

    data_dir: Path
    double_review: float = 0.05
    port: int = 0
    address: str = ""
    login: str = ""
    key: SigningKey = field(default_factory=SigningKey.generate)
    _process: subprocess.Popen[str] | None = None
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT_SECONDS))
    _there: set[str] = field(default_factory=set)
    """Keys bound and files sent."""
    _chains: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    """By worker, how many manifests were signed and the hash of the last."""

    def start(self) -> None:
        """Starts the server; returns once it listens.

        Raises:
            BenchmarkError: it ended, or said nothing that can be read.
        """
        command = [sys.executable, "-m", "curbwatch", "serve", "--port", str(self.port), "--data-dir", str(self.data_dir), "--json"]
        command += ["--double-review", str(self.double_review)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            told = json.loads(line)
        except ValueError:
            raise BenchmarkError(f"curbwatch serve did not start on {self.data_dir}: {line.strip() or 'it ended'}") from None
        self.address, self.login = told["address"], told["login"]
        self.port = httpx.URL(self.address).port or 0

    @property
    def is_up(self) -> bool:
        """Whether the server runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Ends the server at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def close(self) -> None:
        """Ends the server and the connections to it."""
        self.kill()
        self._client.close()

    def link_of(self, name: str, role: str = "reviewer") -> str:
        """Makes a token for one more person; their login link."""
        told = {"role": role, "name": name, "days": 1, "districts": ["*"]}
        token = self.ask("POST", "/tokens", "admin", json=told).json()["token"]
        return f"{self.address}/login?token={token}"

    def token(self, role: str) -> str:
        """A role's first token."""
        return (self.data_dir / "tokens" / f"{role}.token").read_text("utf-8").strip()

    def ask(self, method: str, path: str, role: str = "reviewer", **options: Any) -> httpx.Response:
        """One request as somebody of the role.

        Raises:
            BenchmarkError: the answer refuses; with its words.
        """
        headers = {"Authorization": f"Bearer {self.token(role)}", **options.pop("headers", {})}
        answer = self._client.request(method, f"{self.address}{path}", headers=headers, **options)
        if not answer.is_success:
            raise BenchmarkError(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
        return answer

    def deliver(self, manifest: dict[str, Any], files: Iterable[bytes]) -> str:
        """Posts a manifest, at its place in the worker's chain and signed, with its files; the case's id. Files that were sent before are not sent again."""
        worker = manifest["worker"]["name"]
        if worker not in self._there:
            self.ask("PUT", f"/workers/{worker}/key", "worker", json={"public_key": self.key.public_key.to_base64()})
            self._there.add(worker)
        for data in files:
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 not in self._there:
                self.ask("PUT", f"/blobs/{sha256}", "worker", content=data)
                self._there.add(sha256)
        length, last = self._chains.get(worker, (0, None))
        manifest = {**manifest, "chain": {"sequence": length + 1, "previous_sha256": last}}
        self._chains[worker] = (length + 1, manifest_sha256(manifest))
        signed = {"manifest": manifest, "signature": self.key.sign(manifest).model_dump(mode="json")}
        case_id: str = self.ask("POST", "/packets", "worker", json=signed).json()["case_id"]
        return case_id

    def case(self, case_id: str) -> dict[str, Any]:
        """A case with everything, as a reviewer reads it."""
        case: dict[str, Any] = self.ask("GET", f"/cases/{case_id}").json()
        return case
