"""How the case API is set up: folders and limits. Everything that it keeps lies below one data folder, unless an URL says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from api.errors import StartError

DEFAULT_DATA_DIR = Path("curbwatch-data/api")
DATABASE_NAME = "curbwatch.sqlite"
EVIDENCE_NAME = "evidence"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one case API.

    Attributes:
        data_dir: holds `keys/`, `tokens/`, and by default the database and the evidence files.
        database, evidence_dir: the SQLite file, and the folder of files by their SHA-256.
        largest_blob_bytes: one evidence file; a clip of 60 s at 8 Mbit/s has 60 MB.
        largest_body_bytes: any other body; a manifest of an hour's stay has some 300 kB.
        reserve_bytes: free disk space that evidence files leave to the database.
    """

    data_dir: Path
    database: Path
    evidence_dir: Path
    largest_blob_bytes: int = 256 * 1024 * 1024
    largest_body_bytes: int = 4 * 1024 * 1024
    reserve_bytes: int = 32 * 1024 * 1024

    @classmethod
    def of(cls, data_dir: Path, database_url: str | None = None, evidence_url: str | None = None) -> Settings:
        """Settings by folder and URLs.

        Raises:
            StartError: an URL of a kind that this version does not know.

        Example:
            Settings.of(Path("data"))                                        # data/curbwatch.sqlite, data/evidence/
            Settings.of(Path("data"), database_url="sqlite:////srv/c.sqlite")  # the database elsewhere
            Settings.of(Path("data"), evidence_url="file:///srv/evidence")     # the files elsewhere
        """
        data_dir = data_dir.expanduser().absolute()
        database = _path_of("--database-url", database_url, "sqlite", "sqlite:///PATH") if database_url else data_dir / DATABASE_NAME
        evidence = _path_of("--evidence-url", evidence_url, "file", "file:///PATH") if evidence_url else data_dir / EVIDENCE_NAME
        return cls(data_dir=data_dir, database=database.absolute(), evidence_dir=evidence.absolute())

    @property
    def key_file(self) -> Path:
        """The API's signing key."""
        return self.data_dir / "keys" / "api.pem"

    @property
    def tokens_dir(self) -> Path:
        """The tokens that were made at the first start."""
        return self.data_dir / "tokens"


def _path_of(option: str, url: str, scheme: str, example: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme != scheme:
        raise StartError(f"{option}: this version knows {example} only, not {parts.scheme or 'an URL without a scheme'}{'://…' if parts.scheme else ''}")
    if parts.netloc or len(parts.path) < 2:
        raise StartError(f"{option}: names no file of this machine; write {example}")
    path = unquote(parts.path)
    return Path(path[1:] if scheme == "sqlite" else path)
