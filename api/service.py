"""The case API without HTTP: its parts opened in order, and what its routes have in common."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row

from api import (
    belonging,
    cases,
    contents,
    decisions,
    double_review,
    erasing,
    heads_kept,
    housekeeping,
    log,
    log_signing,
    packets,
    periods,
    registry,
    search,
    summaries,
    tokens,
    training,
    worker_reach,
)
from api.archive import zipped
from api.awaited import Awaited
from api.blobs import BlobStore
from api.database import Database
from api.errors import NotAllowed, NotFound, StartError, Unavailable, Unusable
from api.events import EventHub, News
from api.export import Export, Selection
from api.exporting import Exports
from api.moments import iso, utc_now
from api.reading import Readings
from api.roles import Caller, Right, Role
from api.settings import Settings
from api.shapes import CaseDetail, CaseSummary, Keys, KeyShown
from api.states import Decision
from api.timekeeping import Timekeeper, steady_seconds
from api.training import Choice, TrainingSet
from api.vault import Vault
from api.watching import Watching
from api.whole import Wholeness
from evidence.errors import EvidenceError
from evidence.folders import make_folder, sync
from evidence.kinds import Catalogue, load_catalogue
from evidence.packet import SignedManifest
from evidence.signing import SigningKey

log_ = logging.getLogger(__name__)


@dataclass(frozen=True)
class Api:
    """The parts of one case API. Made by `opened`."""

    settings: Settings
    database: Database
    blobs: BlobStore
    key: SigningKey
    catalogue: Catalogue
    first_tokens: dict[Role, str] = field(repr=False)
    clock: Callable[[], datetime]
    timekeeper: Timekeeper
    hub: EventHub = field(default_factory=EventHub)
    watching: Watching = field(default_factory=Watching)
    vault: Vault = field(default_factory=Vault.of)
    exports: Exports = field(default_factory=Exports)

    @cached_property
    def whole(self) -> Wholeness:
        """Reads evidence files, whole or not at all."""
        return Wholeness(self.blobs)

    @cached_property
    def awaited(self) -> Awaited:
        """Knows which files wait for a manifest."""
        return Awaited.of(self.settings.data_dir / "awaited")

    @cached_property
    def readings(self) -> Readings:
        """Writes down who looks at what."""
        return Readings(self.database)

    def receive(self, signed: SignedManifest, files: Mapping[str, bytes] = MappingProxyType({}), sender: str = "") -> packets.Received:
        """Takes a packet in: once, whatever comes how often and at the same time.

        Args:
            files: those that came with it, by the SHA-256 that they are named by; they are kept once the manifest is found to be its worker's, and wait for it
                like files that came before it.
            sender: whose they are while they wait.

        Raises:
            TooOften: too much of the sender's waits already.
            Refusal: as `api.packets`.
        """
        with self.database.read() as connection:
            checked = packets.check(connection, signed)
            before = packets.known(connection, checked)
        if before is not None:
            return before
        packets.check_named(checked.manifest.files, files)
        if files:
            self.awaited.check_room(sender, sum(map(len, files.values())))
        taken: dict[str, int] = {}
        try:
            for sha256 in packets.take_files(self.blobs, files):
                taken[sha256] = len(files[sha256])
            received = self._store(checked)
        except Unusable:
            packets.let_go(self.database, self.blobs, taken)
            raise
        except Exception:
            for sha256, size in taken.items():
                self.awaited.add(sha256, sender, size, self.clock())
            raise
        self.awaited.named(file.sha256 for file in checked.manifest.files)
        return received

    def _store(self, checked: packets.Checked) -> packets.Received:
        deletions = self.blobs.deletions
        packets.check_files(self.blobs, checked.manifest.files)
        contents.check(self.database, self.blobs, checked.manifest.files)
        with self.database.write() as connection:
            packets.check_again(connection, self.blobs, checked.manifest.files)
            if self.blobs.deletions != deletions:
                packets.check_files(self.blobs, checked.manifest.files)
            received = packets.store(connection, self.catalogue, checked, self.key, self.clock())
            if received.is_new:
                search.refresh(connection, received.case_id)
                self.tell(connection, "case.created" if received.is_new_case else "case.updated", received.case_id, received.receipt.log_index)
        return received

    def decide(self, case_id: str, decision: Decision, by: Caller) -> CaseSummary:
        """Makes a person's decision.

        Raises:
            Refusal: as `api.decisions`.
        """
        with self.database.write() as connection:
            sampled = double_review.sampler(connection, self.settings.double_review_share)
            made = decisions.decide(connection, self.catalogue, case_id, decision, by, self.clock(), sampled)
            if made is not None:
                search.refresh(connection, case_id)
                self.tell(connection, "case.updated", case_id, made.log_index, only_to=by.name if made.is_hidden else None)
            return summaries.summary(connection, case_id, by)

    def file_for(self, case_id: str, sha256: str, reader: Caller, purpose: str, *, ahead: bool = False) -> tuple[cases.NamedFile, int]:
        """An evidence file's name and size, once the look at it stands in the log, or that it is read ahead.

        Raises:
            NotFound: no packet of the case names it.
        """
        size = self.blobs.size(sha256)
        with self.database.read() as connection:
            named = cases.file_of(connection, case_id, sha256, reader)
        if size is None:
            log_.error("%s: the evidence file %s is missing, though a packet of case %s names it", self.blobs.shown, sha256, case_id)
            raise NotFound("the file is missing in the store of the case API; restore it from a backup", "服务器上缺少该文件，请从备份恢复")
        self.readings.note(reader, purpose, case_id, named, self.clock(), ahead=ahead)
        return named, size

    def case_for(self, case_id: str, reader: Caller, purpose: str, *, ahead: bool = False) -> CaseDetail:
        """A case with its manifests, once the look at it stands in the log, or that it is read ahead.

        Raises:
            NotFound: there is no such case, or it is of another district.
        """
        with self.database.read() as connection:
            found = cases.detail(connection, case_id, reader)
        self.readings.note_case(reader, purpose, case_id, found.version, self.clock(), ahead=ahead)
        return found

    def looked(self, case_id: str, files: Sequence[str], version: int | None, reader: Caller, purpose: str) -> None:
        """Writes looks down at what was read ahead and is on the screen now.

        Args:
            version: of the case with its manifests; None where that was not read ahead.

        Raises:
            NotFound: there is no such case, or no packet of it names one of the files; nothing is written.
        """
        with self.database.read() as connection:
            summaries.row_of(connection, case_id, reader)
            named = [cases.file_of(connection, case_id, sha256, reader) for sha256 in dict.fromkeys(files)]
        if version is not None:
            self.readings.note_case(reader, purpose, case_id, version, self.clock())
        for file in named:
            self.readings.note(reader, purpose, case_id, file, self.clock())

    def keys(self) -> Keys:
        """The public keys with which packets and receipts are verified."""
        own = KeyShown(name="api", key_id=self.key.key_id, public_key=self.key.public_key.to_base64())
        with self.database.read() as connection:
            return Keys(api=own, workers=registry.worker_keys(connection))

    def export(self, selection: Selection, reader: Caller, purpose: str) -> Iterator[bytes]:
        """A zip archive of a selection, once its export stands in the log.

        Raises:
            NotFound: one of the cases is none that the reader sees.
            NotAllowed: originals leave for a court only, and by right.
            Unavailable: evidence of it is just being deleted, or has waited for exports for hours.
        """
        if selection.originals and (purpose != "court" or not reader.may(Right.ORIGINALS)):
            told = "unmasked originals leave for a court only (purpose=court), by an officer, administrator or auditor"
            raise NotAllowed(told, "只有为诉讼目的且有权限时才能导出未遮挡的原件")
        with self.exports.deleting():
            housekeeping.finish_begun(self)  # else what is half deleted is neither here nor in a record
        under_way = self.exports.begin(selection.case_ids)
        now = self.clock()
        last_heads: dict[str, Row[Any]] = {}
        try:
            head_files = heads_kept.lying(self.settings.heads_dir) if selection.log else frozenset()
            with self.database.write() as connection:
                for case_id in selection.case_ids or ():
                    summaries.row_of(connection, case_id, reader)
                if erasing.unfinished(connection, selection.case_ids):
                    raise Unavailable("evidence is just being deleted; ask for the export again", "正在删除到期证据，请稍后重新导出")
                body = {"selection": selection.to_json(), "purpose": purpose, "unit": reader.unit, "role": reader.role.value}
                if selection.log:
                    worker_reach.note_all(connection, now, at_once=True)
                    last_heads = heads_kept.newest(connection)
                only = selection.case_ids[0] if selection.case_ids is not None and len(selection.case_ids) == 1 else None
                index = log.append(connection, log.LogEvent.EXPORT, now, reader.name, body, only)
        except BaseException:
            self.exports.end(under_way)
            raise
        here, heads_folder = (self.database, self.blobs, self.key, self.keys()), self.settings.heads_dir
        export = Export(*here, selection, reader, purpose, now, index, heads_folder, last_heads, head_files)
        return self.exports.read(zipped(export.entries()), under_way)

    def training_set(self, choice: Choice, reader: Caller) -> Iterator[bytes]:
        """A zip archive of what decided cases teach, once its export stands in the log."""
        now = self.clock()
        with self.database.write() as connection:
            training.note(connection, choice, reader, now)
        return zipped(TrainingSet(self.database, self.blobs, self.key, self.catalogue, choice, reader, now).entries())

    def tell(self, connection: Connection, name: str, case_id: str, log_index: int, *, only_to: str | None = None) -> None:
        """Within a write transaction: tells pages of a case once it is committed, each as its person may see it."""
        news = News(name, id=log_index, seen=summaries.seen(connection, case_id), only_to=only_to)
        self.database.then(lambda: self.hub.publish(news))

    def tell_claims(self, connection: Connection, case_ids: Sequence[str], by: str | None, until: datetime | None) -> None:
        """Within a write transaction: tells pages on whose desk cases lie once it is committed; to whoever has decided one under seal it lies on nobody's."""
        for case_id, district, sealed_by in summaries.seals_of(connection, case_ids):
            told = {"id": case_id, "claimed_by": by, "claimed_until": None if until is None else iso(until)}
            news = News("case.claimed", json.dumps(told, ensure_ascii=False), district=district, not_to=sealed_by)
            self.database.then(partial(self.hub.publish, news))


