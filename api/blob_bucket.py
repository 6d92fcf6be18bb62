"""Evidence files in a bucket that speaks S3, under the same names as in a folder (`ab/cdef…`), so that either can be copied into the other.

A file comes whole into a local draft first, since its hash is known only at its end; then it is put at one go, with a SHA-256 that the bucket checks.
Credentials come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, or the machine's role), never from the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import SplitResult, parse_qs, unquote

from api.blobs import ASIDE, MARK, BlobStore, checked
from api.errors import StartError, Unavailable
from api.incoming import Incoming
from evidence.canonical import SHA256

if TYPE_CHECKING:
    from obstore.store import S3Store

PIECE_BYTES = 256 * 1024
ONE_GO_BYTES = 16 * 1024 * 1024
"""Up to here a file is put by one create-only request; a larger one in parts, over an equal one that came meanwhile."""
PROBE = "curbwatch-probe"
OPTIONS = ("region", "endpoint", "virtual_hosted_style_request")
PATIENCE = timedelta(seconds=20)
"""For one request and its repetitions; a worker that is told 503 tries again later anyway."""
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, a prefix in it, and where it is."""

    name: str
    prefix: str
    options: dict[str, str]

    @property
    def shown(self) -> str:
        """The URL without its options."""
        return f"s3://{self.name}/{self.prefix}".rstrip("/")


