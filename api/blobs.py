"""Evidence files by their SHA-256: in a folder or in a bucket, by URL. A put is create-only and whole or not at all (`api.incoming`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from api.errors import NotFound, StartError
from api.incoming import Incoming, Receiver
from evidence.canonical import SHA256

MARK = "curbwatch-store.json"
"""Where a store says whose it is."""
ASIDE = "aside"
"""Where files lie that no packet named for long, until they go."""


class BlobStore(ABC):
    """Files by their SHA-256. May be used from any thread.

    Attributes:
        incoming: files on their way in.
        deletions: rises before this process deletes a file and after it has; whoever looked for files before a transaction looks again within it where that
            has changed.
    """

    incoming: Incoming
    deletions: int = 0

    @property
    @abstractmethod
    def shown(self) -> str:
        """Its name for people."""

    @abstractmethod
    def open(self) -> None:
        """Makes it ready, and throws away what a crash left half-sent.

        Raises:
            StartError: it cannot be written.
        """

    @abstractmethod
    def connect(self) -> None:
        """Makes it ready to be read, and touches nothing.

        Raises:
            StartError: it cannot be.
        """

    @abstractmethod
    def size(self, sha256: str) -> int | None:
        """Bytes of the file; None where there is none.

        Raises:
            NotFound: that is no SHA-256 (64 hexadecimal digits, small letters).
            Unavailable: the store does not answer; so may all that follow.
        """

    @abstractmethod
    def read(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes `start` to `stop` (exclusive; None: the end) in pieces.

        Raises:
            FileNotFoundError: it is not here; at once, not when the first piece is read.
        """

    @abstractmethod
    def delete(self, sha256: str) -> bool:
        """Deletes the file durably, also one that lies aside; whether there was one. Call it where no packet can come to name it: within `Database.write`."""

    @abstractmethod
    def all(self) -> Iterator[str]:
        """The hashes of all files."""

    @abstractmethod
    def is_older(self, sha256: str, seconds: float) -> bool:
        """Whether the file is here and came longer ago."""

    @abstractmethod
    def set_aside(self, sha256: str) -> bool:
        """Moves the file to what lies aside: it is here no more, and can be taken back. Whether there was one."""

    @abstractmethod
    def aside(self, seconds: float) -> Iterator[str]:
        """The hashes of files that have lain aside for longer than that."""

    @abstractmethod
    def take_back(self, sha256: str) -> bool:
        """Moves a file that lies aside back; whether there was one."""

    @abstractmethod
    def let_go(self, sha256: str) -> bool:
        """Deletes a file that lies aside, durably; whether there was one."""

    @abstractmethod
    def mark(self) -> bytes | None:
        """What the store says of whose it is (`api.belonging`); None where it says nothing."""

    @abstractmethod
    def put_mark(self, data: bytes) -> None:
        """Has the store say whose it is.

        Raises:
            NoSpace: its disk is full; it says what it said before.
            StartError: it cannot be written for another reason.
        """

    @contextmanager
    def deleting(self) -> Iterator[None]:
        """Around each deletion, also one that only sets a file aside: whoever sees the file before and counted in between is told by the second count."""
        self.deletions += 1
        try:
            yield
        finally:
            self.deletions += 1

    def settled_size(self, sha256: str) -> int | None:
        """The size of a file that may be told to be here: by a name that is on the disk."""
        size = self.size(sha256)
        return size if size is not None and self.incoming.has(sha256) else None

    def identity(self, sha256: str) -> object:
        """What tells that the file was not touched since, as far as the store knows; None where there is none."""
        return self.size(sha256)

    def receive(self, sha256: str, announced_bytes: int | None = None) -> Receiver:
        """Begins to take a file in at one go.

        Raises:
            TooLarge, NoSpace: by what was announced, before anything is sent.
        """
        return self.incoming.receive(checked(sha256), announced_bytes)

    def take(self, sha256: str, data: bytes) -> bool:
        """Takes a small file in, whole; whether it is new.

        Raises:
            TooLarge, NoSpace, BadRequest: as a `Receiver`; nothing is kept.
        """
        receiver = self.receive(sha256, len(data))
        try:
            receiver.write(data)
            return receiver.finish()
        finally:
            receiver.abandon()

    def free_bytes(self) -> int:
        """Free space on the disk that files come to first; of a folder, also where they stay."""
        return self.incoming.free_bytes()


def checked(sha256: str) -> str:
    """The hash, as a name of a file.

    Raises:
        NotFound: that is no SHA-256 (64 hexadecimal digits, small letters).
    """
    if SHA256.fullmatch(sha256) is None:
        raise NotFound("a file is named by its SHA-256: 64 hexadecimal digits in small letters")
    return sha256


def blob_store(url: str, incoming: Path, *, largest_bytes: int, reserve_bytes: int) -> BlobStore:
    """The store by its URL: `file:///PATH`, or `s3://BUCKET[/PREFIX][?region=…&endpoint=…]`.

    Args:
        incoming: where files on their way into a bucket lie; a folder has them within itself.

    Raises:
        StartError: another kind of URL, or one that names nothing.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        from api.blob_folder import FolderStore

        if parts.netloc or len(parts.path) < 2:
            raise StartError("--evidence-url: names no folder of this machine; write file:///PATH")
        return FolderStore(Path(unquote(parts.path)).absolute(), largest_bytes=largest_bytes, reserve_bytes=reserve_bytes)
    if parts.scheme == "s3":
        from api.blob_bucket import BucketStore, bucket_of

        return BucketStore(bucket_of(parts), incoming, largest_bytes=largest_bytes, reserve_bytes=reserve_bytes)
    named = f"{parts.scheme}://…" if parts.scheme else "an URL without a scheme"
    raise StartError(f"--evidence-url: this version knows file:///PATH and s3://BUCKET/PREFIX, not {named}")
