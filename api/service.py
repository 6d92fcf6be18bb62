"""The case API without HTTP: its parts opened in order, and what its routes have in common."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from api import cases, decisions, log, packets, registry, search, tokens
from api.blobs import BlobStore
from api.database import Database
from api.errors import NotFound, StartError
from api.events import EventHub, News
from api.export import archive
from api.moments import utc_now
from api.roles import Caller, Role
from api.settings import Settings
from api.shapes import CaseSummary, Keys, KeyShown
from api.states import Decision
from api.vault import Vault
from api.watching import Watching
from evidence.errors import EvidenceError
from evidence.kinds import Catalogue, load_catalogue
from evidence.packet import SignedManifest
from evidence.signing import SigningKey

log_ = logging.getLogger(__name__)
READ_ONCE = timedelta(minutes=10)
"""A person who looks at the same file again within this time has read it once: a player asks for a clip in dozens of ranges."""


@dataclass(frozen=True)
class Api:
    """The parts of one case API. Made by `opened`."""

    settings: Settings
    database: Database
    blobs: BlobStore
    key: SigningKey
    catalogue: Catalogue
    first_tokens: dict[Role, str] = field(repr=False)
    clock: Callable[[], datetime] = utc_now
    hub: EventHub = field(default_factory=EventHub)
    watching: Watching = field(default_factory=Watching)
    vault: Vault = field(default_factory=Vault.of)
    _read: dict[tuple[str, str, str], datetime] = field(default_factory=dict, repr=False)
    _read_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def receive(self, signed: SignedManifest) -> packets.Received:
        """Takes a packet in: once, whatever comes how often and at the same time.

        Raises:
            Refusal: as `api.packets`.
        """
        with self.database.read() as connection:
            checked = packets.check(connection, signed)
            before = packets.known(connection, checked)
        if before is not None:
            return before
        packets.check_files(self.blobs, checked.manifest.files)
        with self.database.write() as connection:
            received = packets.store(connection, checked, self.key, self.clock())
            if received.is_new:
                search.refresh(connection, received.case_id)
                summary = cases.summary(connection, received.case_id)
                self._tell("case.created" if received.is_new_case else "case.updated", summary, received.receipt.log_index)
        return received

    def decide(self, case_id: str, decision: Decision, by: Caller) -> CaseSummary:
        """Makes a person's decision.

        Raises:
            Refusal: as `api.decisions`.
        """
        with self.database.write() as connection:
            summary, log_index = decisions.decide(connection, self.catalogue, case_id, decision, by.name, self.clock())
            if log_index is not None:
                search.refresh(connection, case_id)
                self._tell("case.updated", summary, log_index)
        return summary

    def file_for(self, case_id: str, sha256: str, reader: Caller) -> tuple[cases.NamedFile, int]:
        """An evidence file and its size, once its reading stands in the log.

        Raises:
            NotFound: no packet of the case names it.
        """
        with self.database.read() as connection:
            named = cases.file_of(connection, case_id, sha256)
        size = self.blobs.size(sha256)
        if size is None:
            log_.error("%s: the evidence file %s is missing, though a packet of case %s names it", self.blobs.shown, sha256, case_id)
            raise NotFound("the file is missing in the store of the case API; restore it from a backup", "服务器上缺少该文件，请从备份恢复")
        self._note_reading(reader, case_id, named)
        return named, size

    def keys(self) -> Keys:
        """The public keys with which packets and receipts are verified."""
        own = KeyShown(name="api", key_id=self.key.key_id, public_key=self.key.public_key.to_base64())
        with self.database.read() as connection:
            return Keys(api=own, workers=registry.worker_keys(connection))

    def export(self, case_id: str, reader: Caller) -> Iterator[bytes]:
        """A case as a zip archive, once its export stands in the log.

        Raises:
            NotFound: there is no such case.
        """
        with self.database.read() as connection:
            detail = cases.detail(connection, case_id)
        with self.database.write() as connection:
            packet_ids = [packet.packet_id for packet in detail.packets]
            log.append(connection, log.LogEvent.EXPORT, self.clock(), reader.name, {"packets": packet_ids}, case_id)
        return archive(detail, self.keys(), self.blobs)

    def _note_reading(self, reader: Caller, case_id: str, named: cases.NamedFile) -> None:
        now = self.clock()
        one = (reader.name, case_id, named.sha256)
        with self._read_lock:
            last = self._read.get(one)
            if last is not None and now - last < READ_ONCE:
                return
            if len(self._read) > 50_000:
                self._read.clear()
        with self.database.write() as connection:
            log.append(connection, log.LogEvent.EVIDENCE_READ, now, reader.name, {"sha256": named.sha256, "name": named.name}, case_id)
        with self._read_lock:
            self._read[one] = now

    def _tell(self, name: str, summary: CaseSummary, log_index: int) -> None:
        news = News(name, summary.model_dump_json(), log_index)
        self.database.then(lambda: self.hub.publish(news))


@contextmanager
def opened(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Iterator[Api]:
    """Opens the data folder, database, files, keys and tokens; closes them in order.

    Raises:
        StartError: one of them cannot be used; in one line.
    """
    with _alone(settings.data_dir):
        database = Database(settings.database)
        blobs = settings.blobs()
        blobs.open()
        try:
            key = SigningKey.load_or_create(settings.key_file)
            catalogue = load_catalogue()
        except EvidenceError as error:
            raise StartError(str(error)) from None
        database.open()
        try:
            with database.write() as connection:
                first = tokens.read_token_files(connection, settings.tokens_dir, clock())
            api = Api(settings, database, blobs, key, catalogue, first, clock)
            try:
                yield api
            finally:
                api.hub.close()
        finally:
            database.close()


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for this process; the kernel lets go of it however the process ends."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        descriptor = os.open(data_dir / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"{data_dir}: the data folder cannot be written ({error.strerror}); name another --data-dir") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartError(f"{data_dir}: another `curbwatch serve` uses this data folder; stop it, or name another --data-dir") from None
        yield
    finally:
        os.close(descriptor)