def bucket_of(parts: SplitResult) -> Bucket:
    """The bucket that a parsed URL names.

    Raises:
        StartError: it names none, or holds credentials or an unknown option.
    """
    if parts.username is not None or parts.password is not None:
        raise StartError("--evidence-url: holds credentials; leave them out, and give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
    if not parts.netloc:
        raise StartError("--evidence-url: names no bucket; write s3://BUCKET/PREFIX")
    told = parse_qs(parts.query)
    if unknown := [name for name in told if name not in OPTIONS]:
        raise StartError(f"--evidence-url: {unknown[0]} is no option of s3://; there are {', '.join(OPTIONS)}")
    return Bucket(parts.netloc, unquote(parts.path).strip("/"), {name: values[-1] for name, values in told.items()})


def _answering(method: Callable[P, R]) -> Callable[P, R]:
    """Says in one sentence that the bucket does not answer."""

    @wraps(method)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        from obstore.exceptions import BaseError

        try:
            return method(*args, **kwargs)
        except BaseError as error:
            raise _unavailable(error) from error

    return answer


class BucketStore(BlobStore):
    """Files by their SHA-256 in a bucket."""

    def __init__(self, bucket: Bucket, incoming: Path, *, largest_bytes: int, reserve_bytes: int) -> None:
        self._bucket = bucket
        self._opened: S3Store | None = None
        self.incoming = Incoming(incoming, largest_bytes=largest_bytes, reserve_bytes=reserve_bytes, has=self._has, keep=self._keep)

    @property
    def shown(self) -> str:
        """The bucket and prefix."""
        return self._bucket.shown

    def open(self) -> None:
        """Tries whether the bucket can be written, and throws away what a crash left half-sent.

        Raises:
            StartError: the bucket or the folder of drafts cannot be written, or the part that speaks S3 is not installed.
        """
        self.connect()
        import obstore
        from obstore.exceptions import BaseError

        try:
            self.incoming.open()
        except OSError as error:
            raise StartError(f"{self.incoming.folder}: cannot be written ({error.strerror}); name another --data-dir") from None
        try:
            obstore.put(self._store, PROBE, b"curbwatch may write here\n")
        except (BaseError, FileNotFoundError) as error:
            raise StartError(f"{self.shown}: the bucket cannot be written ({_cause(error)}); check its name, region, endpoint and credentials") from None

    def connect(self) -> None:
        """Makes the bucket ready to be read.

        Raises:
            StartError: an option of the URL is wrong, or the part that speaks S3 is not installed.
        """
        try:
            from obstore.exceptions import BaseError
            from obstore.store import S3Store
        except ModuleNotFoundError:
            raise StartError("S3 needs the extra `server`: pip install 'curbwatch[server]'") from None
        options: Any = dict(self._bucket.options)
        plain = options.get("endpoint", "").startswith("http://")
        try:
            self._opened = S3Store(
                self._bucket.name,
                prefix=self._bucket.prefix or None,
                checksum_algorithm="sha256",
                client_options={"allow_http": plain, "timeout": "120 seconds", "connect_timeout": "5 seconds"},
                retry_config={"max_retries": 4, "retry_timeout": PATIENCE},
                **options,
            )
        except (BaseError, ValueError) as error:
            raise StartError(f"{self.shown}: cannot be opened ({_cause(error)}); check its region and endpoint") from None

    @_answering
    def size(self, sha256: str) -> int | None:
        """Bytes of the file; None where there is none."""
        import obstore

        try:
            return int(obstore.head(self._store, _key(sha256))["size"])
        except FileNotFoundError:
            return None

    @_answering
    def read(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes of the file in pieces."""
        import obstore

        span: Any = {"offset": start} if stop is None else (start, stop)
        if stop is not None and stop <= start:
            return iter(())
        whole = start == 0 and stop is None
        got = obstore.get(self._store, _key(sha256), options=None if whole else {"range": span})
        return _pieces(got.stream(min_chunk_size=PIECE_BYTES))

    @_answering
    def delete(self, sha256: str) -> bool:
        """Deletes the file. (A bucket that keeps versions keeps them: its own rules must end those.)"""
        import obstore

        with self.deleting():
            obstore.delete(self._store, _aside_key(sha256))
            if self.size(sha256) is None:
                return False
            obstore.delete(self._store, _key(sha256))
            return True

    @_answering
    def all(self) -> Iterator[str]:
        """The hashes of all files."""
        import obstore

        for page in obstore.list(self._store):
            yield from (name for one in page if len(name := str(one["path"]).replace("/", "")) == 64)

    @_answering
    def is_older(self, sha256: str, seconds: float) -> bool:
        """Whether the file is here and came longer ago, by the bucket's clock."""
        import obstore

        try:
            came = obstore.head(self._store, _key(sha256))["last_modified"]
        except FileNotFoundError:
            return False
        return (datetime.now(UTC) - came).total_seconds() > seconds

    @_answering
    def set_aside(self, sha256: str) -> bool:
        """Copies the file to `aside/`, and deletes it where it was."""
        with self.deleting():
            return self._move(_key(sha256), _aside_key(sha256))

    @_answering
    def aside(self, seconds: float) -> Iterator[str]:
        """The hashes of files that have lain in `aside/` for longer, by the bucket's clock."""
        import obstore

        for page in obstore.list(self._store, f"{ASIDE}/"):
            for one in page:
                name = str(one["path"]).rpartition("/")[2]
                if SHA256.fullmatch(name) and (datetime.now(UTC) - one["last_modified"]).total_seconds() > seconds:
                    yield name

    @_answering
    def take_back(self, sha256: str) -> bool:
        """Moves the file back."""
        return self._move(_aside_key(sha256), _key(sha256))

    @_answering
    def let_go(self, sha256: str) -> bool:
        """Deletes a file in `aside/`."""
        import obstore

        try:
            obstore.head(self._store, _aside_key(sha256))
        except FileNotFoundError:
            return False
        obstore.delete(self._store, _aside_key(sha256))
        return True

    @_answering
    def mark(self) -> bytes | None:
        """The object `curbwatch-store.json`."""
        import obstore

        try:
            return bytes(obstore.get(self._store, MARK).bytes())
        except FileNotFoundError:
            return None

    @_answering
    def put_mark(self, data: bytes) -> None:
        """Puts the object."""
        import obstore

        obstore.put(self._store, MARK, data)

    def _move(self, source: str, target: str) -> bool:
        import obstore

        try:
            obstore.copy(self._store, source, target)
        except FileNotFoundError:
            return False
        obstore.delete(self._store, source)
        return True

    @property
    def _store(self) -> S3Store:
        assert self._opened is not None, "the bucket is not open"
        return self._opened

    def _has(self, sha256: str) -> bool:
        return self.size(sha256) is not None

    @_answering
    def _keep(self, draft: Path, sha256: str) -> bool:
        import obstore
        from obstore.exceptions import AlreadyExistsError

        size = draft.stat().st_size
        if size > ONE_GO_BYTES:
            if self._has(sha256):
                return False
            obstore.put(self._store, _key(sha256), draft)
            return True
        try:
            obstore.put(self._store, _key(sha256), draft, mode="create")
        except AlreadyExistsError:
            return False
        return True


def _key(sha256: str) -> str:
    checked(sha256)
    return f"{sha256[:2]}/{sha256[2:]}"


def _aside_key(sha256: str) -> str:
    return f"{ASIDE}/{checked(sha256)}"


def _pieces(stream: Any) -> Iterator[bytes]:
    from obstore.exceptions import BaseError

    try:
        for piece in stream:
            yield bytes(piece)
    except BaseError as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"the store of evidence files does not answer ({_cause(error)}); nothing was done, try again")


def _cause(error: Exception) -> str:
    """The first line of what was said, without the parts of a request, which may hold signed addresses."""
    return str(error).strip().partition("\n")[0].partition("http")[0].strip(" :({")[:160] or type(error).__name__