@contextmanager
def opened(settings: Settings, clock: Callable[[], datetime] = utc_now, steady: Callable[[], float] | None = None, *, take_over: bool = False) -> Iterator[Api]:
    """Opens the data folder, database, files, keys and tokens; closes them in order.

    Args:
        steady: seconds by which the clock is watched; by default the machine's, or for another clock than the machine's own that clock's.
        take_over: the store of files is this database's from now on, whatever it says of itself.

    Raises:
        StartError: one of them cannot be used, or they do not belong together; in one line.
    """
    belonging.check_owner(settings)
    with _alone(settings.data_dir):
        database, blobs = Database(settings.database), settings.blobs()
        key = belonging.own_key(settings, database)
        try:
            make_folder(settings.key_file.parent, 0o700)
            key = key or SigningKey.load_or_create(settings.key_file)
            catalogue = load_catalogue()
        except EvidenceError as error:
            raise StartError(str(error)) from None
        database.open(log_signing.beginning(key, settings.heads_dir, clock()))
        sync(settings.data_dir)  # the names of a database that was just made
        try:
            _join(settings, database, blobs, key, clock(), take_over=take_over)
            log_signing.begun(database, key, settings.heads_dir, clock())
            steadily = steady or (steady_seconds if clock is utc_now else lambda: clock().timestamp())
            with database.read() as connection:
                keeper = Timekeeper.of(connection, clock, steadily)
            with database.write() as connection:
                for said in periods.begin_with(connection, settings.retention, clock()):
                    log_.warning("%s", said)
                first = tokens.read_token_files(connection, settings.tokens_dir, clock())
            api = Api(settings, database, blobs, key, catalogue, first, clock, keeper)
            try:
                yield api
            finally:
                api.hub.close()
        finally:
            database.close()


def _join(settings: Settings, database: Database, blobs: BlobStore, key: SigningKey, now: datetime, *, take_over: bool) -> None:
    """Opens the store, once it and the folder are found to be this database's, and has all of them know whose they are."""
    blobs.connect()
    if not take_over:
        with database.read() as connection:
            belonging.check_folder(connection, settings, at_start=True)
        with suppress(Unavailable), database.read() as connection:  # what does not answer is told of where it is opened
            belonging.check_store(connection, blobs)
    blobs.open()
    with database.write() as connection:
        if not take_over:
            belonging.check_store(connection, blobs)
        belonging.bind_key(connection, key.key_id)
        belonging.take_store(connection, blobs, now)
        belonging.take_folder(connection, settings)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for this process; the kernel lets go of it however the process ends."""
    try:
        make_folder(data_dir, 0o750)
        descriptor = os.open(data_dir / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"{data_dir}: the data folder cannot be written ({error.strerror}); name another --data-dir") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartError(f"{data_dir}: another `curbwatch serve` uses this data folder; stop it, or name another --data-dir") from None
        sync(data_dir)
        yield
    finally:
        os.close(descriptor)
